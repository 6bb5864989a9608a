#!/usr/bin/env python3
"""A replica without a fault that votes, and adds records to a file."""

from files import Appended
from durable import Replica

Replica(Appended).run()
