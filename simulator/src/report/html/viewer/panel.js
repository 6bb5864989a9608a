// The panel beside the lanes: the finding, and the state of each replica at the cursor.

import { after, clientName, describe, FATES, logAt, OUTCOMES, stateAt } from "./data.js";
import { colour, ROLE_COLOURS } from "./colours.js";
import { element, rows } from "./details.js";
import { moment, thousands } from "./format.js";
import { termColour } from "./lanes.js";
import { spentTables } from "./spent.js";
import { font } from "./draw.js";

// Shows the finding, or that there is none. Once: nothing in it changes.
export function showFinding(view, section) {
  const { run } = view;
  const { finding } = run;
  if (!finding) {
    const words = run.verdict === "pass" ? "All checks hold" : `Verdict: ${run.verdict}`;
    section.append(element("h2", { text: words }));
    if (run.measured) section.append(measured(run.measured));
    section.append(allChecks(run));
    return;
  }
  const title = element(
    "h2",
    {},
    element("span", { text: finding.class, className: "class" }),
    `, ${finding.check}`,
  );
  section.append(title, element("p", { text: finding.headline, className: "headline" }));
  if (finding.operations.length > 0) section.append(proof(view));
  if (finding.check === "linearizable" && finding.lines.length > 0) {
    const list = element("ul", { className: "sentences" });
    for (const line of finding.lines) list.append(element("li", { text: line }));
    section.append(list);
  } else if (finding.lines.length > 0) {
    section.append(element("p", { text: finding.lines.join(finding.check === "no_retry_storm" ? " " : "\n"), className: "lines" }));
  }
  if (finding.check === "no_retry_storm") section.append(turnedAway(run));
  section.append(...spentTables(run));
  if (run.environment) section.append(element("p", { text: `driven by ${run.environment}`, className: "moment" }));
  const more = allChecks(run);
  if (run.measured) more.append(measured(run.measured));
  section.append(more);
}

// Who turned how many requests away, in the window of the finding.
function turnedAway(run) {
  const { attempts, finding, replicas } = run;
  const counts = replicas.map(() => [0, 0, 0, 0]);
  for (let at = 0; at < attempts.at.length; at++) {
    const isIn = attempts.end[at] >= finding.from && attempts.end[at] <= finding.until;
    if (isIn && attempts.by[at] >= 0) counts[attempts.by[at]][attempts.outcome[at]] += 1;
  }
  const words = ([, done, redirected, failed]) =>
    `${thousands(redirected)} redirected, ${thousands(failed)} failed, ${thousands(done)} answered`;
  return rows(replicas.map((name, node) => [name, words(counts[node])]));
}

function allChecks(run) {
  return element("details", {}, element("summary", { text: "All checks" }), checks(run));
}

function proof(view) {
  const { finding, unit, attempts, replicas } = view.run;
  const list = element("ol", { className: "proof" });
  for (const operation of finding.operations) {
    const ended = operation.returned;
    const by = operation.attempt === null ? -1 : attempts.by[operation.attempt];
    const where = by < 0 || ended === null ? "" : `${replicas[by]} ${operation.mark}`;
    const button = element(
      "button",
      {},
      element("span", { text: String(operation.number), className: "badge" }),
      element("span", { text: `c${operation.client}`, className: "span" }),
      element("span", { text: operation.call, className: "mono" }),
      element("span", { text: ended === null ? "never returned" : where, className: "where" }),
    );
    button.type = "button";
    button.title = `${moment(operation.invoke, unit)} to ${ended === null ? "never" : moment(ended, unit)}`;
    button.addEventListener("click", () => {
      const selected = operation.attempt === null ? null : { attempt: operation.attempt };
      view.change({ t: ended ?? operation.invoke, selected });
    });
    list.append(element("li", {}, button));
  }
  return list;
}

function checks(run) {
  return rows(
    run.checks.map((check) => [
      `${check.ok ? "✓" : check.class === "note" ? "·" : "✗"} ${check.name}`,
      check.detail,
    ]),
  );
}

function measured({ metrics, tiers }) {
  return rows([
    ["messages", `${metrics.total_messages}, ${tiers.total_messages}`],
    ["failures", `${metrics.failures}, ${tiers.failures}`],
    ["duplicates", `${metrics.duplicates}, ${tiers.duplicates}`],
    ["median latency", `${metrics.median_latency_s} s, ${tiers.median_latency}`],
  ]);
}

