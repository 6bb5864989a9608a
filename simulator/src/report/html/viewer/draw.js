// Draws the lanes of time, faults, elections and replicas.

import { axisLabel, axisStep, clipped } from "./format.js";
import { after, from } from "./data.js";
import { colour, ROLE_COLOURS } from "./colours.js";
import { electionRows, GUTTER } from "./lanes.js";

// What is not about the finding, while that is looked at.
export const DIM = 0.22;

export function font(size, weight = "") {
  return `${weight} ${size}px system-ui, "DejaVu Sans", sans-serif`.trim();
}

// Draws a text if it fits, and says whether it did.
export function label(pen, text, x, y, most) {
  if (most < 8) return false;
  let shown = text;
  if (pen.measureText(shown).width > most) {
    const letters = [...text];
    const size = pen.measureText(text).width / Math.max(1, letters.length);
    const count = Math.floor(most / size) - 1;
    if (count < 2) return false;
    shown = `${letters.slice(0, count).join("")}…`;
  }
  pen.fillText(shown, x, y);
  return true;
}

// What stands on the bar of a fault: all that it says, or its name and whom it struck where that has no room.
function faultLabel(pen, run, at, most) {
  const text = run.textOf(run.faults.text[at]);
  if (pen.measureText(text).width <= most) return text;
  const struck = [...text.matchAll(/; the [a-z ]+ is ([0-9A-F]{4})/g)].map((found) => found[1]);
  return [run.textOf(run.faults.name[at]), ...struck].join(" ");
}

// The axis, its lines, and what is shaded behind all lanes.
export function drawGround(pen, view, layout, scale) {
  const { run } = view;
  pen.fillStyle = colour("paper");
  pen.fillRect(0, 0, layout.width, layout.height);
  pen.fillStyle = colour("band");
  let odd = false;
  for (const lane of layout.lanes) {
    odd = !odd;
    if (odd) pen.fillRect(0, lane.y, layout.width, lane.height);
  }
  const step = axisStep(view.until - view.from, Math.max(2, (scale.right - scale.left) / 110));
  pen.font = font(11);
  pen.textBaseline = "alphabetic";
  for (let at = Math.ceil(view.from / step) * step; at <= view.until; at += step) {
    const x = Math.round(scale.x(at)) + 0.5;
    pen.strokeStyle = colour("line");
    pen.beginPath();
    pen.moveTo(x, 20);
    pen.lineTo(x, layout.height);
    pen.stroke();
    pen.fillStyle = colour("soft");
    pen.textAlign = x > scale.right - 40 ? "right" : "center";
    if (x < scale.left + 20) pen.textAlign = "left";
    pen.fillText(axisLabel(at, step, run.unit), x, 14);
  }
  pen.textAlign = "left";
  if (run.healed !== null) drawHealing(pen, view, layout, scale);
}

function drawHealing(pen, view, layout, scale) {
  const { healed } = view.run;
  const x = scale.x(healed);
  if (x > scale.right || x < scale.left) return;
  pen.strokeStyle = colour("good");
  pen.setLineDash([4, 3]);
  pen.beginPath();
  pen.moveTo(x, 20);
  pen.lineTo(x, layout.height);
  pen.stroke();
  pen.setLineDash([]);
  pen.fillStyle = colour("good");
  pen.font = font(10.5);
  const words = "everything heals ";
  const width = pen.measureText(words).width;
  pen.fillText(words, x - width > scale.left ? x - width : x + 4, layout.height - 5);
}

