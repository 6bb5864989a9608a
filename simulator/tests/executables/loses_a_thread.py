#!/usr/bin/env python3
"""The thread that answers dies of its first get; the process lives on and sends nothing."""

import threading
import time

from course import STORE, answer, receive, send


def work():
    while True:
        message = receive()
        if message["type"] == "get":
            print(STORE["no such key"])
        elif message["type"] == "put":
            answer(message)


threading.Thread(target=work).start()
send("hello")
while True:
    time.sleep(1)
