// The run: indexes the data of the page, and answers what is asked of it again and again.

import { short } from "./format.js";
import { indexTexts } from "./texts.js";
import { define, summed } from "./unpack.js";

export const OUTCOMES = ["never answered", "ok", "redirected", "failed"];
export const ROLES = ["follower", "candidate", "leader"];
export const FATES = [
  "arrived",
  "late",
  "copy made by the network",
  "corrupted",
  "lost",
  "cut off",
  "corrupted, discarded",
];

// The place of the first number that is greater.
export function after(numbers, value) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The place of the first number that is not less.
export function from(numbers, value) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

// The finite ones of some moments in order, and the place of each; no places if they are in order as they are.
function ordered(numbers) {
  let isSorted = true;
  for (let at = 1; at < numbers.length && isSorted; at++) isSorted = numbers[at - 1] <= numbers[at];
  if (isSorted && (numbers.length === 0 || Number.isFinite(numbers[numbers.length - 1]))) {
    return { times: numbers, placeOf: (at) => at };
  }
  let count = 0;
  const places = new Uint32Array(numbers.length);
  for (let at = 0; at < numbers.length; at++) if (Number.isFinite(numbers[at])) places[count++] = at;
  const sorted = places.subarray(0, count).sort((a, b) => numbers[a] - numbers[b]);
  const times = new Float64Array(count);
  for (let at = 0; at < count; at++) times[at] = numbers[sorted[at]];
  return { times, placeOf: (at) => sorted[at] };
}

// Makes a run of the data: columns with times added up, and what is looked for often.
export function index(data) {
  const run = data;
  run.messages.at = summed(run.messages.sent);
  run.attempts.at = summed(run.attempts.sent);
  for (const group of [run.states, run.events, run.leaders]) group.at = summed(group.at);
  run.end = Math.max(1, run.ended);
  indexTexts(run, run.texts);
  indexMessages(run.messages);
  indexRequests(run);
  indexNodes(run);
  run.kindOf = (event) => run.events.kinds[run.events.kind[event]];
  // Built when the cursor first steps.
  define(run, "sources", () => sources(run));
  // Built when it is first needed: there may be millions of messages.
  define(run, "arrivals", () => moments("message", run.messages.arrived, "messages"));
  return run;
}

// More kinds than this are drawn as one.
const MOST_KINDS = 256;

function indexMessages(messages) {
  const count = messages.at.length;
  const { at, took, kind } = messages;
  messages.arrived = new Float64Array(count);
  messages.longest = 0;
  messages.kinds = [];
  const places = new Map();
  messages.sort = new Uint8Array(count);
  for (let message = 0; message < count; message++) {
    messages.arrived[message] = at[message] + took[message];
    if (took[message] > messages.longest) messages.longest = took[message];
    let place = places.get(kind[message]);
    if (place === undefined) {
      place = Math.min(messages.kinds.length, MOST_KINDS - 1);
      places.set(kind[message], place);
      messages.kinds[place] ??= { text: kind[message], count: 0 };
    }
    messages.kinds[place].count += 1;
    messages.sort[message] = place;
  }
}

// For each of some groups, the places whose group it is, in order.
function grouped(groups, count) {
  const begin = new Uint32Array(count + 1);
  for (const group of groups) if (group >= 0) begin[group + 1] += 1;
  for (let group = 0; group < count; group++) begin[group + 1] += begin[group];
  const next = begin.slice();
  const places = new Uint32Array(begin[count]);
  for (let place = 0; place < groups.length; place++) {
    if (groups[place] >= 0) places[next[groups[place]]++] = place;
  }
  return (group) => places.subarray(begin[group], begin[group + 1]);
}

// A request is one or more attempts: its bar goes from the first one to the last answer.
function indexRequests(run) {
  const { attempts } = run;
  const { at, took, request: number } = attempts;
  attempts.end = new Float64Array(at.length);
  let count = 0;
  for (let attempt = 0; attempt < at.length; attempt++) {
    attempts.end[attempt] = took[attempt] < 0 ? Infinity : at[attempt] + took[attempt];
    if (number[attempt] >= count) count = number[attempt] + 1;
  }
  const attemptsOf = grouped(number, count);
  const requests = { attemptsOf, row: new Uint8Array(count), until: new Float64Array(count) };
  // When the next one in the same row begins.
  requests.next = new Float64Array(count).fill(Infinity);
  requests.first = new Int32Array(count).fill(-1);
  requests.last = new Int32Array(count);
  for (let attempt = 0; attempt < at.length; attempt++) {
    const request = number[attempt];
    if (requests.first[request] < 0) requests.first[request] = attempt;
    requests.last[request] = attempt;
    requests.until[request] = attempts.end[attempt];
  }
  run.requests = requests;
  // Each stands where its first attempt does.
  const clients = Int32Array.from(at, (_, place) =>
    requests.first[number[place]] === place ? attempts.client[place] : -1,
  );
  const firsts = grouped(clients, run.clients);
  run.clientRequests = Array.from({ length: run.clients }, (_, client) => firsts(client).map((it) => number[it]));
  run.clientRows = run.clientRequests.map((own) => assignRows(run, own));
  run.clientReach = run.clientRequests.map((own) => reaches(requests, own));
}