// The names of lanes, over whatever was drawn below them.
export function drawGutter(pen, view, layout) {
  pen.fillStyle = colour("paper");
  pen.fillRect(0, 0, GUTTER - 2, layout.height);
  let odd = false;
  for (const lane of layout.lanes) {
    odd = !odd;
    pen.fillStyle = colour("band");
    if (odd) pen.fillRect(0, lane.y, GUTTER - 2, lane.height);
    const isChosen =
      (lane.kind === "replica" && view.replica === lane.node) ||
      (lane.kind === "client" && view.client === lane.client);
    pen.fillStyle = isChosen ? colour("accent") : colour("ink");
    pen.font = font(lane.kind === "replica" ? 13 : 11.5, lane.kind === "replica" || isChosen ? "600" : "");
    pen.textBaseline = "middle";
    const y = lane.kind === "client" || lane.kind === "replica" ? lane.y + lane.height / 2 : lane.y + 12;
    label(pen, lane.label, 10, y, GUTTER - 14);
  }
  pen.textBaseline = "alphabetic";
}

// The faults of the network.
export function drawFaults(pen, view, lane, scale) {
  const { faults } = view.run;
  pen.font = font(10.5);
  for (const [at, row] of lane.rows.of) {
    const left = Math.max(scale.left, scale.x(faults.from[at]));
    const right = Math.min(scale.right, scale.x(faults.until[at]));
    if (right < scale.left || left > scale.right) continue;
    const y = lane.y + 4 + row * 13;
    pen.fillStyle = colour("fault");
    pen.fillRect(left, y, Math.max(2, right - left), 11);
    pen.fillStyle = colour("fault-ink");
    const room = right - left - 6;
    label(pen, faultLabel(pen, view.run, at, room), left + 3, y + 9, room);
  }
}

// Who stood for election, by whom elected, and who led.
export function drawElections(pen, view, lane, scale) {
  const { elections, replicas, has_windows: hasWindows } = view.run;
  const rows = electionRows(view.run);
  pen.font = font(11);
  for (const { led, row, left, right } of leaderships(view.run, scale, rows)) {
    const y = lane.y + 4 + row * 15;
    pen.fillStyle = colour("leader");
    pen.globalAlpha = 0.85;
    pen.fillRect(left, y, Math.max(2, right - left), 13);
    pen.globalAlpha = 1;
    pen.fillStyle = "#ffffff";
    const term = led.term === null ? "" : ` in term ${led.term}`;
    const votes = votesFor(view.run, led);
    if (right - left > 48)
      label(
        pen,
        `${replicas[led.node]} leads${term}${hasWindows ? "" : " (inferred)"}${votes}`,
        left + 4,
        y + 10.5,
        right - left - 8,
      );
  }
  for (const stood of elections.stood) {
    const x = scale.x(stood.from);
    if (x < scale.left || x > scale.right) continue;
    pen.strokeStyle = colour("candidate");
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(x, lane.y + 2);
    pen.lineTo(x, lane.y + lane.height - 2);
    pen.stroke();
    pen.fillStyle = colour("candidate");
    pen.beginPath();
    pen.moveTo(x - 4, lane.y);
    pen.lineTo(x + 4, lane.y);
    pen.lineTo(x, lane.y + 6);
    pen.fill();
    pen.lineWidth = 1;
  }
}

// Who elected a leader, in words; nothing where no vote was seen.
function votesFor(run, led) {
  const isIts = (stood) => stood.node === led.node && stood.term === led.term && stood.from <= led.from;
  const votes = run.elections.stood.findLast(isIts)?.votes ?? [];
  if (votes.length === 0) return "";
  return `, votes of ${votes.map((node) => run.replicas[node]).join(" ")}${run.has_windows ? " (inferred)" : ""}`;
}

// The leaderships in the window. Where a replica says again and again that it leads, the gaps between are not shown.
function leaderships(run, scale, rows) {
  const found = [];
  const latest = new Map();
  run.elections.led.forEach((led, at) => {
    const left = Math.max(scale.left, scale.x(led.from));
    const right = Math.min(scale.right, scale.x(led.until ?? run.end));
    if (right < scale.left || left > scale.right) return;
    const before = latest.get(led.node);
    if (before && before.led.term === led.term && left - before.right < 3) {
      before.right = Math.max(before.right, right);
      return;
    }
    const shown = { led, row: rows.of[at], left, right };
    latest.set(led.node, shown);
    found.push(shown);
  });
  return found;
}

