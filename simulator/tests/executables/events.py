#!/usr/bin/env python3
"""A replica without a fault on asyncio, with work in a pool of threads."""

import asyncio
import json
import random
import time

import course


class Replica(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        course.send = lambda kind, to="FFFF", **more: transport.sendto(
            json.dumps(
                {"src": course.ME, "dst": to, "leader": course.PRIMARY, "type": kind, **more}
            ).encode(),
            ("127.0.0.1", course.PORT),
        )
        course.send("hello")

    def datagram_received(self, data, _address):
        asyncio.ensure_future(self.handle(json.loads(data)))

    async def handle(self, message):
        if message["type"] in ("get", "put"):
            await asyncio.sleep(random.uniform(0, 0.005))
            course.answer(message)


async def main():
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(Replica, local_addr=("127.0.0.1", 0))
    while True:
        await asyncio.sleep(0.2)
        slept = await loop.run_in_executor(None, lambda: time.sleep(0.01) or random.random())
        course.send("beat", luck=slept, at=loop.time())


asyncio.run(main())
