// Keys and pointer.

import { attemptAt } from "./draw_clients.js";
import { messageAt } from "./draw_messages.js";
import { attemptLines, element } from "./details.js";
import { describe, FATES, stateAt } from "./data.js";
import { clipped, duration, moment } from "./format.js";
import { laneAt } from "./lanes.js";
import { findAll, nextMoment } from "./search.js";
import { firstWindow, follow, wholeWindow, zoomed } from "./view.js";
import { forgetColours } from "./colours.js";

const KEYS = [
  ["← →", "previous, next event (of the filtered replica or key)"],
  ["Shift ← →", "earlier, later"],
  ["+ −", "zoom in, out at the cursor; the wheel does so at the pointer"],
  ["w", "the whole run"],
  ["f", "the finding"],
  ["m", "messages between replicas"],
  ["p", "plots"],
  ["r", "next replica alone, then all"],
  ["k", "only the key of the selected operation"],
  ["/", "search; Enter and Shift Enter: next, previous"],
  ["c", "copy the command that replays this window"],
  ["d", "light or dark"],
  ["Home End", "the beginning, the end"],
  ["Esc", "no filter, no selection"],
  ["?", "these keys"],
];

export function showKeys(section) {
  const table = element("table");
  for (const [keys, what] of KEYS) {
    const all = keys.split(" ").flatMap((key) => [element("kbd", { text: key }), " "]);
    table.append(element("tr", {}, element("td", {}, ...all), element("td", { text: what })));
  }
  section.append(element("h2", { text: "Keys" }), table);
}

// Carries out what keys and buttons ask for.
export function makeActions(view, parts) {
  const { run } = view;
  const toggle = (group) => {
    const shown = new Set(view.shown);
    if (!shown.delete(group)) shown.add(group);
    view.change({ shown });
  };
  const actions = {
    toggle,
    step(direction) {
      const next = nextMoment(view, direction);
      if (next) view.change(follow(view, next.t));
    },
    pan(share) {
      const way = (view.until - view.from) * share;
      view.change({ from: view.from + way, until: view.until + way });
    },
    zoom(factor) {
      const isSeen = view.t >= view.from && view.t <= view.until;
      view.change(zoomed(view, factor, isSeen ? view.t : (view.from + view.until) / 2));
    },
    whole: () => view.change(wholeWindow(run)),
    finding: () => view.change({ ...firstWindow(run), selected: null }),
    nextReplica() {
      const next = view.replica === null ? 0 : view.replica + 1;
      view.change({ replica: next < run.replicas.length ? next : null });
    },
    sameKey() {
      const at = view.selected?.attempt;
      if (at !== undefined) view.change({ key: view.key === null ? run.attempts.key[at] : null });
    },
    clear() {
      parts.search.value = "";
      parts.found.textContent = "";
      view.change({ replica: null, client: null, key: null, selected: null, hiddenKinds: new Set() });
    },
    async copy() {
      await copyText(commandOf(view));
      parts.copy.textContent = "Copied";
      setTimeout(() => (parts.copy.textContent = "Copy command"), 1200);
    },
    theme() {
      const root = document.documentElement;
      const isDark = root.dataset.theme
        ? root.dataset.theme === "dark"
        : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = isDark ? "light" : "dark";
      forgetColours();
      view.change({});
    },
    keys() {
      parts.help.hidden = !parts.help.hidden;
      parts.keys.setAttribute("aria-expanded", String(!parts.help.hidden));
      if (!parts.help.hidden) parts.help.scrollIntoView({ block: "nearest" });
    },
    search(direction) {
      const found = findAll(view, parts.search.value);
      parts.found.textContent = parts.search.value.trim() === "" ? "" : `${found.length} found`;
      if (found.length === 0) return;
      const later = found.findIndex((it) => it.t > view.t);
      let at = later < 0 ? 0 : later;
      if (direction < 0) {
        at = found.findLastIndex((it) => it.t < view.t);
        if (at < 0) at = found.length - 1;
      }
      parts.found.textContent = `${at + 1} of ${found.length}`;
      view.change({ ...follow(view, found[at].t), selected: found[at].selected });
    },
  };
  return actions;
}

