// What is selected, in words: an operation with its datagrams, a message, a fault, an event.

import { clientName, describe, FATES, OUTCOMES } from "./data.js";
import { counted, duration, moment } from "./format.js";

// Makes an element. Every text in the page gets there as a text, never as markup.
export function element(name, { text, className, id } = {}, ...children) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  if (id) made.id = id;
  made.append(...children);
  return made;
}

const replicaName = (run, node) => run.replicas[node] ?? "?";

// One attempt in a line, as sent and as answered.
export function attemptLines(run, attempt) {
  const { attempts } = run;
  const { unit } = run;
  const asked = run.replicas.length > 0 ? ` of ${replicaName(run, attempts.to[attempt])}` : "";
  const lines = [`${moment(attempts.at[attempt], unit)}  asked${asked}`];
  if (Number.isFinite(attempts.end[attempt])) {
    const by = attempts.by[attempt] < 0 ? "" : ` by ${replicaName(run, attempts.by[attempt])}`;
    const took = duration(attempts.took[attempt], unit);
    lines.push(
      `${moment(attempts.end[attempt], unit)}  ${OUTCOMES[attempts.outcome[attempt]]}${by}, after ${took}`,
    );
  } else {
    lines.push(
      attempts.lost[attempt] ? "never answered: the network lost the request or its answer" : "never answered",
    );
  }
  if (attempts.ignored[attempt] > 0) lines.push(`${counted(attempts.ignored[attempt], "more answer")}, ignored`);
  return lines;
}

const MOST_ATTEMPTS = 40;

// Shows what is selected.
export function showDetails(view, section) {
  const { run, selected } = view;
  section.replaceChildren();
  if (!selected) return;
  if (selected.attempt !== undefined) showRequest(view, section, run.attempts.request[selected.attempt]);
  else if (selected.message !== undefined) showMessage(view, section, selected.message);
  else if (selected.event !== undefined) showEvent(view, section, selected.event);
  else if (selected.fault !== undefined) showFault(view, section, selected.fault);
}

function showRequest(view, section, request) {
  const { run } = view;
  const { attempts, textOf } = run;
  const own = run.requests.attemptsOf(request);
  const [first, last] = [own[0], own[own.length - 1]];
  section.append(element("h2", { text: `${clientName(attempts.client[first])} ${describe(run, last)}` }));
  const key = textOf(attempts.key[first]);
  const value = attempts.value[last] < 0 ? null : textOf(attempts.value[last]);
  section.append(rows([["key", key], ...(value === null ? [] : [["value", value]])]));
  const shown = own.slice(0, MOST_ATTEMPTS);
  const list = element("ol", { className: "mono" });
  for (const at of shown)
    list.append(element("li", { text: attemptLines(run, at).join("\n"), className: "lines" }));
  section.append(list);
  const left = own.length - shown.length;
  if (left > 0) section.append(element("p", { text: `and ${counted(left, "attempt")} more` }));
  const button = element("button", { text: "Only this key" });
  button.type = "button";
  button.addEventListener("click", () => view.change({ key: attempts.key[first] }));
  section.append(button);
}

function showMessage(view, section, at) {
  const { run } = view;
  const { messages, textOf } = run;
  const way = `${replicaName(run, messages.from[at])} → ${replicaName(run, messages.to[at])}`;
  section.append(element("h2", { text: `message ${way}` }));
  section.append(
    rows([
      ["kind", textOf(messages.kind[at]) || "message"],
      ["says", textOf(messages.text[at])],
      ["sent", moment(messages.at[at], run.unit)],
      [
        FATES[messages.fate[at]],
        `${moment(messages.arrived[at], run.unit)}, after ${duration(messages.took[at], run.unit)}`,
      ],
    ]),
  );
}

function showEvent(view, section, at) {
  const { run } = view;
  const { textOf } = run;
  const who = run.events.node[at] < 0 ? "the run" : replicaName(run, run.events.node[at]);
  section.append(element("h2", { text: `${who}: ${run.kindOf(at)}` }));
  section.append(
    rows([
      ["at", moment(run.events.at[at], run.unit)],
      ["what", textOf(run.events.text[at])],
    ]),
  );
}

function showFault(view, section, at) {
  const { run } = view;
  const { faults, textOf } = run;
  const who = faults.node[at] < 0 ? "network" : replicaName(run, faults.node[at]);
  section.append(element("h2", { text: `${textOf(faults.name[at])} (${who})` }));
  section.append(
    rows([
      ["what", textOf(faults.text[at])],
      ["from", moment(faults.from[at], run.unit)],
      ["until", moment(faults.until[at], run.unit)],
    ]),
  );
}

export function rows(pairs) {
  const table = element("table");
  for (const [name, value] of pairs) {
    table.append(element("tr", {}, element("td", { text: name }), element("td", { text: value })));
  }
  return table;
}
