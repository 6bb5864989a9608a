#!/usr/bin/env python3
"""A replica without a fault that first prints what generators draw as people seed them."""

import random
import secrets
import time
import uuid

from course import send, serve

for name, draw in {
    "random": random.random(),
    "Random(time)": random.Random(time.time()).random(),
    "Random(time_ns)": random.Random(time.time_ns()).random(),
    "Random(perf_counter)": random.Random(time.perf_counter()).random(),
    "secrets": secrets.randbits(32),
    "uuid1": uuid.uuid1(),
    "uuid4": uuid.uuid4(),
    "hash": hash("a text"),
}.items():
    print("draw", name, draw)
send("hello")
serve()
