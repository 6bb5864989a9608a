#!/usr/bin/env python3
"""A replica without a fault, but without manners: it ignores signals, prints a line without end,
closes its standard streams, goes elsewhere and removes the folder that it was given."""

import os
import shutil
import signal
import sys

from course import send, serve

for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
sys.stdout.write("x" * (1 << 20))
sys.stdout.flush()
for stream in range(3):
    os.close(stream)
folder = os.getcwd()
os.chdir("/")
shutil.rmtree(folder)
send("hello")
serve()
