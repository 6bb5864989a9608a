#!/usr/bin/env python3
"""The first replica starts a helper before anything else, out of its own session."""

import subprocess
import sys

if sys.argv[2] == "0000":
    subprocess.Popen(["setsid", "sleep", "1000"])

from course import send, serve

send("hello")
serve()