// The command that shows the window again; of the whole run where that is what is seen.
export function commandOf(view) {
  const { run } = view;
  if (!run.replay) return "";
  const isWhole = view.from <= 0 && view.until >= run.end;
  if (isWhole || !/ replay /.test(run.replay)) return run.replay;
  const time = (at) => `${Math.max(0, Math.round(at))}ns`;
  return `${run.replay} --from ${time(view.from)} --until ${time(Math.min(view.until, run.end))} --messages --inspect`;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A page from the disk may have no clipboard: the old way needs a field.
    const field = element("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}

// Listens to the keyboard.
export function listenToKeys(actions, parts) {
  const plain = {
    w: actions.whole,
    f: actions.finding,
    m: () => actions.toggle("messages"),
    p: () => actions.toggle("plots"),
    r: actions.nextReplica,
    k: actions.sameKey,
    c: actions.copy,
    d: actions.theme,
    "?": actions.keys,
    "+": () => actions.zoom(0.5),
    "=": () => actions.zoom(0.5),
    "-": () => actions.zoom(2),
    Escape: actions.clear,
    ArrowLeft: () => actions.step(-1),
    ArrowRight: () => actions.step(1),
    "/": () => parts.search.focus(),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // It tells of what was under the pointer, which a key may move away.
    parts.tip.hidden = true;
    if (event.target === parts.search) {
      if (event.key === "Enter") actions.search(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") parts.canvas.focus();
      else return;
      event.preventDefault();
      return;
    }
    const isPanning = event.shiftKey && event.key.startsWith("Arrow");
    const action = isPanning ? () => actions.pan(event.key === "ArrowLeft" ? -0.25 : 0.25) : plain[event.key];
    if (event.key === "Home") actions.pan(-1e9);
    else if (event.key === "End") actions.pan(1e9);
    else if (action) action();
    else return;
    event.preventDefault();
  });
}

// Listens to the pointer: a click sets the cursor and selects, dragging moves the window, the wheel zooms.
export function listenToPointer(view, parts, place) {
  const { canvas, tip } = parts;
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.offsetX, from: view.from, until: view.until, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) return showTip(view, tip, place(), event);
    const { scale } = place();
    const way = (drag.x - event.offsetX) * scale.nanos;
    if (Math.abs(drag.x - event.offsetX) > 3) drag.moved = true;
    if (drag.moved) view.change({ from: drag.from + way, until: drag.until + way });
  });
  canvas.addEventListener("pointerup", (event) => {
    if (drag && !drag.moved) click(view, place(), event);
    drag = null;
  });
  canvas.addEventListener("pointerleave", () => (tip.hidden = true));
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        const way = ((event.deltaX || event.deltaY) / 600) * (view.until - view.from);
        view.change({ from: view.from + way, until: view.until + way });
      } else {
        view.change(zoomed(view, Math.exp(event.deltaY / 400), place().scale.at(event.offsetX)));
      }
      event.preventDefault();
    },
    { passive: false },
  );
}

// What is under a place.
function under(view, { layout, scale }, x, y) {
  const lane = laneAt(layout, y);
  if (x >= scale.left && view.shows("messages") && lane?.kind === "replica") {
    const message = messageAt(view, layout, scale, x, y);
    if (message !== null) return { message };
  }
  if (!lane) return null;
  if (x < scale.left) return { lane };
  const { run } = view;
  if (lane.kind === "client") {
    const attempt = attemptAt(view, lane, scale, x, y);
    return attempt === null ? null : { attempt };
  }
  const near = 4 * scale.nanos;
  const time = scale.at(x);
  if (lane.kind === "elections") return { election: { time, near } };
  if (lane.kind === "replica") {
    const close = run.nodes[lane.node].events.filter((at) => Math.abs(run.events.at[at] - time) <= near);
    const gap = (at) => Math.abs(run.events.at[at] - time);
    if (close.length > 0)
      return { event: close.reduce((best, at) => (gap(at) < gap(best) ? at : best)), node: lane.node };
  }
  const node = lane.kind === "replica" ? lane.node : -1;
  const isTop = lane.kind === "faults" || y < lane.y + 14;
  const fault = run.faults.from.findIndex(
    (at, place) =>
      isTop && at <= time + near && run.faults.until[place] >= time - near && run.faults.node[place] === node,
  );
  if (fault >= 0) return { fault };
  return lane.kind === "replica" ? { node: lane.node } : null;
}

