#!/usr/bin/env python3
"""A replica without a fault that votes, and replaces its file by a new one."""

from files import Replaced
from durable import Replica

Replica(Replaced).run()
