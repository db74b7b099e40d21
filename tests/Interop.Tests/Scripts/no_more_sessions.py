"""Says no-more-sessions@openssh.com and then opens a session all the same: PORT USER KEY KNOWN_HOSTS"""
import asyncio, sys

import warnings
warnings.simplefilter("ignore")
import asyncssh


async def main():
    port, user, key, known_hosts = sys.argv[1:]
    async with asyncssh.connect(
        "127.0.0.1", int(port), username=user, client_keys=[key], known_hosts=known_hosts, config=None, agent_path=None
    ) as connection:
        print("before:", (await connection.run("exit 0")).exit_status)
        connection.send_packet(80, asyncssh.packet.String(b"no-more-sessions@openssh.com"), asyncssh.packet.Boolean(False))
        try:
            print("after:", (await connection.run("exit 0")).exit_status)
        except asyncssh.ChannelOpenError as error:
            print("after:", "lost" if error.reason == "SSH connection closed" else f"refused {error.code}")
        except asyncssh.Error:
            print("after: lost")
        except OSError:
            print("after: lost")


asyncio.run(main())
