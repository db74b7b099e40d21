"""A client that makes one session with every request there is, in a fixed order, and tells what came back.

usage: session_requests.py PORT USER KEY KNOWN_HOSTS
"""
import asyncio, sys

import warnings
warnings.simplefilter("ignore")
import asyncssh


async def until(process, text):
    seen = b""
    while text not in seen:
        data = await process.stdout.read(1000)
        if not data:
            raise EOFError(f"{text} did not come: {seen}")
        seen += data
    return seen


async def main():
    port, user, key, known_hosts = sys.argv[1:]
    async with asyncssh.connect(
        "127.0.0.1", int(port), username=user, client_keys=[key], known_hosts=known_hosts, config=None, agent_path=None
    ) as connection:
        process = await connection.create_process(
            "requests",
            env={"B_SECOND": "2", "A_FIRST": "1 = one", "EMPTY": ""},
            term_type="odd-terminal",
            term_size=(101, 33, 1010, 330),
            term_modes={asyncssh.PTY_VINTR: 24, asyncssh.PTY_ECHO: 0, asyncssh.PTY_OP_OSPEED: 9600, 99: 77},
            encoding=None,
        )
        await until(process, b"ready\n")
        process.change_terminal_size(120, 40, 1200, 400)
        process.send_signal("USR1")
        print(await until(process, b"signal USR1\n"))
        process.send_break(250)
        print(await until(process, b"break 250\n"))
        process.send_signal("HUP")
        process.change_terminal_size(80, 24)
        process.send_signal("odd@example.org")
        print(await until(process, b"signal odd@example.org\n"))
        process.stdin.write(b"\x00\xff data")
        process.stdin.write_eof()
        result = await process.wait()
        print(result.stdout, result.stderr, result.exit_status, result.exit_signal)

        for command in ("status 0", "status 200", "signal TERM core the message", "signal odd@example.org no", "close"):
            result = await connection.run(command, encoding=None)
            print(command, result.stdout, result.stderr, result.exit_status, result.exit_signal)

        try:
            await connection.run("refused")
        except asyncssh.ChannelOpenError as error:
            print("refused", error.code, error.reason)

        result = await connection.run(subsystem="echo", input=b"echo", encoding=None)
        print("subsystem", result.stdout, result.exit_status)


asyncio.run(main())
