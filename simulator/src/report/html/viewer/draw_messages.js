// Draws messages as lines between replicas, in the colours of their kinds.

import { from } from "./data.js";
import { colour, oneOfMany } from "./colours.js";
import { drawNote, font } from "./draw.js";
import { thousands } from "./format.js";
import { middleOf } from "./lanes.js";

// More lines than this in a window show nothing but ink.
const MOST_LINES = 3000;

export function kindColour(kind) {
  return oneOfMany(kind);
}

// The places of the messages that are under way in the window, and may be seen.
export function messagesIn(view, begin, end, most) {
  const { messages } = view.run;
  const found = [];
  let count = 0;
  const { replica } = view;
  for (let at = from(messages.at, begin - messages.longest); at < messages.at.length; at++) {
    if (messages.at[at] > end) break;
    if (messages.arrived[at] < begin || view.hiddenKinds.has(messages.sort[at])) continue;
    if (replica !== null && messages.from[at] !== replica && messages.to[at] !== replica) continue;
    count += 1;
    if (count <= most) found.push(at);
  }
  return { found, count };
}

export function drawMessages(pen, view, layout, scale) {
  const { run } = view;
  // What is selected is seen, whatever else is.
  const at = view.selected?.message;
  const middles = run.replicas.map((_, node) => middleOf(layout, node));
  if (view.shows("messages")) drawAll(pen, view, layout, scale, middles);
  if (at !== undefined && middles[run.messages.from[at]] !== null) drawMessage(pen, view, scale, middles, at, 1);
}

function drawAll(pen, view, layout, scale, middles) {
  const { found, count } = messagesIn(view, view.from, view.until, MOST_LINES + 1);
  const first = layout.lanes.find((lane) => lane.kind === "replica");
  if (!first) return;
  if (count > MOST_LINES) {
    drawDensity(pen, view, layout, scale);
    drawNote(pen, `${thousands(count)} messages in this window: zoom in to see each`, first, scale);
    return;
  }
  const alpha = found.length > 1200 ? 0.45 : found.length > 400 ? 0.65 : 0.9;
  for (const at of found) drawMessage(pen, view, scale, middles, at, alpha);
}

function drawMessage(pen, view, scale, middles, at, alpha) {
  const { messages } = view.run;
  const [top, bottom] = [middles[messages.from[at]], middles[messages.to[at]]];
  const begin = { x: scale.x(messages.at[at]), y: top };
  const end = { x: scale.x(messages.arrived[at]), y: bottom };
  const fate = messages.fate[at];
  const isSelected = view.selected?.message === at;
  pen.strokeStyle = kindColour(messages.sort[at]);
  pen.globalAlpha = isSelected ? 1 : alpha;
  pen.lineWidth = isSelected ? 3 : 1.2;
  const isLost = fate >= 4;
  // One that is lost breaks off on its way.
  const reach = isLost ? 0.62 : 1;
  const tip = { x: begin.x + (end.x - begin.x) * reach, y: begin.y + (end.y - begin.y) * reach };
  pen.setLineDash(fate === 1 ? [7, 3] : fate === 2 ? [2, 3] : fate === 3 ? [6, 2, 1, 2] : []);
  pen.beginPath();
  pen.moveTo(begin.x, begin.y);
  pen.lineTo(tip.x, tip.y);
  pen.stroke();
  pen.setLineDash([]);
  if (isLost) drawCross(pen, tip, fate);
  else if (tip.x >= scale.left) drawHead(pen, begin, tip);
  pen.globalAlpha = 1;
  pen.lineWidth = 1;
}

function drawCross(pen, { x, y }, fate) {
  pen.strokeStyle = fate === 5 ? colour("fault-ink") : colour("failed");
  pen.lineWidth = 1.8;
  pen.beginPath();
  pen.moveTo(x - 3.5, y - 3.5);
  pen.lineTo(x + 3.5, y + 3.5);
  pen.moveTo(x + 3.5, y - 3.5);
  pen.lineTo(x - 3.5, y + 3.5);
  pen.stroke();
}

function drawHead(pen, begin, tip) {
  const angle = Math.atan2(tip.y - begin.y, tip.x - begin.x);
  pen.fillStyle = pen.strokeStyle;
  pen.beginPath();
  pen.moveTo(tip.x, tip.y);
  pen.lineTo(tip.x - 7 * Math.cos(angle - 0.35), tip.y - 7 * Math.sin(angle - 0.35));
  pen.lineTo(tip.x - 7 * Math.cos(angle + 0.35), tip.y - 7 * Math.sin(angle + 0.35));
  pen.fill();
}

// How many there are, column by column, where they are too many to be told apart.
function drawDensity(pen, view, layout, scale) {
  const { messages } = view.run;
  const lanes = layout.lanes.filter((lane) => lane.kind === "replica");
  const width = Math.max(1, Math.ceil(scale.right - scale.left));
  const counts = new Uint32Array(width);
  let most = 1;
  for (let at = from(messages.at, view.from); at < messages.at.length && messages.at[at] <= view.until; at++) {
    if (view.hiddenKinds.has(messages.sort[at])) continue;
    const column = Math.min(width - 1, Math.max(0, Math.floor(scale.x(messages.at[at]) - scale.left)));
    counts[column] += 1;
    most = Math.max(most, counts[column]);
  }
  const [top, last] = [lanes[0], lanes[lanes.length - 1]];
  pen.fillStyle = colour("accent");
  for (let column = 0; column < width; column++) {
    if (counts[column] === 0) continue;
    pen.globalAlpha = 0.06 + (0.4 * counts[column]) / most;
    pen.fillRect(scale.left + column, top.y + 4, 1, last.y + last.height - top.y - 8);
  }
  pen.globalAlpha = 1;
  pen.font = font(11);
}

// The message whose line passes closest to a place, or null.
export function messageAt(view, layout, scale, x, y) {
  const { run } = view;
  const { found, count } = messagesIn(view, view.from, view.until, MOST_LINES + 1);
  if (count > MOST_LINES) return null;
  const middles = run.replicas.map((_, node) => middleOf(layout, node));
  let best = null;
  for (const at of found) {
    const { messages } = run;
    const begin = [scale.x(messages.at[at]), middles[messages.from[at]]];
    const end = [scale.x(messages.arrived[at]), middles[messages.to[at]]];
    const distance = distanceTo(x, y, begin, end);
    if (distance < 6 && (!best || distance < best.distance)) best = { at, distance };
  }
  return best ? best.at : null;
}

function distanceTo(x, y, [ax, ay], [bx, by]) {
  const length = (bx - ax) ** 2 + (by - ay) ** 2 || 1;
  const share = Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
  return Math.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay));
}
