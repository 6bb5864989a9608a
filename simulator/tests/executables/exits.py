#!/usr/bin/env python3
"""The first replica leaves after its first datagram, and says nothing to its standard error."""

import sys

from course import ME, PRIMARY, receive, send, serve

send("hello")
if ME == PRIMARY:
    receive()
    print("I am\noff")
    sys.exit(3)
serve()
