// Moments: the next one in which anything happens, and the next one that a text is in.

import { after, clientName, describe, from } from "./data.js";

// What may be stepped through: what is shown, and what the filters let through.
function sourcesOf(view) {
  const { run } = view;
  const shown = run.sources.filter((source) => view.shows(source.group));
  return view.shows("messages") && run.messages.at.length > 0 ? [...shown, run.arrivals] : shown;
}

function isWanted(view, kind, place) {
  const { run } = view;
  switch (kind) {
    case "state":
      return view.key === null && (view.replica === null || run.states.node[place] === view.replica);
    case "event":
      return view.key === null && (view.replica === null || run.events.node[place] === view.replica);
    case "ask":
    case "answer":
      return view.allows(place);
    case "message": {
      const { messages } = run;
      if (view.hiddenKinds.has(messages.sort[place])) return false;
      const ends = [messages.from[place], messages.to[place]];
      return view.key === null && (view.replica === null || ends.includes(view.replica));
    }
    default:
      return view.key === null;
  }
}

// The next moment after the cursor at which anything happens (or the one before); null if there is none.
export function nextMoment(view, step) {
  let best = null;
  for (const { kind, placeOf, times } of sourcesOf(view)) {
    let at = step > 0 ? after(times, view.t) : from(times, view.t) - 1;
    while (at >= 0 && at < times.length && !isWanted(view, kind, placeOf(at))) at += step;
    if (at < 0 || at >= times.length) continue;
    const time = times[at];
    if (best === null || (step > 0 ? time < best.t : time > best.t)) best = { t: time, kind, place: placeOf(at) };
  }
  return best;
}

// All moments that a text is in, by time: requests by key, value and what the page calls them, events, faults, and
// messages if they are shown.
export function findAll(view, text) {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  const { run } = view;
  const named = run.textsWith(wanted);
  const found = [];
  const { attempts, events, faults, messages, states } = run;
  for (let at = 0; at < attempts.at.length; at++) {
    const isCalled = () => `${clientName(attempts.client[at])} ${describe(run, at)}`.toLowerCase().includes(wanted);
    if (named.has(attempts.key[at]) || named.has(attempts.value[at]) || isCalled())
      found.push({ t: attempts.at[at], selected: { attempt: at } });
  }
  for (let at = 0; at < events.at.length; at++) {
    if (named.has(events.text[at])) found.push({ t: events.at[at], selected: { event: at } });
  }
  for (let at = 0; at < faults.from.length; at++) {
    if (named.has(faults.text[at])) found.push({ t: faults.from[at], selected: { fault: at } });
  }
  if (view.shows("messages")) {
    for (let at = 0; at < messages.at.length; at++) {
      if (named.has(messages.text[at])) found.push({ t: messages.arrived[at], selected: { message: at } });
    }
  }
  // A state's words change all the time: it is found only if nothing else is.
  if (found.length === 0) {
    for (let at = 0; at < states.at.length; at++) {
      if (named.has(states.summary[at])) found.push({ t: states.at[at], selected: null });
    }
  }
  return found.sort((a, b) => a.t - b.t);
}
