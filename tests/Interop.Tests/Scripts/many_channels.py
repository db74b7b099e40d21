"""Opens many sessions on one connection, each with its own bytes there and back: PORT USER KEY KNOWN_HOSTS COUNT BYTES WINDOW"""
import asyncio, sys

import warnings
warnings.simplefilter("ignore")
import asyncssh


async def one(connection, number, length, window):
    data = bytes([number % 256]) * length
    process = await connection.create_process(
        f"cat; exit {number}", encoding=None, window=window, max_pktsize=min(32768, window // 2))
    out, _ = await process.communicate(data)
    assert out == data, f"channel {number}: {len(out)} bytes"
    return len(out), process.exit_status


async def main():
    port, user, key, known_hosts, count, length, window = sys.argv[1:]
    async with asyncssh.connect(
        "127.0.0.1", int(port), username=user, client_keys=[key], known_hosts=known_hosts, config=None, agent_path=None
    ) as connection:
        results = await asyncio.gather(*(one(connection, number, int(length), int(window)) for number in range(int(count))))
    print(f"{len(results)} channels, {sum(r[0] for r in results)} bytes, statuses {sum(r[1] for r in results)}")


asyncio.run(main())
