// What is looked at: the window, the cursor, what is shown. All of it can be told by the page's address.

import { after, from } from "./data.js";

export const GROUPS = ["faults", "elections", "replicas", "clients", "messages", "plots"];

// As many messages can be told apart at a glance.
const FEW_MESSAGES = 150;

// Plots tell of the whole run: they are shown at first unless the finding is about a few operations. So are messages if
// there are few.
function shownAtFirst(run) {
  const isNarrow = run.finding && ["correctness", "crash"].includes(run.finding.class);
  const { from: begin, until } = firstWindow(run);
  const messages = after(run.messages.at, until) - from(run.messages.at, begin);
  const isHidden = { plots: isNarrow, messages: messages > FEW_MESSAGES };
  return new Set(GROUPS.filter((group) => !isHidden[group]));
}

// Makes the view of a run. Listeners are called once a frame after something has changed.
export function makeView(run) {
  const listeners = [];
  let isDue = false;
  const view = {
    run,
    ...firstWindow(run),
    shown: shownAtFirst(run),
    hiddenKinds: new Set(),
    replica: null,
    client: null,
    key: null,
    selected: null,
    search: "",
  };
  view.listen = (listener) => listeners.push(listener);
  view.change = (patch) => {
    Object.assign(view, patch);
    settle(view);
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      if (isDue) view.refresh();
    });
  };
  // Draws at once: for printing, and for a first frame.
  view.refresh = () => {
    isDue = false;
    listeners.forEach((listener) => listener());
  };
  view.shows = (group) => view.shown.has(group);
  view.allows = (attempt) => allows(view, attempt);
  view.isFiltered = () => view.replica !== null || view.client !== null || view.key !== null;
  view.isProof = (attempt) => run.proof.has(attempt);
  return view;
}

// The window of the finding, else the whole run.
export function firstWindow(run) {
  const finding = run.finding;
  if (!finding) return { from: 0, until: run.end, t: run.end, focused: false };
  const span = Math.max(finding.until - finding.from, run.unit === "events" ? 4 : 2e6);
  const middle = (finding.from + finding.until) / 2;
  const begin = Math.max(0, middle - span * 0.56);
  return { from: begin, until: Math.max(begin + 1, middle + span * 0.56), t: finding.at, focused: true };
}

export function wholeWindow(run) {
  return { from: 0, until: run.end, focused: false };
}

function settle(view) {
  const shortest = view.run.unit === "events" ? 2 : 1000;
  if (view.until - view.from < shortest) view.until = view.from + shortest;
  const span = Math.min(view.until - view.from, view.run.end * 1.2);
  const most = view.run.end * 1.1;
  if (view.from < -view.run.end * 0.1) view.from = -view.run.end * 0.1;
  view.until = view.from + span;
  if (view.until > most) {
    view.until = most;
    view.from = most - span;
  }
  view.t = Math.min(Math.max(0, view.t), view.run.end);
}

function allows(view, attempt) {
  const { attempts } = view.run;
  if (view.client !== null && attempts.client[attempt] !== view.client) return false;
  if (view.key !== null && attempts.key[attempt] !== view.key) return false;
  const { replica } = view;
  return replica === null || attempts.to[attempt] === replica || attempts.by[attempt] === replica;
}

// Moves the window so that the cursor can be seen.
export function follow(view, t) {
  const span = view.until - view.from;
  if (t >= view.from && t <= view.until) return { t };
  return { t, from: t - span / 2, until: t + span / 2 };
}

// Makes the window smaller or larger around a moment.
export function zoomed(view, factor, around) {
  const before = (around - view.from) * factor;
  const rest = (view.until - around) * factor;
  return { from: around - before, until: around + rest };
}

const unitOf = (run) => (run.unit === "events" ? 1 : 1e9);

// The address of the view, without the page's own part. Whole nanoseconds are written without loss.
export function address(view) {
  const unit = unitOf(view.run);
  const number = (at) => (unit === 1 ? String(Math.round(at)) : decimal(at));
  const parts = [
    ["t", number(view.t)],
    ["from", number(view.from)],
    ["until", number(view.until)],
  ];
  parts.push(["show", GROUPS.filter((group) => view.shown.has(group)).join(",")]);
  if (!view.focused && view.run.finding) parts.push(["focus", "no"]);
  if (view.replica !== null) parts.push(["replica", view.run.replicas[view.replica]]);
  if (view.client !== null) parts.push(["client", `c${view.client}`]);
  if (view.key !== null) parts.push(["key", view.run.textOf(view.key)]);
  const { theme } = document.documentElement.dataset;
  if (theme) parts.push(["theme", theme]);
  return `#${parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}

// Nanoseconds as decimal seconds, exactly.
function decimal(at) {
  const whole = Math.round(at);
  const sign = whole < 0 ? "-" : "";
  const size = Math.abs(whole);
  const rest = String(size % 1e9)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${sign}${Math.floor(size / 1e9)}${rest ? `.${rest}` : ""}`;
}

// What an address asks for; what it gets wrong is passed over.
export function fromAddress(run, hash) {
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  const patch = {};
  for (const name of ["t", "from", "until"]) {
    const value = asked.get(name);
    if (value !== null && value !== "" && Number.isFinite(Number(value))) {
      patch[name] = Math.round(Number(value) * unitOf(run));
    }
  }
  if (patch.from !== undefined && patch.until !== undefined && patch.from >= patch.until) {
    delete patch.from;
    delete patch.until;
  }
  if (asked.has("show")) {
    patch.shown = new Set(
      asked
        .get("show")
        .split(",")
        .filter((group) => GROUPS.includes(group)),
    );
  }
  if (asked.get("focus") === "no") patch.focused = false;
  const place = (list, value) => (list.indexOf(value) < 0 ? null : list.indexOf(value));
  if (asked.has("replica")) patch.replica = place(run.replicas, asked.get("replica"));
  if (asked.has("client")) {
    const client = Number(asked.get("client").replace(/^c/, ""));
    if (Number.isInteger(client) && client >= 0 && client < run.clients) patch.client = client;
  }
  if (asked.has("key")) patch.key = run.textNamed(asked.get("key"));
  const isMoment = patch.t !== undefined && patch.from === undefined && patch.until === undefined;
  return isMoment ? { ...patch, around: patch.t } : patch;
}
