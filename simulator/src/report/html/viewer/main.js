// Puts the page together: reads the data, makes the view, and draws whenever that changes.

import { index } from "./data.js";
import { unpack } from "./unpack.js";
import { colour, forgetColours, OUTCOME_COLOURS } from "./colours.js";
import { counted, moment } from "./format.js";
import { layOut, plots, scaleOf } from "./lanes.js";
import { address, fromAddress, makeView } from "./view.js";
import { drawCursor, drawElections, drawFaults, drawGround, drawGutter, drawReplica } from "./draw.js";
import { drawClient, drawProof } from "./draw_clients.js";
import { drawMessages, kindColour } from "./draw_messages.js";
import { drawDecisive, neededMessage, showExplained } from "./explained.js";
import { drawCurve, drawGutterLabels, drawPlot } from "./plots.js";
import { element, showDetails } from "./details.js";
import { spentMetrics } from "./spent.js";
import { makeStates, showFinding } from "./panel.js";
import { listenToKeys, listenToPointer, makeActions, showKeys } from "./input.js";

const part = (id) => document.getElementById(id);

async function start() {
  const data = await unpack(part("data"));
  if (data.format !== 2) throw new Error(`the data has format ${data.format}, and this page reads format 2`);
  const run = index(data);
  const finding = run.finding;
  run.spent = spentMetrics(run);
  run.proof = new Set(finding ? [...finding.attempts, ...finding.operations.map((it) => it.attempt)] : []);
  run.proof.delete(null);
  const theme = new URLSearchParams(location.hash.slice(1)).get("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  const view = makeView(run);
  const needed = neededMessage(run);
  view.change({ selected: needed === null ? null : { message: needed }, ...atFirst(view, location.hash) });
  const parts = {
    canvas: part("canvas"),
    tip: part("tip"),
    copy: part("copy"),
    help: part("help"),
    keys: part("keys"),
    search: part("search"),
    found: part("found"),
  };
  part("digest").textContent = run.digest ? `digest ${run.digest}` : "";
  showFinding(view, part("finding"));
  showExplained(view, part("explained"));
  showKeys(parts.help);
  const actions = makeActions(view, parts);
  const showStates = makeStates(view, part("state"), part("live"));
  part("state").hidden = run.replicas.length === 0;
  const drawing = makeDrawing(view, parts.canvas);
  listen(view, parts, actions, drawing);
  view.listen(() => {
    drawing.draw();
    showStates();
    showDetails(view, part("details"));
    showLegend(view, actions);
    part("focus").textContent = view.focused ? "Whole run (w)" : "Finding (f)";
    part("focus").hidden = !finding;
    history.replaceState(null, "", address(view));
  });
  view.refresh();
  document.documentElement.dataset.ready = "yes";
}

// What the address asks for. A moment alone is shown with what is around it.
function atFirst(view, hash) {
  const { around, ...patch } = fromAddress(view.run, hash);
  if (around === undefined || (around >= view.from && around <= view.until)) return patch;
  const span = Math.min(view.run.end, view.until - view.from);
  return { ...patch, from: around - span / 2, until: around + span / 2 };
}

function listen(view, parts, actions, drawing) {
  listenToKeys(actions, parts);
  listenToPointer(view, parts, () => drawing);
  parts.copy.addEventListener("click", actions.copy);
  parts.copy.hidden = !view.run.replay;
  parts.keys.addEventListener("click", actions.keys);
  parts.search.addEventListener("input", () => (parts.found.textContent = ""));
  part("focus").addEventListener("click", () => (view.focused ? actions.whole() : actions.finding()));
  // Only if somebody else changed the address: our own changes are what is shown already. The event has the new one: a
  // frame that was drawn since then has written its own.
  addEventListener("hashchange", (event) => view.change(atFirst(view, new URL(event.newURL).hash)));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    forgetColours();
    view.change({});
  });
  // At once: what is drawn must fit the frame that is about to be shown.
  new ResizeObserver(() => drawing.fits() || view.refresh()).observe(part("lanes"));
  addEventListener("beforeprint", () => view.refresh());
}