// A replica: its role as colour, its term as label, and what happened to it.
export function drawReplica(pen, view, lane, scale) {
  const { run } = view;
  const isOut = view.replica !== null && view.replica !== lane.node;
  const nodes = run.finding?.nodes ?? [];
  const isDim = isOut || (view.focused && nodes.length > 0 && !nodes.includes(lane.node));
  pen.globalAlpha = isDim ? 0.4 : 1;
  const band = { y: lane.y + lane.height / 2 - 9, height: 18 };
  drawRoles(pen, view, lane, scale, band);
  drawCommits(pen, view, lane, scale, band);
  drawNodeFaults(pen, view, lane, scale);
  drawNodeEvents(pen, view, lane, scale, band);
  pen.globalAlpha = 1;
}

// Calls back for each stretch of time in which a replica shows the same.
function stretches(view, lane, scale, same, draw) {
  const { run } = view;
  const { states, stateTimes } = run.nodes[lane.node];
  let place = Math.max(0, after(stateTimes, scale.at(scale.left)) - 1);
  while (place < states.length && stateTimes[place] <= scale.at(scale.right)) {
    let next = place + 1;
    while (next < states.length && same(states[place], states[next])) next += 1;
    const until = next < states.length ? stateTimes[next] : run.end;
    draw(states[place], Math.max(scale.left, scale.x(stateTimes[place])), Math.min(scale.right, scale.x(until)));
    place = next;
  }
}

function drawRoles(pen, view, lane, scale, band) {
  const { states, has_windows: hasWindows } = view.run;
  const same = (a, b) =>
    states.running[a] === states.running[b] &&
    states.role[a] === states.role[b] &&
    states.term[a] === states.term[b];
  pen.font = font(11);
  stretches(view, lane, scale, same, (state, left, right) => {
    const width = Math.max(1.5, right - left);
    if (!states.running[state]) {
      hatch(pen, left, band.y, width, band.height);
      return;
    }
    const role = states.role[state] < 0 ? "follower" : ROLE_COLOURS[states.role[state]];
    pen.fillStyle = colour(role);
    pen.fillRect(left, band.y, width, band.height);
    if (states.term[state] >= 0) {
      pen.fillStyle = role === "follower" ? colour("ink") : role === "leader" ? "#ffffff" : "#111418";
      if (!label(pen, `term ${states.term[state]}`, left + 5, band.y + 13, right - left - 8)) {
        label(pen, String(states.term[state]), left + 3, band.y + 13, right - left - 4);
      }
    }
  });
  if (hasWindows) return;
  for (const { led, left, right } of leaderships(view.run, scale, electionRows(view.run))) {
    if (led.node !== lane.node) continue;
    pen.fillStyle = colour("leader");
    pen.fillRect(left, band.y, Math.max(1.5, right - left), band.height);
    pen.fillStyle = "#ffffff";
    label(pen, led.term === null ? "leads" : `leads, term ${led.term}`, left + 5, band.y + 13, right - left - 8);
  }
}

// A replica that does not run.
function hatch(pen, x, y, width, height) {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  pen.strokeStyle = colour("down");
  pen.globalAlpha *= 0.55;
  pen.beginPath();
  for (let at = Math.floor(x / 7) * 7 - height; at < x + width; at += 7) {
    pen.moveTo(at, y + height);
    pen.lineTo(at + height, y);
  }
  pen.stroke();
  pen.strokeRect(x + 0.5, y + 0.5, Math.max(0, width - 1), height - 1);
  pen.restore();
}