// When a request was first asked.
export function beginOf(run, request) {
  return run.attempts.at[run.requests.first[request]];
}

// Up to when the requests up to each one reach: those before the first that reaches a window are over by then.
function reaches({ until }, own) {
  let most = 0;
  return Float64Array.from(own, (request) => (most = Math.max(most, until[request])));
}

const MOST_ROWS = 5;

// Gives each request of a client a row in which nothing else is under way, as far as there are rows.
function assignRows(run, own) {
  const { row: rows, until, next } = run.requests;
  const latest = [];
  const free = [0];
  for (const request of own) {
    const begin = beginOf(run, request);
    let row = free.findIndex((at) => at <= begin);
    if (row < 0 && free.length < MOST_ROWS) row = free.push(0) - 1;
    if (row < 0) row = free.indexOf(Math.min(...free));
    rows[request] = row;
    if (latest[row] !== undefined) next[latest[row]] = begin;
    latest[row] = request;
    // One that is never answered would keep its row for good.
    free[row] = Number.isFinite(until[request]) ? until[request] : begin + 1e6;
  }
  return free.length;
}

// What belongs to one replica, in order.
function indexNodes(run) {
  const { states, events } = run;
  const statesOf = grouped(states.node, run.replicas.length);
  const eventsOf = grouped(events.node, run.replicas.length);
  run.nodes = run.replicas.map((_, node) => {
    const own = statesOf(node);
    return { states: own, events: eventsOf(node), stateTimes: Float64Array.from(own, (at) => states.at[at]), log: null };
  });
  define(states, "termsFrom", () => {
    const ends = summed(states.added);
    return ends.map((end, at) => end - states.added[at]);
  });
}

// The place of the state that a replica has at a time, -1 before its first.
export function stateAt(run, node, time) {
  const { states, stateTimes } = run.nodes[node];
  const place = after(stateTimes, time) - 1;
  return place < 0 ? -1 : states[place];
}

// The terms of a replica's log after one of its states (by place), the entry of position 1 first.
export function logAt(run, node, state) {
  const own = run.nodes[node];
  if (!own.log || own.log.state > state) own.log = { next: 0, state: -1, terms: [] };
  const log = own.log;
  const { states } = run;
  while (log.next < own.states.length && own.states[log.next] <= state) {
    const at = own.states[log.next];
    if (states.kept[at] >= 0) {
      log.terms.length = Math.min(log.terms.length, states.kept[at]);
      while (log.terms.length < states.kept[at]) log.terms.push(0);
      const begin = states.termsFrom[at];
      for (let term = 0; term < states.added[at]; term++) log.terms.push(states.terms[begin + term]);
    }
    log.state = at;
    log.next += 1;
  }
  return log.terms;
}

// A list of moments, in order.
const moments = (kind, times, group) => ({ kind, group, ...ordered(times) });

// What the cursor steps through.
function sources({ states, events, attempts, faults }) {
  return [
    moments("state", states.at, "replicas"),
    moments("event", events.at, "replicas"),
    moments("ask", attempts.at, "clients"),
    moments("answer", attempts.end, "clients"),
    moments("fault", Float64Array.from(faults.from), "faults"),
    moments("fault end", Float64Array.from(faults.until), "faults"),
  ];
}

// A client's name, as histories write it.
export function clientName(client) {
  return `c${client}`;
}

// An attempt in words.
export function describe(run, attempt) {
  const { attempts, textOf } = run;
  const key = short(textOf(attempts.key[attempt]));
  const value = attempts.value[attempt] < 0 ? null : short(textOf(attempts.value[attempt]));
  switch (attempts.kind[attempt]) {
    case 0: {
      const done = attempts.outcome[attempt] === 1;
      return done ? `get(${key}) → ${value ?? "nothing"}` : `get(${key})`;
    }
    case 1:
      return `put(${key}, ${value ?? ""})`;
    case 2:
      return `cas(${key} → ${value ?? ""})`;
    default:
      return attempts.value[attempt] < 0 ? "" : textOf(attempts.value[attempt]);
  }
}
