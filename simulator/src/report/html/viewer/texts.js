// Texts: each is a form with numbers in it. A run may have millions, of few forms.

import { define, summed } from "./unpack.js";

const NUMBER = "\u0001";

// Adds to a run what finds texts by their numbers, and by what they say.
export function indexTexts(run, texts) {
  const decoder = new TextDecoder();
  define(texts, "ends", () => summed(texts.lengths));
  const formOf = (form) =>
    decoder.decode(texts.forms.subarray(texts.ends[form] - texts.lengths[form], texts.ends[form]));
  define(texts, "values", () => valuesOf(texts));
  run.textOf = (text) => {
    if (text < 0) return "";
    const form = formOf(texts.form[text]);
    if (texts.counts[texts.form[text]] === 0) return form;
    const [begin, ...rest] = form.split(NUMBER);
    const first = texts.values.begin[text];
    return rest.reduce((words, part, at) => `${words}${texts.values.numbers[first + at]}${part}`, begin);
  };
  // The text of exactly these words; null if there is none.
  run.textNamed = (words) => {
    const found = run.textsWith(words.toLowerCase());
    for (const text of found) if (run.textOf(text) === words) return text;
    return null;
  };
  // Those that have these words, in small letters, in them.
  run.textsWith = (words) => {
    const fits = new Uint8Array(texts.lengths.length).map((_, form) => fitOf(formOf(form), words));
    const found = new Set();
    for (let text = 0; text < texts.form.length; text++) {
      const fit = fits[texts.form[text]];
      if (fit === NEVER) continue;
      if (fit === SURE || run.textOf(text).toLowerCase().includes(words)) found.add(text);
    }
    return found;
  };
}

const [NEVER, MAYBE, SURE] = [0, 1, 2];

// Whether texts of a form have these words in them: that may depend on their numbers.
function fitOf(form, words) {
  const small = form.toLowerCase();
  if (small.includes(words)) return SURE;
  if (!small.includes(NUMBER)) return NEVER;
  // Between the words' digits stands what must be in the form.
  return /[0-9]/.test(words) && words.split(/[0-9]+/).every((part) => small.includes(part)) ? MAYBE : NEVER;
}

// The numbers of all texts, and where those of each begin: sums, each over the texts of a form.
function valuesOf(texts) {
  const { form: forms, counts } = texts;
  const formBegin = new Uint32Array(counts.length + 1);
  for (let form = 0; form < counts.length; form++) formBegin[form + 1] = formBegin[form] + counts[form];
  const last = new Int32Array(formBegin[counts.length]);
  const numbers = new Int32Array(texts.numbers);
  const begin = new Uint32Array(forms.length);
  let next = 0;
  for (let text = 0; text < forms.length; text++) {
    const form = forms[text];
    begin[text] = next;
    const end = formBegin[form + 1];
    for (let place = formBegin[form]; place < end; place++) {
      last[place] += numbers[next];
      numbers[next] = last[place];
      next += 1;
    }
  }
  return { numbers, begin };
}
