#!/usr/bin/env python3
"""The first replica fails before it gets anywhere."""

import sys

if sys.argv[2] == "0000":
    sys.exit("I do not understand my arguments")

from course import send, serve

send("hello")
serve()
