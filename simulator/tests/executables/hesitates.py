#!/usr/bin/env python3
"""All replicas take their time before they say hello."""

import time

from course import send, serve

time.sleep(0.4)
send("hello")
serve()
