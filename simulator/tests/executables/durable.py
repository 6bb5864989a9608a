"""Raft with its state in a file, for the replicas that keep it in one way or another."""

import random
import select
import sys
import time

from course import ME, SOCKET, receive
import course

OTHERS = sys.argv[3:]
MAJORITY = (len(OTHERS) + 1) // 2 + 1
BEAT, PATIENCE = 0.1, (0.4, 0.8)
MOST_AT_ONCE = 40


class State:
    """What must survive a crash: the term, the vote, and the log, of which the first entry is always there."""

    def __init__(self):
        self.term, self.vote, self.log = 0, None, [[0, None]]

    def take(self, record):
        if record[0] == "term":
            _, self.term, self.vote = record
        else:
            _, place, term, op = record
            del self.log[place:]
            self.log.append([term, op])

    def records(self):
        yield ["term", self.term, self.vote]
        yield from (["entry", place, *entry] for place, entry in enumerate(self.log) if place)


class Replica:
    def __init__(self, disk, answers_first=False):
        self.state = State()
        self.disk = disk(self.state)
        self.answers_first = answers_first
        self.role, self.leader, self.commit, self.applied = "follower", "FFFF", 0, 0
        self.votes, self.next, self.match = set(), {}, {}
        self.store, self.asked, self.held = {}, {}, []
        self.records, self.out = [], []
        self.be_patient()

    def be_patient(self):
        self.deadline = time.monotonic() + random.uniform(*PATIENCE)

    def say(self, kind, to="FFFF", **more):
        self.out.append((kind, to, self.leader, more))

    def keep(self, *record):
        self.records.append(record)
        self.state.take(record)

    def finish(self):
        """Makes durable what has changed, and then sends; with one of the mistakes, the other way round."""
        dirty = bool(self.records)
        if dirty:
            self.disk.save(self.records, self.state)
            self.records = []
        if dirty and not self.answers_first:
            self.disk.sync()
        for kind, to, course.PRIMARY, more in self.out:
            course.send(kind, to, **more)
        self.out = []
        if dirty and self.answers_first:
            self.disk.sync()

    def last(self):
        return len(self.state.log) - 1

    def follow(self, term, leader="FFFF"):
        if term > self.state.term:
            self.keep("term", term, None)
            self.leader = "FFFF"
        self.role = "follower"
        if leader != "FFFF":
            self.leader = leader
            held, self.held = self.held, []
            for request in held:
                self.say("redirect", request["src"], MID=request["MID"])

    def stand(self):
        self.role, self.leader, self.votes = "candidate", "FFFF", {ME}
        self.keep("term", self.state.term + 1, ME)
        self.say("ask", term=self.state.term, last=self.last(), last_term=self.state.log[-1][0])
        self.be_patient()

    def lead(self):
        self.role, self.leader = "leader", ME
        self.next = {other: self.last() + 1 for other in OTHERS}
        self.match = {other: 0 for other in OTHERS}
        self.keep("entry", self.last() + 1, self.state.term, None)
        held, self.held = self.held, []
        for request in held:
            self.request(request)
        self.replicate()

    def request(self, request):
        if self.role == "leader":
            op = [request["type"], request["key"], request.get("value")]
            self.keep("entry", self.last() + 1, self.state.term, op)
            self.asked[self.last()] = self.state.term, request
            self.replicate()
        else:
            # It waits for a word of the leader: to send clients to one that is gone would keep them going round.
            self.held.append(request)

    def replicate(self):
        for other in OTHERS:
            self.send_entries(other)
        self.deadline = time.monotonic() + BEAT

    def send_entries(self, to):
        before = self.next[to] - 1
        entries = self.state.log[before + 1:before + 1 + MOST_AT_ONCE]
        self.say("entries", to, term=self.state.term, before=before, before_term=self.state.log[before][0],
                 entries=entries, commit=self.commit)

    def on_entries(self, message):
        self.follow(message["term"], message["src"])
        self.be_patient()
        before, log = message["before"], self.state.log
        if before >= len(log) or log[before][0] != message["before_term"]:
            return self.say("refused", message["src"], term=self.state.term, hint=min(before - 1, self.last()))
        for place, entry in enumerate(message["entries"], before + 1):
            if place >= len(log) or log[place][0] != entry[0]:
                self.keep("entry", place, *entry)
        known = before + len(message["entries"])
        self.advance(min(message["commit"], known))
        self.say("taken", message["src"], term=self.state.term, match=known)

    def on_taken(self, message):
        other, match = message["src"], message["match"]
        is_more = match > self.match[other]
        self.match[other] = max(self.match[other], match)
        self.next[other] = max(self.next[other], match + 1)
        most = sorted([*self.match.values(), self.last()])[-MAJORITY]
        if self.state.log[most][0] == self.state.term:
            self.advance(most)
        # An answer to each answer of a slow replica would make more and more messages.
        if is_more and self.next[other] <= self.last():
            self.send_entries(other)

    def advance(self, commit):
        self.commit = max(self.commit, commit)
        while self.applied < self.commit:
            self.applied += 1
            term, op = self.state.log[self.applied]
            if op and op[0] == "put":
                self.store[op[1]] = op[2]
            asked_in, request = self.asked.pop(self.applied, (None, None))
            if asked_in == term:
                more = {} if op[0] == "put" else {"value": self.store.get(op[1], "")}
                self.say("ok", request["src"], MID=request["MID"], **more)

    def on_ask(self, message):
        if message["term"] > self.state.term:
            self.follow(message["term"])
        mine = (self.state.log[-1][0], self.last())
        is_new = (message["last_term"], message["last"]) >= mine
        if message["term"] == self.state.term and self.state.vote in (None, message["src"]) and is_new:
            self.keep("term", self.state.term, message["src"])
            self.say("vote", message["src"], term=self.state.term)
            self.be_patient()

    def handle(self, message):
        kind = message["type"]
        if kind in ("get", "put"):
            return self.request(message)
        if kind == "ask":
            return self.on_ask(message)
        if message["term"] > self.state.term:
            self.follow(message["term"])
        if message["term"] < self.state.term:
            return
        if kind == "entries":
            self.on_entries(message)
        elif kind == "vote" and self.role == "candidate":
            self.votes.add(message["src"])
            if len(self.votes) >= MAJORITY:
                self.lead()
        elif kind == "taken" and self.role == "leader":
            self.on_taken(message)
        elif kind == "refused" and self.role == "leader":
            before = max(1, message["hint"] + 1)
            if before < self.next[message["src"]]:
                self.next[message["src"]] = before
                self.send_entries(message["src"])

    def run(self):
        self.say("hello")
        while True:
            self.finish()
            ready, _, _ = select.select([SOCKET], [], [], max(0, self.deadline - time.monotonic()))
            if ready:
                self.handle(receive())
            elif self.role == "leader":
                self.replicate()
            else:
                self.stand()
