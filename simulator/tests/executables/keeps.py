#!/usr/bin/env python3
"""A replica without a fault that keeps everything in the file of the first one."""

from files import Appended
from primary import run

run(Appended)
