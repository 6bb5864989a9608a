// The lanes: which there are, and where. Time goes from left to right, between the gutter and the right edge.

import { clientName } from "./data.js";
import { oneOfMany, colour } from "./colours.js";

export const GUTTER = 78;
const RIGHT = 10;
const AXIS = 26;
const PLOT = 72;

// Lays out all lanes that are shown; returns them with their places, and the height of all.
export function layOut(view, width, least) {
  const { run } = view;
  const lanes = [];
  let y = AXIS;
  const add = (lane, height) => {
    lanes.push({ ...lane, y, height });
    y += height;
  };
  const networkFaults = rowsOfFaults(run);
  if (view.shows("faults") && networkFaults.count > 0) {
    add({ kind: "faults", label: "network", rows: networkFaults }, 8 + 13 * networkFaults.count);
  }
  const hasElections = run.elections.stood.length + run.elections.led.length > 0;
  if (view.shows("elections") && hasElections) {
    add({ kind: "elections", label: "elections" }, electionRows(run).count * 15 + 8);
  }
  const fixed = y + clientsHeight(view, 5) + plotsHeight(view);
  const spare = Math.max(0, least - fixed);
  const replicaHeight = Math.min(
    view.shows("messages") ? 120 : 76,
    Math.max(46, Math.floor(spare / Math.max(1, run.replicas.length))),
  );
  if (view.shows("replicas")) {
    run.replicas.forEach((name, node) => add({ kind: "replica", label: name, node }, replicaHeight));
  }
  if (view.shows("clients") && run.attempts.at.length > 0) {
    const rest = least - y - plotsHeight(view);
    const rows = Math.max(
      1,
      run.clientRows.reduce((sum, count) => sum + count, 0),
    );
    const row = Math.min(run.replicas.length > 0 ? 13 : 24, Math.max(3.5, (rest - 8 * run.clients) / rows));
    for (let client = 0; client < run.clients; client++) {
      if (view.client !== null && view.client !== client) continue;
      const rowCount = Math.max(1, run.clientRows[client]);
      add({ kind: "client", label: clientName(client), client, row }, 8 + row * rowCount);
    }
  }
  for (const curve of run.curves) add({ kind: "curve", label: curve.title, curve }, PLOT);
  if (view.shows("plots"))
    plots(run).forEach((plot) => add({ kind: "plot", label: plot.label, plot: plot.name, metric: plot.metric }, PLOT));
  return { lanes, height: Math.max(y, least), width, bottom: y };
}

function clientsHeight(view, row) {
  if (!view.shows("clients")) return 0;
  return view.run.clientRows.reduce((sum, count) => sum + 8 + row * Math.max(1, count), 0);
}

function plotsHeight(view) {
  return PLOT * (view.run.curves.length + (view.shows("plots") ? plots(view.run).length : 0));
}

// The plots for which there is anything to show.
export function plots(run) {
  const all = run.spent.map((metric) => ({ name: "spent", label: metric.label, metric }));
  if (run.attempts.at.length > 0 && run.unit === "ns") all.push({ name: "latency", label: "latency" });
  if (run.messages.at.length > 0) all.push({ name: "messages", label: "messages" });
  if (run.states.at.length > 0 && run.has_windows) all.push({ name: "terms", label: "term" });
  return all;
}

// The scale of a layout: from moments to places and back.
export function scaleOf(view, layout) {
  const span = view.until - view.from;
  const size = Math.max(1, layout.width - GUTTER - RIGHT);
  return {
    x: (at) => GUTTER + ((at - view.from) / span) * size,
    at: (x) => view.from + ((x - GUTTER) / size) * span,
    nanos: span / size,
    left: GUTTER,
    right: GUTTER + size,
  };
}

// Rows for the faults of the network: those that overlap stand in different ones.
function rowsOfFaults(run) {
  run.faultRows ??= (() => {
    const rows = [];
    const of = new Map();
    for (let at = 0; at < run.faults.from.length; at++) {
      if (run.faults.node[at] >= 0) continue;
      let row = rows.findIndex((end) => end <= run.faults.from[at]);
      if (row < 0) row = rows.length < 6 ? rows.push(0) - 1 : 5;
      rows[row] = run.faults.until[at];
      of.set(at, row);
    }
    return { count: rows.length, of };
  })();
  return run.faultRows;
}

// Rows for leaderships: two that lead at once stand in different ones.
export function electionRows(run) {
  run.electionRows ??= (() => {
    const rows = [];
    const of = run.elections.led.map((led) => {
      let row = rows.findIndex((end) => end <= led.from);
      if (row < 0) row = rows.length < 3 ? rows.push(0) - 1 : 2;
      rows[row] = led.until ?? run.end;
      return row;
    });
    return { count: Math.max(1, rows.length), of };
  })();
  return run.electionRows;
}

// Where the lane of a replica has its middle; null if it is not shown.
export function middleOf(layout, node) {
  const lane = layout.lanes.find((it) => it.kind === "replica" && it.node === node);
  return lane ? lane.y + lane.height / 2 : null;
}

export function laneAt(layout, y) {
  return layout.lanes.find((lane) => y >= lane.y && y < lane.y + lane.height);
}

export const termColour = (term) => (term === 0 ? colour("line") : oneOfMany(term - 1));
