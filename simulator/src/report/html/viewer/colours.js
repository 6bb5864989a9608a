// The colours of the style sheet, for the canvas.

let known = new Map();

// The value of a variable of the style sheet.
export function colour(name) {
  let value = known.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    known.set(name, value);
  }
  return value;
}

// The theme has changed.
export function forgetColours() {
  known = new Map();
}

// Eight that are told apart by eye, for kinds and terms.
const MANY = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a800", "#8a6fd1"];

export function oneOfMany(number) {
  return MANY[((number % MANY.length) + MANY.length) % MANY.length];
}

export const OUTCOME_COLOURS = ["waiting", "done", "redirected", "failed"];
export const ROLE_COLOURS = ["follower", "candidate", "leader"];
