"""Runs a command and prints how it ended: PORT USER KEY KNOWN_HOSTS COMMAND"""
import asyncio, sys

import warnings
warnings.simplefilter("ignore")
import asyncssh


async def main():
    port, user, key, known_hosts, command = sys.argv[1:]
    async with asyncssh.connect(
        "127.0.0.1", int(port), username=user, client_keys=[key], known_hosts=known_hosts, config=None, agent_path=None
    ) as connection:
        result = await connection.run(command)
        print(result.stdout, result.stderr, result.exit_status, result.exit_signal)


asyncio.run(main())
