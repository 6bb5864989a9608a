#!/usr/bin/env python3
"""The first replica starts another process."""

import os

from course import ME, PRIMARY, receive, send, serve

send("hello")
if ME == PRIMARY:
    receive()
    os.fork()
serve()
