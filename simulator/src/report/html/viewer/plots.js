// Plots under the lanes, on the same axis: latency, messages by kind, terms, and curves that others add.

import { from, stateAt } from "./data.js";
import { colour, oneOfMany, OUTCOME_COLOURS } from "./colours.js";
import { font, label } from "./draw.js";
import { duration, thousands, trimmed } from "./format.js";
import { kindColour } from "./draw_messages.js";
import { drawSpent } from "./spent.js";

const TIERS = ["Bonus", "Full", "Partial"];

export function drawPlot(pen, view, lane, scale) {
  const box = { top: lane.y + 8, bottom: lane.y + lane.height - 6 };
  if (lane.plot === "spent") {
    gutterLabel(pen, thousands(drawSpent(pen, view, lane.metric, scale, box)), box.top + 20);
  } else if (lane.plot === "latency") drawLatency(pen, view, scale, box);
  else if (lane.plot === "messages") drawRates(pen, view, scale, box);
  else drawTerms(pen, view, scale, box);
}

// Each answer's latency, on a logarithmic scale, with the bounds of the tiers.
function drawLatency(pen, view, scale, box) {
  const { attempts, measured } = view.run;
  const [low, high] = (view.run.latencies ??= latencies(attempts));
  const bounds = (measured?.bounds.median_latency ?? []).map((bound, tier) => ({ bound, name: TIERS[tier] }));
  const least = Math.log10(Math.max(1e3, low * 0.7));
  const most = Math.max(least + 1, Math.log10(high * 1.4));
  const y = (nanos) =>
    box.bottom - ((Math.log10(Math.max(1e3, nanos)) - least) / (most - least)) * (box.bottom - box.top);
  pen.font = font(10);
  for (const { bound, name } of bounds) {
    const at = y(bound);
    if (at < box.top || at > box.bottom) continue;
    line(pen, scale.left, at, scale.right, at, colour("line"), [3, 3]);
    pen.fillStyle = colour("soft");
    pen.textAlign = "right";
    pen.fillText(`${name} < ${duration(bound, "ns")}`, scale.right - 2, at - 2);
    pen.textAlign = "left";
  }
  // One dot for each place is enough, however many answers there are.
  const drawn = new Set();
  for (let at = from(attempts.at, view.from); at < attempts.at.length && attempts.at[at] <= view.until; at++) {
    if (attempts.took[at] < 0 || (view.isFiltered() && !view.allows(at))) continue;
    const place = [Math.round(scale.x(attempts.at[at])), Math.round(y(attempts.took[at]))];
    const name = place[0] * 4096 + place[1];
    if (drawn.has(name)) continue;
    drawn.add(name);
    pen.fillStyle = colour(OUTCOME_COLOURS[attempts.outcome[at]]);
    pen.fillRect(place[0] - 1, place[1] - 1, 2.5, 2.5);
  }
  gutterLabel(pen, duration(Math.round(10 ** most), "ns"), box.top + 20);
  gutterLabel(pen, duration(Math.round(10 ** least), "ns"), box.bottom);
}

function latencies(attempts) {
  let [low, high] = [Infinity, 0];
  for (const took of attempts.took) {
    if (took < 0) continue;
    low = Math.min(low, took);
    high = Math.max(high, took);
  }
  return high > 0 ? [Math.max(low, 1e3), high] : [1e5, 1e6];
}

// Messages by kind a second, one above the other.
function drawRates(pen, view, scale, box) {
  const { messages } = view.run;
  const columns = Math.max(1, Math.floor((scale.right - scale.left) / 4));
  const kinds = messages.kinds.length;
  const counts = new Uint32Array(columns * kinds);
  const span = view.until - view.from;
  for (let at = from(messages.at, view.from); at < messages.at.length && messages.at[at] <= view.until; at++) {
    if (view.hiddenKinds.has(messages.sort[at])) continue;
    const column = Math.min(columns - 1, Math.floor(((messages.at[at] - view.from) / span) * columns));
    counts[column * kinds + Math.min(messages.sort[at], kinds - 1)] += 1;
  }
  let most = 1;
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let kind = 0; kind < kinds; kind++) sum += counts[column * kinds + kind];
    most = Math.max(most, sum);
  }
  for (let column = 0; column < columns; column++) {
    let y = box.bottom;
    for (let kind = 0; kind < kinds; kind++) {
      const height = (counts[column * kinds + kind] / most) * (box.bottom - box.top);
      pen.fillStyle = kindColour(kind);
      if (height > 0) pen.fillRect(scale.left + column * 4, y - height, 3.5, height);
      y -= height;
    }
  }
  const second = view.run.unit === "ns" ? (most * columns * 1e9) / span : most;
  gutterLabel(pen, `${thousands(Math.round(second))}/s`, box.top + 20);
}

