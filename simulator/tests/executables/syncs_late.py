#!/usr/bin/env python3
"""It syncs its records after it has sent the answers that depend on them."""

from files import Appended
from primary import run

run(Appended, answers_first=True)