function click(view, where, event) {
  const found = under(view, where, event.offsetX, event.offsetY);
  if (found?.lane) {
    const { lane } = found;
    if (lane.kind === "replica") view.change({ replica: view.replica === lane.node ? null : lane.node });
    if (lane.kind === "client") view.change({ client: view.client === lane.client ? null : lane.client });
    return;
  }
  const { run } = view;
  let t = Math.round(where.scale.at(event.offsetX));
  if (found?.event !== undefined) t = run.events.at[found.event];
  if (found?.message !== undefined) t = run.messages.arrived[found.message];
  const isThing = found && (found.attempt ?? found.message ?? found.event ?? found.fault) !== undefined;
  view.change({ t, selected: isThing ? found : null });
}

function showTip(view, tip, where, event) {
  const found = under(view, where, event.offsetX, event.offsetY);
  const words = found ? wordsOf(view, found, where.scale.at(event.offsetX)) : "";
  tip.hidden = words === "";
  if (tip.hidden) return;
  tip.textContent = words;
  const left = Math.min(event.offsetX + 14, where.layout.width - tip.offsetWidth - 6);
  tip.style.left = `${Math.max(0, left)}px`;
  tip.style.top = `${event.offsetY + 16}px`;
}

// Who stood and who led at a place of the election lane.
function electionWords(run, { time, near }) {
  const names = (nodes) => nodes.map((node) => run.replicas[node]).join(" ");
  const inTerm = (term) => (term === null ? "" : ` in term ${term}`);
  const stood = run.elections.stood
    .filter((it) => Math.abs(it.from - time) <= near)
    .map((it) => {
      const inferred = " (votes are inferred from messages)";
      const votes = it.votes.length > 0 ? `, votes of ${names(it.votes)}` : "";
      const refusals = it.refusals.length > 0 ? `, refused by ${names(it.refusals)}` : "";
      return `${run.replicas[it.node]} stood${inTerm(it.term)} at ${moment(it.from, run.unit)}${votes}${refusals}${votes || refusals ? inferred : ""}`;
    });
  const led = run.elections.led
    .filter((it) => it.from <= time && time < (it.until ?? Infinity))
    .map((it) => {
      const end = it.until === null ? "" : ` until ${moment(it.until, run.unit)}`;
      const isOf = (stood) => stood.node === it.node && stood.term === it.term;
      const votes = run.elections.stood.filter(isOf).flatMap((stood) => stood.votes);
      const by = votes.length > 0 ? `, by votes of ${names(votes)}` : it.term === null ? "" : ", no vote for it seen";
      return `${run.replicas[it.node]} leads${inTerm(it.term)} from ${moment(it.from, run.unit)}${end}${by}`;
    });
  return clipped([...stood, ...led].join("\n"), 600);
}

function wordsOf(view, found, time) {
  const { run } = view;
  const { messages, textOf, events, faults, states } = run;
  if (found.message !== undefined) {
    const at = found.message;
    const way = `${run.replicas[messages.from[at]]} → ${run.replicas[messages.to[at]]}`;
    const fate = `${FATES[messages.fate[at]]} after ${duration(messages.took[at], run.unit)}`;
    return [way, clipped(textOf(messages.text[at]), 200), fate].join("\n");
  }
  if (found.attempt !== undefined) {
    const title = `c${run.attempts.client[found.attempt]} ${describe(run, found.attempt)}`;
    return [title, ...attemptLines(run, found.attempt)].join("\n");
  }
  if (found.event !== undefined)
    return `${moment(events.at[found.event], run.unit)}\n${clipped(textOf(events.text[found.event]), 300)}`;
  if (found.fault !== undefined) return textOf(faults.text[found.fault]);
  if (found.election) return electionWords(run, found.election);
  if (found.node === undefined) return "";
  const state = stateAt(run, found.node, time);
  return state < 0 ? "" : `${moment(Math.round(time), run.unit)}\n${clipped(textOf(states.summary[state]), 300)}`;
}