// Terms over time: one line a replica.
function drawTerms(pen, view, scale, box) {
  const { run } = view;
  const { states } = run;
  let [low, high] = [Infinity, 0];
  for (const term of states.term) {
    if (term < 0) continue;
    low = Math.min(low, term);
    high = Math.max(high, term);
  }
  if (!(high >= low)) return;
  const y = (term) => box.bottom - 4 - ((term - low) / Math.max(1, high - low)) * (box.bottom - box.top - 8);
  run.nodes.forEach(({ states: own, stateTimes }, node) => {
    pen.strokeStyle = oneOfMany(node);
    pen.lineWidth = 1.5;
    pen.beginPath();
    const shift = (node - run.nodes.length / 2) * 0.8;
    let last = stateAt(run, node, view.from);
    pen.moveTo(scale.left, y(last < 0 ? low : states.term[last]) + shift);
    for (let place = from(stateTimes, view.from); place < own.length && stateTimes[place] <= view.until; place++) {
      const term = states.term[own[place]];
      if (last >= 0 && states.term[last] === term) continue;
      const x = scale.x(stateTimes[place]);
      pen.lineTo(x, y(last < 0 ? low : states.term[last]) + shift);
      pen.lineTo(x, y(term) + shift);
      last = own[place];
    }
    const end = Math.min(scale.right, scale.x(run.end));
    pen.lineTo(end, y(last < 0 ? low : states.term[last]) + shift);
    pen.stroke();
  });
  pen.lineWidth = 1;
  gutterLabel(pen, String(high), box.top + 20);
  gutterLabel(pen, String(low), box.bottom);
}

// A share over time, with its error.
export function drawCurve(pen, view, lane, scale) {
  const { at, share, low, high } = lane.curve;
  const box = { top: lane.y + 8, bottom: lane.y + lane.height - 6 };
  const y = (value) => box.bottom - Math.min(1, Math.max(0, value)) * (box.bottom - box.top);
  for (const value of [0, 0.5, 1]) line(pen, scale.left, y(value), scale.right, y(value), colour("line"), [3, 3]);
  pen.save();
  pen.beginPath();
  pen.rect(scale.left, lane.y, scale.right - scale.left, lane.height);
  pen.clip();
  pen.fillStyle = colour("mark");
  pen.globalAlpha = 0.18;
  pen.beginPath();
  at.forEach((time, place) => pen.lineTo(scale.x(time), y(high[place])));
  for (let place = at.length - 1; place >= 0; place--)
    pen.lineTo(scale.x(at[place]), y(low[place]));
  pen.fill();
  pen.globalAlpha = 1;
  pen.strokeStyle = colour("mark");
  pen.lineWidth = 2;
  pen.beginPath();
  at.forEach((time, place) => pen.lineTo(scale.x(time), y(share[place])));
  pen.stroke();
  pen.restore();
  pen.lineWidth = 1;
  gutterLabel(pen, `${trimmed(100, 0)} %`, box.top + 20);
  gutterLabel(pen, "0 %", box.bottom);
}

function line(pen, ax, ay, bx, by, style, dash) {
  pen.strokeStyle = style;
  pen.setLineDash(dash);
  pen.beginPath();
  pen.moveTo(ax, ay);
  pen.lineTo(bx, by);
  pen.stroke();
  pen.setLineDash([]);
}

// The gutter is drawn over the lanes, so what stands there is kept for later.
let waiting = [];

function gutterLabel(pen, text, y) {
  waiting.push({ text, y });
}

export function drawGutterLabels(pen) {
  pen.font = font(10);
  pen.fillStyle = colour("soft");
  for (const { text, y } of waiting) label(pen, text, 10, y, 66);
  waiting = [];
}
