"""Ways to keep records in files, right ones and wrong ones."""

import json
import os
import zlib


def line(record):
    """A record as a line, after its checksum."""
    text = json.dumps(record)
    return f"{zlib.crc32(text.encode()):08x} {text}\n".encode()


def record_of(text):
    """The record of a line; None if the line is torn."""
    try:
        checksum, text = text.decode().split(" ", 1)
        return json.loads(text) if int(checksum, 16) == zlib.crc32(text.encode()) else None
    except ValueError:
        return None


def read(file, state):
    """Takes the records of a file up to one that is torn, and returns their length."""
    sound = 0
    for text in file.read().split(b"\n")[:-1]:
        record = record_of(text)
        if record is None:
            break
        state.take(record)
        sound += len(text) + 1
    return sound


class Appended:
    """A file to which records are added, each synced before anything that depends on it is sent."""

    NAME = "records"

    def __init__(self, state, syncs=True, cuts_off=True):
        self.syncs = syncs
        self.file = open(self.NAME, "a+b", buffering=0)
        self.file.seek(0)
        sound = read(self.file, state)
        if cuts_off:
            self.file.truncate(sound)
        self.sync()
        if syncs:
            sync_folder()

    def save(self, records, state):
        self.file.write(b"".join(map(line, records)))

    def sync(self):
        if self.syncs:
            os.fsync(self.file.fileno())


class Replaced:
    """A file that is written anew for each change, and then takes the place of the old one."""

    def __init__(self, state, syncs_folder=True):
        self.syncs_folder = syncs_folder
        if os.path.exists("state"):
            with open("state", "rb") as file:
                read(file, state)

    def save(self, records, state):
        with open("state.new", "wb") as file:
            file.write(b"".join(map(line, state.records())))
            file.flush()
            os.fsync(file.fileno())
        os.replace("state.new", "state")
        if self.syncs_folder:
            sync_folder()

    def sync(self):
        pass


class Rewritten(Replaced):
    """The same file, written anew in its own place: after a crash it may be neither the old nor the new one."""

    def save(self, records, state):
        with open("state", "wb") as file:
            file.write(b"".join(map(line, state.records())))
            file.flush()
            os.fsync(file.fileno())


def sync_folder():
    folder = os.open(".", os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
