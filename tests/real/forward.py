"""Carries connections from one place to another, so that a network namespace of its own reaches the test's API server:
forward.py LISTEN TARGET, each a port of 127.0.0.1 or the path of a socket."""

import asyncio
import pathlib
import sys


async def copy(reader, writer):
    """One direction, until it ends."""
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main(listen, target):
    """Until it is stopped."""
    async def serve(reader, writer):
        there = await (asyncio.open_connection("127.0.0.1", int(target)) if target.isdigit() else asyncio.open_unix_connection(target))
        await asyncio.gather(copy(reader, there[1]), copy(there[0], writer))
    if listen.isdigit():
        server = await asyncio.start_server(serve, "127.0.0.1", int(listen))
    else:
        pathlib.Path(listen).unlink(missing_ok=True)
        server = await asyncio.start_unix_server(serve, listen)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
