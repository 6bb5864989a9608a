// The run: unpacks the data of the page, and indexes it. FORMAT.md describes what is read here.

import { short } from "./format.js";

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

// Reads the page's data block: JSON, deflated, in base64.
export async function unpack(block) {
  const bytes = fromBase64(block.textContent.trim());
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

// Newer browsers do it by themselves, many times faster.
function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at);
  return bytes;
}

// Adds up differences: the numbers that they were made of.
function summed(steps) {
  const numbers = new Float64Array(steps.length);
  let sum = 0;
  for (let at = 0; at < steps.length; at++) {
    sum += steps[at];
    numbers[at] = sum;
  }
  return numbers;
}

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
  const run = { ...data };
  run.messages = { ...data.messages, at: summed(data.messages.sent) };
  run.attempts = { ...data.attempts, at: summed(data.attempts.sent) };
  run.states = { ...data.states, at: summed(data.states.at) };
  run.events = { ...data.events, at: summed(data.events.at) };
  run.leaders = { ...data.leaders, at: summed(data.leaders.at) };
  run.end = Math.max(1, data.ended);
  indexTexts(run, data.texts);
  indexMessages(run.messages);
  indexRequests(run);
  indexNodes(run);
  let found = null;
  // Built when the cursor first steps.
  run.sources = () => (found ??= sources(run));
  return run;
}

// Texts are one long one, of which each is a part: a run may have millions, and few are ever looked at.
function indexTexts(run, { all, lengths }) {
  const begin = new Float64Array(lengths.length + 1);
  for (let at = 0; at < lengths.length; at++) begin[at + 1] = begin[at] + lengths[at];
  run.textOf = (text) => (text < 0 ? "" : all.slice(begin[text], begin[text + 1]));
  // The text of exactly these words; null if there is none.
  run.textNamed = (words) => {
    for (let at = 0; at < lengths.length; at++) {
      if (lengths[at] === words.length && run.textOf(at) === words) return at;
    }
    return null;
  };
  // Those that have these words, in small letters, in them.
  run.textsWith = (words) => {
    const found = new Set();
    const small = all.toLowerCase();
    // A letter whose small form is longer would move all that follows it.
    if (small.length !== all.length) {
      lengths.forEach((_, at) => run.textOf(at).toLowerCase().includes(words) && found.add(at));
      return found;
    }
    for (let place = small.indexOf(words); place >= 0;) {
      const text = after(begin, place) - 1;
      if (place + words.length <= begin[text + 1]) found.add(text);
      place = small.indexOf(words, found.has(text) ? begin[text + 1] : place + 1);
    }
    return found;
  };
}

function indexMessages(messages) {
  const count = messages.at.length;
  messages.arrived = new Float64Array(count);
  messages.longest = 0;
  messages.kinds = [];
  const places = new Map();
  messages.sort = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    messages.arrived[at] = messages.at[at] + messages.took[at];
    messages.longest = Math.max(messages.longest, messages.took[at]);
    let place = places.get(messages.kind[at]);
    if (place === undefined) {
      place = messages.kinds.length;
      places.set(messages.kind[at], place);
      messages.kinds.push({ text: messages.kind[at], count: 0 });
    }
    messages.kinds[place].count += 1;
    messages.sort[at] = Math.min(place, 255);
  }
}

// A request is one or more attempts: its bar goes from the first one to the last answer.
function indexRequests(run) {
  const attempts = run.attempts;
  const numbered = [];
  run.requests = [];
  attempts.end = new Float64Array(attempts.at.length);
  for (let at = 0; at < attempts.at.length; at++) {
    attempts.end[at] = attempts.took[at] < 0 ? Infinity : attempts.at[at] + attempts.took[at];
    let request = numbered[attempts.request[at]];
    if (!request) {
      request = { first: at, last: at, client: attempts.client[at], from: attempts.at[at], attempts: [], row: 0 };
      numbered[attempts.request[at]] = request;
      run.requests.push(request);
    }
    request.last = at;
    request.attempts.push(at);
    request.until = attempts.end[at];
  }
  run.requestOf = (attempt) => numbered[attempts.request[attempt]];
  run.clientRequests = Array.from({ length: run.clients }, () => []);
  for (const request of run.requests) run.clientRequests[request.client].push(request);
  run.clientRows = run.clientRequests.map(assignRows);
  run.clientReach = run.clientRequests.map(reaches);
}

// Up to when the requests up to each one reach: those before the first that reaches a window are over by then.
function reaches(requests) {
  let most = 0;
  return Float64Array.from(requests, ({ until }) => (most = Math.max(most, until)));
}

const MOST_ROWS = 5;

// Gives each request of a client a row in which nothing else is under way, as far as there are rows.
function assignRows(requests) {
  const free = [0];
  for (const request of requests) {
    let row = free.findIndex((at) => at <= request.from);
    if (row < 0 && free.length < MOST_ROWS) row = free.push(0) - 1;
    if (row < 0) row = free.indexOf(Math.min(...free));
    request.row = row;
    // One that is never answered would keep its row for good.
    free[row] = Number.isFinite(request.until) ? request.until : request.from + 1e6;
  }
  return free.length;
}

// What belongs to one replica, in order.
function indexNodes(run) {
  const nodes = run.replicas.map(() => ({ states: [], events: [], stateTimes: null, log: null }));
  for (let at = 0; at < run.states.at.length; at++) nodes[run.states.node[at]].states.push(at);
  for (let at = 0; at < run.events.at.length; at++) {
    if (run.events.node[at] >= 0) nodes[run.events.node[at]].events.push(at);
  }
  let term = 0;
  run.states.termsFrom = run.states.added.map((added) => {
    const begin = term;
    term += added;
    return begin;
  });
  for (const node of nodes) node.stateTimes = Float64Array.from(node.states, (at) => run.states.at[at]);
  run.nodes = nodes;
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

// Lists of moments, each in order: what the cursor steps through.
function sources(run) {
  const { states, events, attempts, messages, faults } = run;
  const list = (kind, times, group) => ({ kind, group, ...ordered(times) });
  let arrivals = null;
  // Built when it is first needed: there may be millions of messages.
  run.arrivals = () => (arrivals ??= list("message", messages.arrived, "messages"));
  return [
    list("state", states.at, "replicas"),
    list("event", events.at, "replicas"),
    list("ask", attempts.at, "clients"),
    list("answer", attempts.end, "clients"),
    list("fault", Float64Array.from(faults.from), "faults"),
    list("fault end", Float64Array.from(faults.until), "faults"),
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
    default:
      return `cas(${key} → ${value ?? ""})`;
  }
}
