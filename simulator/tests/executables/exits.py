#!/usr/bin/env python3
"""The first replica leaves after its first datagram, without a word."""

import sys

from course import ME, PRIMARY, receive, send, serve

send("hello")
if ME == PRIMARY:
    receive()
    sys.exit(3)
serve()
