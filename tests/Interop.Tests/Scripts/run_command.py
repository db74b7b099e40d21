"""A library's client with its default settings runs a command: LIBRARY PORT USER KEY KNOWN_HOSTS COMMAND"""
import asyncio, sys

import warnings
warnings.simplefilter("ignore")

library, port, user, key, known_hosts, command = sys.argv[1:]


def with_paramiko():
    import paramiko

    with paramiko.SSHClient() as client:
        client.load_host_keys(known_hosts)
        client.connect("127.0.0.1", int(port), username=user, key_filename=key)
        _, out, _ = client.exec_command(command)
        sys.stdout.buffer.write(out.read())
        return out.channel.recv_exit_status()


async def with_asyncssh():
    import asyncssh

    async with asyncssh.connect("127.0.0.1", int(port), username=user, client_keys=[key], known_hosts=known_hosts) as connection:
        result = await connection.run(command, encoding=None)
        sys.stdout.buffer.write(result.stdout)
        return result.exit_status


sys.exit(with_paramiko() if library == "paramiko" else asyncio.run(with_asyncssh()))
