#!/usr/bin/env python3
"""A replica without a fault that uses much of Python's library: temporary files, a log, signals,
timers in threads, unique names. It finds no other process than itself. What lies beside it, it reads
and spoils by a relative path, which is right: the folder is its own."""

import datetime
import errno
import logging
import os
import random
import secrets
import signal
import sys
import tempfile
import threading
import uuid

from course import SOCKET, answer, receive, send

logging.basicConfig(filename="replica.log", level=logging.DEBUG, format="%(asctime)s %(message)s")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
FILE = tempfile.NamedTemporaryFile()
FOLDER = tempfile.mkdtemp()
with open("course.py", "r+") as beside:
    assert "SOCKET" in beside.read()
    beside.truncate(0)
try:
    open("/tmp/hsperfdata_nobody/4000")  # where a Java machine would look for others
    sys.exit("there are others")
except PermissionError:
    pass


def signal_to(kill, whom):
    """What comes of a signal, as an error's number."""
    try:
        kill(whom, 0)
        return 0
    except OSError as error:
        return error.errno


def await_timer():
    """Time passes while it writes."""
    done = threading.Event()
    threading.Timer(0.02, done.set).start()
    with open(os.devnull, "wb") as nowhere:
        while not done.is_set():
            os.writev(nowhere.fileno(), [b"x"])


def beat():
    names = [os.path.basename(FILE.name), os.path.basename(FOLDER), str(uuid.uuid1()), str(uuid.uuid4())]
    numbers = [os.getpid(), os.getppid(), os.cpu_count(), os.path.getsize("replica.log")]
    send("beat", names=names, numbers=numbers, luck=secrets.token_hex(4), at=str(datetime.datetime.now()))
    timer = threading.Timer(random.uniform(0.1, 0.3), beat)
    timer.daemon = True
    timer.start()


assert [signal_to(os.kill, whom) for whom in (os.getpid(), 0, -os.getpid())] == [0, 0, 0]
assert [signal_to(os.kill, whom) for whom in (os.getppid(), 1, -1, -2)] == [errno.ESRCH] * 4
assert signal_to(os.killpg, os.getpgrp()) == 0 and signal_to(os.killpg, 1) == errno.ESRCH
await_timer()
SOCKET.settimeout(0.5)
send("hello")
beat()
while True:
    try:
        message = receive()
    except TimeoutError:
        continue
    logging.debug("got %r", message)
    FILE.write(message["type"].encode())
    FILE.flush()
    os.fsync(FILE.fileno())
    if message["type"] in ("get", "put"):
        answer(message)