// Where the commit index grows: a line that rises with it, below the role.
function drawCommits(pen, view, lane, scale, band) {
  const { states } = view.run;
  if (!view.run.has_windows) return;
  const top = band.y + band.height + 2;
  pen.fillStyle = colour("good");
  let last = -10;
  const { states: own, stateTimes } = view.run.nodes[lane.node];
  const begin = Math.max(1, from(stateTimes, scale.at(scale.left)));
  for (let place = begin; place < own.length && stateTimes[place] <= scale.at(scale.right); place++) {
    if (states.commit[own[place]] <= states.commit[own[place - 1]]) continue;
    const x = scale.x(stateTimes[place]);
    if (x - last < 2) continue;
    pen.fillRect(x - 0.75, top, 1.5, 5);
    last = x;
  }
}

// Faults of this replica, as thin bars above its role.
function drawNodeFaults(pen, view, lane, scale) {
  const { faults, textOf } = view.run;
  if (!view.shows("faults")) return;
  pen.font = font(10);
  const own = faults.from.map((_, at) => at).filter((at) => faults.node[at] === lane.node);
  own.forEach((at, place) => {
    const left = Math.max(scale.left, scale.x(faults.from[at]));
    const right = Math.min(scale.right, Math.max(scale.x(faults.until[at]), scale.x(faults.from[at]) + 3));
    if (right < scale.left || left > scale.right) return;
    const y = lane.y + 1;
    pen.fillStyle = colour("fault");
    pen.fillRect(left, y, right - left, 11);
    pen.fillStyle = colour("fault-ink");
    // A short one says what it is where nothing else stands.
    const next = place + 1 < own.length ? scale.x(faults.from[own[place + 1]]) : scale.right;
    const room = Math.max(right, Math.min(next - 4, scale.right)) - left;
    label(pen, textOf(faults.text[at]), left + 4, y + 9, room - 6);
  });
}

const GLYPHS = { start: "●", print: "▏", violation: "✖", fault: "" };

function drawNodeEvents(pen, view, lane, scale, band) {
  const { run } = view;
  const { events } = run;
  const own = view.run.nodes[lane.node].events;
  const y = band.y + band.height + 2;
  let last = {};
  for (const at of own) {
    const x = scale.x(events.at[at]);
    if (x < scale.left || x > scale.right) continue;
    const kind = run.kindOf(at);
    if (!(kind in GLYPHS) || x - (last[kind] ?? -9) < 2) continue;
    last = { ...last, [kind]: x };
    if (kind === "print") {
      pen.fillStyle = colour("soft");
      pen.fillRect(x - 1, y + 6, 2, 4);
    } else if (kind === "start") {
      pen.fillStyle = colour("good");
      pen.beginPath();
      pen.arc(x, band.y + band.height / 2, 4, 0, 7);
      pen.fill();
    } else if (kind === "violation") {
      pen.fillStyle = colour("mark");
      pen.font = font(15, "700");
      pen.textAlign = "center";
      pen.fillText(GLYPHS.violation, x, band.y + 14);
      pen.textAlign = "left";
    }
  }
}

// The cursor, over everything.
export function drawCursor(pen, view, layout, scale) {
  const x = scale.x(view.t);
  if (x < scale.left - 1 || x > scale.right + 1) return;
  pen.strokeStyle = colour("cursor");
  pen.lineWidth = 1.25;
  pen.beginPath();
  pen.moveTo(x, 18);
  pen.lineTo(x, layout.height);
  pen.stroke();
  pen.fillStyle = colour("cursor");
  pen.beginPath();
  pen.moveTo(x - 5, 15);
  pen.lineTo(x + 5, 15);
  pen.lineTo(x, 22);
  pen.fill();
  pen.lineWidth = 1;
}

// A few words in the corner of a lane: what was left out.
export function drawNote(pen, text, lane, scale) {
  pen.font = font(11, "600");
  const shown = clipped(text, 120);
  const width = pen.measureText(shown).width;
  const x = Math.max(scale.left + 4, scale.right - width - 8);
  pen.fillStyle = colour("paper");
  pen.fillRect(x - 4, lane.y + 1, width + 8, 15);
  pen.fillStyle = colour("soft");
  pen.fillText(shown, x, lane.y + 12);
}
