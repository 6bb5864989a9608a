// What decided a failure: marks over the lanes, and the events, the pair of runs and the story beside them.

import { colour } from "./colours.js";
import { FATES } from "./data.js";
import { element } from "./details.js";
import { duration, moment, thousands } from "./format.js";
import { font } from "./draw.js";

// A line over all lanes at each event that decided; the one that decided most is drawn whole.
export function drawDecisive(pen, view, layout, scale) {
  const steps = view.run.explained?.steps ?? [];
  steps.forEach((step, number) => {
    const x = scale.x(step.at);
    if (x < scale.left - 1 || x > scale.right + 1) return;
    pen.strokeStyle = colour("mark");
    pen.lineWidth = number === 0 ? 2 : 1.25;
    pen.setLineDash(number === 0 ? [] : [5, 4]);
    pen.beginPath();
    pen.moveTo(x, 24);
    pen.lineTo(x, layout.bottom);
    pen.stroke();
    pen.setLineDash([]);
    const first = step.is_clear ? "decided" : "rises most";
    drawSign(pen, step.change ? "needed" : number === 0 ? first : "rises too", x, scale);
  });
  pen.lineWidth = 1;
}

// The word at the top of a line, on the side that has room.
function drawSign(pen, text, x, scale) {
  pen.font = font(11, "600");
  const width = pen.measureText(text).width + 8;
  const left = x + width > scale.right ? x - width : x;
  pen.fillStyle = colour("mark");
  pen.fillRect(left, 24, width, 15);
  pen.fillStyle = colour("paper");
  pen.fillText(text, left + 4, 35);
}

// Shows the explanation, if the page has one. Once: nothing in it changes.
export function showExplained(view, section) {
  const { explained } = view.run;
  if (!explained) return;
  section.append(element("h2", { text: "When it was decided" }));
  if (explained.steps.length === 0) {
    const text = "Nothing that happened in the run decided: just as many ways to go on fail at its beginning.";
    section.append(element("p", { text }));
  }
  explained.steps.forEach((step, number) => section.append(decisive(view, step, number)));
  const how = `${thousands(explained.runs)} runs; the same failure: ${explained.same}`;
  section.append(element("p", { text: how, className: "moment" }));
  const story = element("ul", { className: "sentences" });
  for (const sentence of explained.story) story.append(element("li", { text: sentence }));
  section.append(folded("The story", story, true));
  if (explained.pair) section.append(pair(view, explained.pair));
}

// The message that was needed last, as its place among all; null if it was none between replicas.
export function neededMessage(run) {
  const step = run.explained?.steps.find((it) => it.change && it.between);
  if (!step) return null;
  const { messages } = run;
  const [from, to] = step.between;
  const isBetween = (at) => messages.from[at] === from && messages.to[at] === to;
  for (let at = 0; at < messages.at.length; at++) {
    if ((messages.arrived[at] === step.at || messages.at[at] === step.at) && isBetween(at)) return at;
  }
  return null;
}

// When a message was sent, and what became of it.
function way(run, at) {
  const { messages, unit } = run;
  const fate = FATES[messages.fate[at]];
  return `sent at ${moment(messages.at[at], unit)}; ${fate} after ${duration(messages.took[at], unit)}`;
}

// An event that decided, as a button that moves the cursor there, and selects it if it is a message.
function decisive(view, step, number) {
  const share = step.change ? `${step.after} % → ${step.before} %` : `${step.before} % → ${step.after} %`;
  const of = step.by_chance ? "by chance" : number === 0 || step.change ? "" : "rises too";
  const unclear = step.is_clear ? "" : "no single event";
  const button = element(
    "button",
    { className: "decisive" },
    element("span", { text: moment(step.at, view.run.unit), className: "span" }),
    element("span", { text: share, className: "badge" }),
    element("span", { text: [of, unclear].filter(Boolean).join(", "), className: "span" }),
    ...step.events.map((text) => element("span", { text, className: "event" })),
  );
  if (step.more > 0) button.append(element("span", { text: `and ${thousands(step.more)} more`, className: "event" }));
  const message = step.change ? neededMessage(view.run) : null;
  if (message !== null) button.append(element("span", { text: way(view.run, message), className: "event soft" }));
  if (step.change) button.append(element("span", { text: `needed last: ${share} ${step.change}`, className: "event" }));
  button.type = "button";
  const selected = message === null ? null : { message };
  button.addEventListener("click", () => view.change({ ...around(view, step.at), t: step.at, selected }));
  return button;
}

// The window, moved so far that it holds a moment.
function around(view, at) {
  if (at >= view.from && at <= view.until) return {};
  const span = view.until - view.from;
  return { from: at - span / 2, until: at + span / 2 };
}

// The failure's run and the nearest one that escapes, from where they part.
function pair(view, { passes, is_own, differs_in_needed, parts_at, rows, more }) {
  const { unit } = view.run;
  const own = is_own ? "It has the same requests and faults" : "It has other requests and faults from there on";
  const kept = differs_in_needed ? "It differs in nothing but what was needed last" : own;
  const text = `It is the same run until ${moment(parts_at, unit)}. ${kept}. F: in the failure only; O: in the other only.`;
  const body = rows.map(({ side, at, text: what }) =>
    element(
      "tr",
      { className: `side-${side}` },
      element("td", { text: side }),
      element("td", { text: moment(at, unit) }),
      element("td", { text: what }),
    ),
  );
  const table = element("table", { className: "pair" }, element("tbody", {}, ...body));
  const rest = more > 0 ? [element("p", { text: `… ${thousands(more)} more`, className: "moment" })] : [];
  const title = passes ? "The nearest run that passes" : "The nearest run that escapes this failure";
  return folded(title, element("div", {}, element("p", { text, className: "moment" }), table, ...rest), false);
}

function folded(title, body, isOpen) {
  const details = element("details", {}, element("summary", { text: title }), body);
  details.open = isOpen;
  return details;
}
