#!/usr/bin/env python3
"""All replicas start a process that leaves their process group and outlives them; all is well else."""

import os

from course import answer, receive, send

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "86399"])
    os._exit(0)
os.wait()
send("hello")
while True:
    message = receive()
    if message["type"] in ("get", "put"):
        answer(message)
