"""Everything an asyncssh client does in one connection: PORT USER KEY KNOWN_HOSTS FOLDER ECHO_PORT"""
import asyncio, random, sys

import warnings
warnings.simplefilter("ignore")
import asyncssh

data = random.Random(1).randbytes(1_000_000)


async def exchange(reader, writer, payload):
    async def send():
        writer.write(payload)
        await writer.drain()
        writer.write_eof()

    sending = asyncio.create_task(send())
    back = await reader.read()
    await sending
    return back == payload


async def main():
    port, user, key, known_hosts, folder, echo_port = sys.argv[1:]
    async with asyncssh.connect(
        "127.0.0.1", int(port), username=user, client_keys=[key], known_hosts=known_hosts, config=None, agent_path=None
    ) as connection:
        result = await connection.run("echo out; echo err >&2; exit 9", encoding=None)
        print("exec", result.stdout, result.stderr, result.exit_status)

        result = await connection.run("cat", input=data, encoding=None)
        print("cat", len(result.stdout), result.stdout == data)

        async with connection.start_sftp_client() as sftp:
            async with sftp.open(folder + "/file", "wb") as file:
                await file.write(data)
            await sftp.rename(folder + "/file", folder + "/renamed")
            await sftp.chmod(folder + "/renamed", 0o640)
            async with sftp.open(folder + "/renamed", "rb") as file:
                print("sftp", (await sftp.stat(folder + "/renamed")).size, await file.read() == data)

        process = await connection.create_process(
            "stty -echo; stty size; read x; stty size", term_type="vt100", term_size=(101, 33))
        first = (await process.stdout.readline()).strip()
        process.change_terminal_size(120, 40)
        process.stdin.write("\n")
        print("terminal", first, "then", (await process.stdout.readline()).strip())
        await process.wait()

        reader, writer = await connection.open_connection("127.0.0.1", int(echo_port))
        print("direct-tcpip", await exchange(reader, writer, data))
        writer.close()

        listener = await connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", int(echo_port))
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.get_port())
        print("forwarded-tcpip", await exchange(reader, writer, data))
        writer.close()
        listener.close()
        await listener.wait_closed()
        print("done")


asyncio.run(main())