// The canvas and what is on it.
function makeDrawing(view, canvas) {
  const drawing = { layout: null, scale: null };
  const box = part("lanes");
  let drawn = "";
  const size = () => `${box.clientWidth} ${box.clientHeight}`;
  drawing.fits = () => size() === drawn;
  drawing.draw = () => {
    const { run } = view;
    drawn = size();
    const width = Math.max(320, box.clientWidth);
    const least = Math.max(240, box.clientHeight);
    const layout = layOut(view, width, least);
    const scale = scaleOf(view, layout);
    Object.assign(drawing, { layout, scale });
    const ratio = Math.min(window.devicePixelRatio || 1, 12000 / layout.height);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(layout.height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${layout.height}px`;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const marks = drawLanes(pen, view, layout, scale);
    const span = `${moment(Math.max(0, view.from), run.unit)} to ${moment(Math.min(run.end, view.until), run.unit)}`;
    const names = `${counted(run.replicas.length, "replica")} and ${counted(run.clients, "client")}`;
    const words = [`${names} from ${span}`, ...marks, "the report below says the same in words"];
    canvas.setAttribute("aria-label", words.join("; "));
  };
  return drawing;
}

function drawLanes(pen, view, layout, scale) {
  drawGround(pen, view, layout, scale);
  for (const lane of layout.lanes) {
    if (lane.kind === "faults") drawFaults(pen, view, lane, scale);
    else if (lane.kind === "elections") drawElections(pen, view, lane, scale);
    else if (lane.kind === "replica") drawReplica(pen, view, lane, scale);
    else if (lane.kind === "client") drawClient(pen, view, lane, scale);
    else if (lane.kind === "curve") drawCurve(pen, view, lane, scale);
    else drawPlot(pen, view, lane, scale);
  }
  drawMessages(pen, view, layout, scale);
  drawDecisive(pen, view, layout, scale);
  drawCursor(pen, view, layout, scale);
  const marks = view.focused ? drawProof(pen, view, layout, scale) : [];
  drawGutter(pen, view, layout);
  drawGutterLabels(pen);
  return marks;
}

// The legend, which hides and shows, and the filters that are on.
function showLegend(view, actions) {
  const { run } = view;
  const legend = part("legend");
  const focused = document.activeElement?.dataset?.group;
  const groups = [
    ["faults", "faults", run.faults.from.length],
    ["elections", "elections", run.elections.led.length + run.elections.stood.length],
    ["replicas", "replicas", run.replicas.length],
    ["messages", "messages (m)", run.messages.at.length],
    ["clients", "clients", run.attempts.at.length],
    ["plots", "plots (p)", plots(run).length],
  ];
  const buttons = groups
    .filter(([, , count]) => count > 0)
    .map(([group, text]) => {
      const button = element("button", { text });
      button.type = "button";
      button.dataset.group = group;
      button.setAttribute("aria-pressed", String(view.shows(group)));
      button.addEventListener("click", () => actions.toggle(group));
      return button;
    });
  legend.replaceChildren(...buttons, ...keysOf(view), ...filtersOf(view));
  if (focused) legend.querySelector(`[data-group="${focused}"]`)?.focus();
}

function swatch(name, text) {
  const box = element("span", { className: "swatch" });
  box.style.background = name;
  return element("span", { className: "key" }, box, text);
}

// The colours in use, with their names.
function keysOf(view) {
  const { run } = view;
  const gap = () => element("span", { className: "gap" });
  const title = (text) => element("span", { text, className: "key" });
  const all = [gap()];
  if (run.replicas.length > 0 && view.shows("replicas")) {
    const roles = run.has_windows ? ["leader", "candidate", "follower"] : ["leader", "follower"];
    all.push(title("role:"), ...roles.map((role) => swatch(colour(role), role)), gap());
  }
  if (view.shows("clients")) {
    const words = ["never answered", "ok", "redirected", "failed"];
    all.push(title("answer:"), ...[1, 2, 3, 0].map((at) => swatch(colour(OUTCOME_COLOURS[at]), words[at])));
  }
  const areNamed = run.messages.kinds.some(({ text }) => run.textOf(text) !== "");
  if (!areNamed || !(view.shows("messages") || view.shows("plots"))) return all;
  all.push(gap(), title("message:"));
  run.messages.kinds.forEach(({ text, count }, kind) => {
    const button = element("button", {}, swatch(kindColour(kind), run.textOf(text) || "message"));
    button.type = "button";
    button.title = counted(count, "message");
    button.dataset.group = `kind ${kind}`;
    button.setAttribute("aria-pressed", String(!view.hiddenKinds.has(kind)));
    button.addEventListener("click", () => {
      const hiddenKinds = new Set(view.hiddenKinds);
      if (!hiddenKinds.delete(kind)) hiddenKinds.add(kind);
      view.change({ hiddenKinds });
    });
    all.push(button);
  });
  return all;
}

function filtersOf(view) {
  const { run } = view;
  const all = [];
  const add = (text, patch) => {
    const button = element("button", { text: `only ${text} ✕`, className: "filter" });
    button.type = "button";
    button.addEventListener("click", () => view.change(patch));
    all.push(button);
  };
  if (view.replica !== null) add(run.replicas[view.replica], { replica: null });
  if (view.client !== null) add(`c${view.client}`, { client: null });
  if (view.key !== null) add(`key ${run.textOf(view.key)}`, { key: null });
  return all;
}

start().catch((error) => {
  part("finding").append(
    element("p", { text: `This page cannot be shown: ${error.message}`, className: "problem" }),
  );
  part("report").open = true;
  document.documentElement.dataset.ready = "failed";
  throw error;
});