// Makes the part that shows states, and returns what brings it up to date.
export function makeStates(view, section, live) {
  const { run } = view;
  const title = element("p", { className: "moment", id: "moment" });
  const happened = element("p", { className: "moment lines", id: "happened" });
  section.append(element("h2", { text: "At the cursor" }), title);
  const nodes = run.replicas.map((name, node) => {
    const dot = element("span", { className: "dot" });
    const text = element("span", { className: "text", id: `state-${name}` });
    const line = element("div", {}, dot, element("span", { text: name, className: "name" }), text);
    const strip = run.has_windows ? element("canvas") : null;
    const all = element("div", { className: "node" }, line, ...(strip ? [strip] : []));
    section.append(all);
    return { node, dot, text, strip, all };
  });
  section.append(happened);
  return () => {
    title.textContent = moment(view.t, run.unit);
    const places = nodes.map(({ node }) => stateAt(run, node, view.t));
    nodes.forEach((it, at) => showState(view, it, places[at]));
    showLogs(view, nodes, places);
    happened.textContent = happenedAt(view);
    live.textContent = `${title.textContent}. ${happened.textContent}`;
  };
}

function showState(view, { node, dot, text, all }, place) {
  const { run } = view;
  const { states, textOf } = run;
  all.hidden = view.replica !== null && view.replica !== node;
  if (place < 0) {
    text.textContent = "";
    return;
  }
  const role = states.role[place] < 0 ? inferredRole(view, node) : ROLE_COLOURS[states.role[place]];
  dot.style.background = colour(states.running[place] ? role : "down");
  all.classList.toggle("still", !states.running[place]);
  const words = textOf(states.summary[place]);
  const own = run.nodes[node];
  const at = after(own.stateTimes, view.t) - 1;
  // What changed at this very moment is marked.
  const isNew = own.stateTimes[at] === view.t && at > 0;
  text.replaceChildren(...(isNew ? marked(words, textOf(states.summary[own.states[at - 1]])) : [words]));
}

// Where no window shows the role, a replica leads while it says so.
function inferredRole(view, node) {
  const { t, run } = view;
  const leads = (led) => led.node === node && led.from <= t && t < (led.until ?? Infinity);
  return run.elections.led.some(leads) ? "leader" : "follower";
}

// The words of a text that are not in the longest sequence that it has in common with another one are marked.
function marked(words, before) {
  const [now, old] = [words.split(" "), before.split(" ")];
  // How long the common sequence of what follows two places is.
  const common = Array.from({ length: now.length + 1 }, () => new Uint16Array(old.length + 1));
  for (let a = now.length - 1; a >= 0; a--) {
    for (let b = old.length - 1; b >= 0; b--) {
      common[a][b] = now[a] === old[b] ? common[a + 1][b + 1] + 1 : Math.max(common[a + 1][b], common[a][b + 1]);
    }
  }
  let b = 0;
  return now.flatMap((word, a) => {
    while (b < old.length && word !== old[b] && common[a][b + 1] >= common[a + 1][b]) b += 1;
    const isKept = word === old[b];
    if (isKept) b += 1;
    return [...(a === 0 ? [] : [" "]), isKept || word === "" ? word : element("mark", { text: word })];
  });
}

const CELL = 9;

// The logs as strips, an entry a cell, below each other by position.
function showLogs(view, nodes, places) {
  const { run } = view;
  if (!run.has_windows) return;
  const logs = nodes.map(({ node }, at) => (places[at] < 0 ? [] : logAt(run, node, places[at]).slice()));
  const longest = Math.max(1, ...logs.map((log) => log.length));
  const width = Math.max(120, Math.floor(nodes[0]?.all.clientWidth || 380));
  const cells = Math.floor(width / CELL);
  const apart = firstDifference(logs);
  let begin = Math.max(0, longest - cells);
  if (apart >= 0 && apart < begin) begin = Math.max(0, apart - 4);
  nodes.forEach(({ strip }, at) => {
    drawLog(strip, width, { terms: logs[at], begin, cells, apart, logs, ...indexes(run, places[at]) });
    const positions = `${begin + 1} to ${Math.min(longest, begin + cells)}`;
    strip.title = `log: positions ${positions}, by term; committed ones are filled`;
  });
}

function indexes(run, place) {
  return place < 0 ? { commit: 0, first: 1 } : { commit: run.states.commit[place], first: run.states.first[place] };
}

