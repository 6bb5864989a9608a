// Draws the clients' operations, and the numbers of a proof at the replicas that answered.

import { beginOf, describe, from } from "./data.js";
import { colour, OUTCOME_COLOURS } from "./colours.js";
import { DIM, drawNote, font, label } from "./draw.js";
import { counted } from "./format.js";
import { middleOf } from "./lanes.js";

// No more bars than this are drawn one by one in a lane.
const MOST_BARS = 6000;

// One client: a bar for each request, from the first time that it was asked to its answer.
export function drawClient(pen, view, lane, scale) {
  const { run } = view;
  const own = run.clientRequests[lane.client];
  const { attempts, requests } = run;
  const marked = [];
  let [drawn, left] = [0, 0];
  // Up to where each outcome is drawn in each row: what lies within that adds nothing.
  const done = new Float64Array(32).fill(-1);
  for (let at = from(run.clientReach[lane.client], view.from); at < own.length; at++) {
    const request = own[at];
    const [begin, until] = [beginOf(run, request), requests.until[request]];
    if (begin > view.until) break;
    if (until < view.from) continue;
    // What the finding is about comes last, over the others.
    if (run.proof.size > 0 && requests.attemptsOf(request).some((at) => view.isProof(at))) {
      marked.push(request);
      continue;
    }
    const place = requests.row[request] * 4 + attempts.outcome[requests.last[request]];
    const right = Number.isFinite(until) ? scale.x(until) : scale.x(begin) + OPEN;
    if (right < done[place] && !view.isFiltered()) continue;
    done[place] = Math.max(right, scale.x(begin) + 3);
    drawn += 1;
    if (drawn > MOST_BARS) left += 1;
    else drawRequest(pen, view, lane, scale, request, false);
  }
  for (const request of marked) drawRequest(pen, view, lane, scale, request, true);
  if (left > 0) drawNote(pen, `${counted(left, "request")} more in this window: zoom in`, lane, scale);
}

const barHeight = (lane) => Math.max(2.5, lane.row - 2);

function drawRequest(pen, view, lane, scale, request, isMarked) {
  const { attempts, requests } = view.run;
  const own = requests.attemptsOf(request);
  const [begin, until, last] = [beginOf(view.run, request), requests.until[request], requests.last[request]];
  const isOut = view.isFiltered() && !own.some((at) => view.allows(at));
  const isDim = isOut || (view.focused && !isMarked && view.run.proof.size > 0);
  const outcome = attempts.outcome[last];
  const y = lane.y + 4 + requests.row[request] * lane.row;
  const height = barHeight(lane);
  const left = Math.max(scale.left - 3, scale.x(begin));
  const isOpen = !Number.isFinite(until);
  const right = isOpen ? scale.right : Math.min(scale.right + 3, scale.x(until));
  const width = Math.max(3, right - left);
  pen.globalAlpha = isDim ? DIM : 1;
  pen.fillStyle = colour(OUTCOME_COLOURS[outcome]);
  if (isOpen) drawOpen(pen, left, y, width, height);
  else pen.fillRect(left, y, width, height);
  if (own.length > 1 && !isDim) drawRetries(pen, view, scale, own, y, height);
  if (view.selected?.attempt !== undefined && own.includes(view.selected.attempt)) {
    pen.strokeStyle = colour("cursor");
    pen.lineWidth = 2;
    pen.strokeRect(left - 1.5, y - 1.5, width + 3, height + 3);
    pen.lineWidth = 1;
  }
  pen.globalAlpha = 1;
  if (!isDim && height >= 9 && !isMarked) {
    pen.font = font(9.5);
    const words = describe(view.run, last);
    pen.fillStyle = isOpen ? colour("ink") : "#ffffff";
    const room = Math.min(right, scale.x(Math.min(requests.next[request], view.until))) - left;
    if (isOpen) label(pen, words, left + OPEN + 4, y + height - 5, room - OPEN - 8);
    else label(pen, words, left + 3, y + height - 2.5, width - 6);
  }
}

// How much of a request that was never answered is drawn as a bar.
const OPEN = 20;

// One that was never answered: it fades, but never ends.
function drawOpen(pen, left, y, width, height) {
  const solid = Math.min(width, OPEN);
  pen.fillRect(left, y, solid, height);
  pen.save();
  pen.globalAlpha *= 0.35;
  pen.fillRect(left + solid, y + height - 2, width - solid, 2);
  pen.restore();
}

// A notch for each time that it was turned away, in the colour of how.
function drawRetries(pen, view, scale, own, y, height) {
  const { attempts } = view.run;
  let last = -9;
  for (const at of own) {
    if (!Number.isFinite(attempts.end[at]) || attempts.outcome[at] < 2) continue;
    const x = scale.x(attempts.end[at]);
    if (x < scale.left || x > scale.right || x - last < 2) continue;
    last = x;
    pen.fillStyle = colour(OUTCOME_COLOURS[attempts.outcome[at]]);
    pen.fillRect(x - 1, y - 1.5, 2, height + 3);
  }
}

