#!/usr/bin/env python3
"""Remembers nothing that is put: else it is right.py."""

import course


class Nothing(dict):
    def __setitem__(self, key, value):
        pass


course.STORE = Nothing()
import right  # noqa: E402, F401