// The first position at which two logs hold entries of different terms, -1 if none does.
function firstDifference(logs) {
  const longest = Math.max(0, ...logs.map((log) => log.length));
  for (let at = 0; at < longest; at++) {
    let term = 0;
    for (const log of logs) {
      if (at >= log.length || log[at] === 0) continue;
      if (term !== 0 && log[at] !== term) return at;
      term = log[at];
    }
  }
  return -1;
}

function drawLog(strip, width, { terms, begin, cells, apart, commit, first }) {
  const height = 13;
  const ratio = window.devicePixelRatio || 1;
  strip.width = width * ratio;
  strip.height = height * ratio;
  strip.style.width = `${width}px`;
  strip.style.height = `${height}px`;
  const pen = strip.getContext("2d");
  pen.scale(ratio, ratio);
  pen.font = font(8.5);
  pen.textAlign = "center";
  for (let at = begin; at < Math.min(terms.length, begin + cells); at++) {
    const x = (at - begin) * CELL;
    const isGone = at + 1 < first;
    pen.fillStyle = isGone ? colour("line") : termColour(terms[at]);
    pen.globalAlpha = at < commit ? 1 : 0.4;
    pen.fillRect(x, 1, CELL - 1, 10);
    pen.globalAlpha = 1;
    if (!isGone && (at === begin || terms[at] !== terms[at - 1])) {
      pen.fillStyle = at < commit ? "#ffffff" : colour("ink");
      pen.fillText(String(terms[at]), x + (CELL - 1) / 2, 9);
    }
    if (at === apart) {
      pen.strokeStyle = colour("mark");
      pen.lineWidth = 2;
      pen.strokeRect(x - 0.5, 0.5, CELL, 12);
    }
  }
  if (commit > begin && commit < begin + cells) {
    pen.fillStyle = colour("good");
    pen.fillRect((commit - begin) * CELL - 1.25, 0, 1.75, height);
  }
}

const MOST_HAPPENED = 6;

// More messages than this are put in order only when they are looked at.
const MOST_SORTED = 200_000;

// What happened at the cursor's very moment, in words.
function happenedAt(view) {
  const { run } = view;
  const { events, faults, textOf } = run;
  const lines = [...arrivedAt(view), ...askedAt(view)].slice(0, MOST_HAPPENED);
  const last = after(events.at, view.t);
  const told = [];
  const isTold = (at) => at >= 0 && events.at[at] === view.t && lines.length + told.length < MOST_HAPPENED;
  for (let at = last - 1; isTold(at); at--) {
    const who = events.node[at] < 0 ? "" : `${run.replicas[events.node[at]]} `;
    told.unshift(`${who}${textOf(events.text[at])}`);
  }
  lines.push(...told);
  for (let at = 0; at < faults.from.length; at++) {
    const isOn = faults.from[at] <= view.t && view.t < faults.until[at];
    const who = faults.node[at] < 0 ? "" : `${run.replicas[faults.node[at]]}: `;
    if (isOn && lines.length < MOST_HAPPENED) lines.push(`${who}${textOf(faults.text[at])}`);
  }
  return lines.join("\n");
}

// The places in a list of moments, in order, that are at the cursor.
function placesAt(view, { placeOf, times }) {
  const places = [];
  for (let at = after(times, view.t) - 1; at >= 0 && times[at] === view.t; at--) places.unshift(placeOf(at));
  return places;
}

// The messages that arrive, or are lost, at the cursor.
function arrivedAt(view) {
  const { messages, replicas, textOf } = view.run;
  if (messages.at.length === 0 || (messages.at.length > MOST_SORTED && !view.shows("messages"))) return [];
  return placesAt(view, view.run.arrivals).map((at) => {
    const fate = messages.fate[at] === 0 ? "" : ` (${FATES[messages.fate[at]]})`;
    return `${replicas[messages.from[at]]} → ${replicas[messages.to[at]]} ${textOf(messages.text[at])}${fate}`;
  });
}

// What clients ask and are answered at the cursor.
function askedAt(view) {
  const { attempts, replicas, sources } = view.run;
  const named = (at) => `${clientName(attempts.client[at])} ${describe(view.run, at)}`;
  return sources.flatMap((source) => {
    const by = (node, word) => (replicas[node] === undefined ? "" : ` ${word} ${replicas[node]}`);
    const words = {
      ask: (at) => `${named(at)}: asked${by(attempts.to[at], "of")}`,
      answer: (at) => `${named(at)}: ${OUTCOMES[attempts.outcome[at]]}${by(attempts.by[at], "by")}`,
    }[source.kind];
    return words ? placesAt(view, source).map(words) : [];
  });
}
