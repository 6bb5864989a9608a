#!/usr/bin/env python3
"""The first replica starts a helper before anything else, out of its own session and without the
simulator's library."""

import os
import subprocess
import sys

if sys.argv[2] == "0000":
    outside = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    subprocess.Popen(["setsid", "sleep", "1000"], env=outside)

from course import send, serve

send("hello")
serve()
