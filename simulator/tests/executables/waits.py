#!/usr/bin/env python3
"""The first replica waits for a pipe that nobody writes to."""

import os

from course import ME, PRIMARY, receive, send, serve

send("hello")
if ME == PRIMARY:
    receive()
    os.read(os.pipe()[0], 1)
serve()