// The numbers of the proof's operations: at the client, and at the replica that answered. Returns the latter in words.
export function drawProof(pen, view, layout, scale) {
  const { run } = view;
  const operations = run.finding?.operations ?? [];
  const [taken, marks] = [[], []];
  const spots = operations.map((operation) => spotOf(view, layout, scale, operation));
  for (const spot of spots) {
    if (!spot) continue;
    if (spot.answer) drawThread(pen, spot);
    drawBar(pen, scale, spot);
  }
  for (const spot of spots) {
    if (!spot) continue;
    drawCall(pen, view, scale, spot, taken);
    if (spot.answer) {
      const badge = { ...spot.answer, number: spot.number, text: spot.operation.mark };
      if (drawBadge(pen, view, scale, badge, taken)) {
        marks.push(`${spot.number} ${badge.text} at ${run.replicas[spot.by]}`);
      }
    }
  }
  return marks;
}

function spotOf(view, layout, scale, operation) {
  const { run } = view;
  const lane = layout.lanes.find((it) => it.kind === "client" && it.client === operation.client);
  if (!lane) return null;
  const attempt = operation.attempt;
  const row = attempt === null ? 0 : run.requests.row[run.attempts.request[attempt]];
  const y = lane.y + 4 + row * lane.row;
  const by = attempt === null ? -1 : run.attempts.by[attempt];
  const middle = by < 0 ? null : middleOf(layout, by);
  const end = operation.returned ?? run.end;
  return {
    number: operation.number,
    operation,
    by,
    left: scale.x(operation.invoke),
    right: scale.x(end),
    y,
    height: barHeight(lane),
    isOpen: operation.returned === null,
    answer: middle === null || operation.returned === null ? null : { x: scale.x(operation.returned), y: middle },
  };
}

// From the operation to the replica that answered it.
function drawThread(pen, spot) {
  pen.strokeStyle = colour("mark");
  pen.globalAlpha = 0.75;
  pen.setLineDash([3, 3]);
  pen.beginPath();
  pen.moveTo(spot.answer.x, spot.answer.y);
  pen.lineTo(spot.answer.x, spot.y + spot.height / 2);
  pen.stroke();
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}

function drawBar(pen, scale, spot) {
  const left = Math.max(scale.left, spot.left);
  const right = Math.min(scale.right, spot.right);
  if (right < scale.left || left > scale.right) return;
  pen.strokeStyle = colour("mark");
  pen.lineWidth = 2;
  pen.strokeRect(left - 1, spot.y - 1, Math.max(4, right - left) + 2, spot.height + 2);
  pen.lineWidth = 1;
}

function drawCall(pen, view, scale, spot, taken) {
  const right = spot.isOpen ? spot.left : Math.max(spot.left, Math.min(spot.right, scale.right));
  drawBadge(
    pen,
    view,
    scale,
    { x: right, y: spot.y + spot.height / 2, number: spot.number, text: spot.operation.call },
    taken,
  );
}

// A number with a few words, where nothing else stands yet; false if its place is out of sight.
function drawBadge(pen, view, scale, badge, taken) {
  const { x, y } = badge;
  if (x < scale.left || x > scale.right) return false;
  pen.font = font(11, "700");
  const number = String(badge.number);
  const size = Math.max(16, pen.measureText(number).width + 8);
  pen.font = font(11.5, "600");
  const words = pen.measureText(badge.text).width;
  const width = size + words + 12;
  let left = x + 5;
  if (left + width > scale.right + 8) left = x - width - 5;
  left = Math.max(scale.left + 2, left);
  let top = y - 9;
  const meets = (it) => left < it.left + it.width && left + width > it.left && Math.abs(it.top - top) < 19;
  for (let tries = 0; tries < 12 && taken.some(meets); tries++)
    top += tries % 2 ? 19 * (tries + 1) : -19 * (tries + 1);
  taken.push({ left, width, top });
  pen.fillStyle = colour("paper");
  pen.strokeStyle = colour("mark");
  round(pen, left, top, width, 18, 9);
  pen.fill();
  pen.stroke();
  pen.fillStyle = colour("mark");
  round(pen, left, top, size, 18, 9);
  pen.fill();
  pen.fillStyle = colour("paper");
  pen.font = font(11, "700");
  pen.textAlign = "center";
  pen.fillText(number, left + size / 2, top + 13);
  pen.textAlign = "left";
  pen.fillStyle = colour("ink");
  pen.font = font(11.5, "600");
  pen.fillText(badge.text, left + size + 5, top + 13);
  return true;
}

function round(pen, x, y, width, height, radius) {
  pen.beginPath();
  pen.roundRect(x, y, width, height, radius);
}

// The attempt under a place, or null.
export function attemptAt(view, lane, scale, x, y) {
  const { run } = view;
  const row = Math.floor((y - lane.y - 4) / lane.row);
  let best = null;
  const { requests } = run;
  const own = run.clientRequests[lane.client];
  for (let at = from(run.clientReach[lane.client], scale.at(x - 5)); at < own.length; at++) {
    const request = own[at];
    const [begin, until] = [scale.x(beginOf(run, request)), requests.until[request]];
    if (begin > x + 5) break;
    if (requests.row[request] !== row || until < scale.at(x - 5)) continue;
    const end = Number.isFinite(until) ? scale.x(until) : scale.right;
    const distance = Math.max(0, begin - x, x - Math.max(end, begin + 3));
    if (!best || distance <= best.distance) best = { request, distance };
  }
  if (!best) return null;
  const attempts = requests.attemptsOf(best.request);
  const times = Float64Array.from(attempts, (at) => run.attempts.at[at]);
  return attempts[Math.max(0, from(times, scale.at(x)) - 1)] ?? attempts[0];
}
