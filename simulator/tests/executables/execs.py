#!/usr/bin/env python3
"""The first replica becomes another program."""

import os

from course import ME, PRIMARY, receive, send, serve

send("hello")
if ME == PRIMARY:
    receive()
    os.execvp("sleep", ["sleep", "1000"])
serve()
