// What a budget was spent on: for each metric that earns no credit, what it counts, by what and over time.

import { colour, oneOfMany } from "./colours.js";
import { element, rows } from "./details.js";
import { font } from "./draw.js";
import { thousands } from "./format.js";
import { kindColour } from "./draw_messages.js";

const COPY = 2;

// The metrics that the finding says were exceeded, as far as they are counts.
export function spentMetrics(run) {
  if (run.finding?.check !== "budget" || !run.measured) return [];
  const { tiers, bounds } = run.measured;
  const all = [
    { name: "total_messages", label: "spent", what: "messages", bound: bounds.total_msgs[2] },
    { name: "failures", label: "failures", what: "failures", bound: bounds.failures[2] },
    { name: "duplicates", label: "duplicates", what: "duplicates", bound: bounds.duplicates[2] },
  ];
  return all.filter(({ name }) => tiers[name] === "none");
}

// What a metric counts: names and colours of its parts, and a visit to each of its moments with its part and amount.
function partsOf(run, name) {
  const { attempts, messages, replicas, requests } = run;
  // What the liveness phase costs is not counted.
  const end = run.healed ?? Infinity;
  if (name === "total_messages") {
    const parts = messages.kinds.map(({ text }, kind) => ({
      name: run.textOf(text) || "message",
      colour: kindColour(kind),
    }));
    const visit = (see) => {
      for (let at = 0; at < messages.at.length; at++) {
        if (messages.fate[at] !== COPY && messages.at[at] < end) see(messages.at[at], messages.sort[at], 1);
      }
    };
    return { parts, visit };
  }
  const byReplica = replicas.map((replica, node) => ({ name: replica, colour: oneOfMany(node) }));
  if (name === "duplicates") {
    const visit = (see) => {
      for (let at = 0; at < attempts.at.length; at++) {
        if (attempts.ignored[at] > 0) see(attempts.at[at], attempts.to[at], attempts.ignored[at]);
      }
    };
    return { parts: byReplica, visit };
  }
  const visit = (see) => {
    for (let at = 0; at < attempts.at.length && attempts.at[at] < end; at++) {
      const isLast = requests.last[attempts.request[at]] === at;
      if (attempts.outcome[at] === 3) see(attempts.end[at], attempts.by[at], 1);
      else if (attempts.outcome[at] === 0 && isLast) see(attempts.at[at], replicas.length, 1);
    }
  };
  return { parts: [...byReplica, { name: "never answered", colour: colour("waiting") }], visit };
}

// The sums, the greatest first.
export function spentTables(run) {
  return spentMetrics(run).map(({ name, what, bound }) => {
    const { parts, visit } = partsOf(run, name);
    const counts = parts.map(() => 0);
    visit((_, part, amount) => (counts[part] += amount));
    const sum = counts.reduce((all, count) => all + count, 0);
    const order = [...counts.keys()].filter((part) => counts[part] > 0).sort((a, b) => counts[b] - counts[a]);
    const share = (count) => `${thousands(count)}, ${Math.round((100 * count) / sum)} %`;
    const by = name === "total_messages" ? "kind" : name === "failures" ? "the replica that failed" : "replica";
    const title = `${thousands(sum)} ${what} by ${by}; credit takes fewer than ${thousands(bound)}`;
    const table = rows(order.map((part) => [parts[part].name, share(counts[part])]));
    return element("div", { className: "spent" }, element("p", { text: title, className: "headline" }), table);
  });
}

const STEP = 2;

// The sum so far, part on part, and the bound that it passes.
export function drawSpent(pen, view, metric, scale, box) {
  const { run } = view;
  const { parts, visit } = partsOf(run, metric.name);
  const columns = Math.max(1, Math.floor((scale.right - scale.left) / STEP));
  const counts = new Float64Array((columns + 1) * parts.length);
  const span = view.until - view.from;
  let whole = 0;
  visit((at, part, amount) => {
    whole += amount;
    const column = Math.max(0, Math.ceil(((at - view.from) / span) * columns));
    if (column <= columns) counts[column * parts.length + part] += amount;
  });
  const most = Math.max(whole, metric.bound) * 1.08;
  const size = box.bottom - box.top;
  const sums = parts.map(() => 0);
  for (let column = 0; column <= columns; column++) {
    let y = box.bottom;
    parts.forEach(({ colour: style }, part) => {
      sums[part] += counts[column * parts.length + part];
      const height = (sums[part] / most) * size;
      pen.fillStyle = style;
      if (height > 0) pen.fillRect(scale.left + column * STEP, y - height, STEP, height);
      y -= height;
    });
  }
  const y = box.bottom - (metric.bound / most) * size;
  pen.strokeStyle = colour("mark");
  pen.setLineDash([4, 3]);
  pen.beginPath();
  pen.moveTo(scale.left, y);
  pen.lineTo(scale.right, y);
  pen.stroke();
  pen.setLineDash([]);
  pen.font = font(10.5, "600");
  pen.fillStyle = colour("mark");
  pen.fillText(`no credit from ${thousands(metric.bound)} on`, scale.left + 6, y > box.top + 14 ? y - 3 : y + 12);
  return whole;
}
