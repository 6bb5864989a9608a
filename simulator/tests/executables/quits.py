#!/usr/bin/env python3
"""One of them ends before its hello."""

import sys

from course import ME, send, serve

if ME == "0003":
    sys.exit(3)
send("hello")
serve()
