// Numbers and names as people read them.

// A time in seconds, to the microsecond; finer only where it has a finer part.
export function moment(at, unit) {
  if (unit === "events") return `event ${at}`;
  const digits = at % 1000 === 0 ? 6 : 9;
  return `${(at / 1e9).toFixed(digits)} s`;
}

// A length of time, in the unit that suits it.
export function duration(nanos, unit) {
  if (unit === "events") return `${nanos} events`;
  if (nanos >= 1e9) return `${trimmed(nanos / 1e9, 3)} s`;
  if (nanos >= 1e6) return `${trimmed(nanos / 1e6, 3)} ms`;
  if (nanos >= 1e3) return `${trimmed(nanos / 1e3, 3)} µs`;
  return `${nanos} ns`;
}

// A number with at most `decimals` decimals, without zeros at their end.
export function trimmed(number, decimals) {
  return String(Number(number.toFixed(decimals)));
}

export function thousands(number) {
  return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

export function counted(number, word) {
  return `${thousands(number)} ${word}${number === 1 ? "" : "s"}`;
}

// Long generated names are told apart by their beginning, as in the timeline.
export function short(name) {
  const letters = [...name];
  return letters.length > 16 ? letters.slice(0, 8).join("") : name;
}

// A text that fits a tooltip.
export function clipped(text, most) {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most).join("")}…` : text;
}

// Returns the step between the labels of an axis of length `span`, which has at most `most` of them.
export function axisStep(span, most) {
  let step = 1;
  for (;;) {
    for (const factor of [1, 2, 5]) {
      if (span / (step * factor) <= most) return step * factor;
    }
    step *= 10;
  }
}

// The label of an axis: as many decimals as its steps need.
export function axisLabel(at, step, unit) {
  if (unit === "events") return String(at);
  const decimals = Math.max(0, 9 - Math.floor(Math.log10(step)));
  return `${(at / 1e9).toFixed(Math.min(9, decimals))} s`;
}
