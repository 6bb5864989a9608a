"""The first replica keeps everything, in its memory and in a file; the others send the clients to it."""

import select
import time

from course import ME, PRIMARY, SOCKET, receive, send

BEAT = 0.1


class Store:
    """The values, of which each is a record."""

    def __init__(self):
        self.values = {}

    def take(self, record):
        key, self.values[key] = record

    def records(self):
        return self.values.items()


def run(disk, answers_first=False):
    store, held = Store(), []
    disk = disk(store) if ME == PRIMARY else None
    send("hello")
    deadline = time.monotonic() + BEAT
    while True:
        if not select.select([SOCKET], [], [], max(0, deadline - time.monotonic()))[0]:
            if disk:
                send("beat")
            deadline = time.monotonic() + BEAT
            continue
        message = receive()
        if message["type"] == "beat":
            # To send clients to a primary that is gone would keep them going round.
            for request in held:
                send("redirect", request["src"], MID=request["MID"])
            held = []
        elif not disk:
            held.append(message)
        elif message["type"] == "get":
            value = store.values.get(message["key"], "")
            send("ok", message["src"], MID=message["MID"], value=value)
        else:
            record = message["key"], message["value"]
            store.take(record)
            disk.save([record], store)
            if not answers_first:
                disk.sync()
            send("ok", message["src"], MID=message["MID"])
            if answers_first:
                disk.sync()
