// Reads the data of the page. FORMAT.md describes it.

const TYPES = { i8: Int8Array, i16: Int16Array, i32: Int32Array, f64: Float64Array, utf8: Uint8Array };

// The groups of columns.
const GROUPS_OF_COLUMNS = ["texts", "messages", "attempts", "states", "events", "leaders"];

// Reads the page's data block: JSON and columns, deflated, in base64.
export async function unpack(block) {
  const packed = fromBase64(block.textContent.trim());
  const bytes = await inflate(packed, Number(block.dataset.size));
  const textOf = (from, until) => new TextDecoder().decode(bytes.subarray(from, until));
  const begin = 9 + parseInt(textOf(0, 8), 16);
  const data = JSON.parse(textOf(9, begin));
  for (const group of GROUPS_OF_COLUMNS) {
    for (const [name, value] of Object.entries(data[group])) {
      if (value.column) define(data[group], name, () => column(bytes, begin, value));
    }
  }
  return data;
}

// Piece by piece into its place: a response would hold all twice.
async function inflate(packed, size) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const bytes = new Uint8Array(size);
  const reader = stream.getReader();
  let filled = 0;
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    bytes.set(value, filled);
    filled += value.length;
  }
  if (filled !== size) throw new Error(`the data has ${filled} bytes instead of ${size}`);
  return bytes;
}

// Newer browsers do it by themselves, many times faster.
function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at);
  return bytes;
}

// Adds a property that is made when it is first read: some columns are never looked at.
export function define(object, name, make) {
  const keep = (value) => {
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
    return value;
  };
  Object.defineProperty(object, name, { get: () => keep(make()), enumerable: true, configurable: true });
}

// The numbers of a column, of which there are first the lowest bytes, then the next ones.
function column(bytes, begin, { column: type, at, count }) {
  const kind = TYPES[type];
  const size = kind.BYTES_PER_ELEMENT;
  const stored = bytes.subarray(begin + at, begin + at + count * size);
  if (size === 1) return new kind(stored.buffer, stored.byteOffset, count);
  const numbers = new kind(count);
  if (type === "i32") joinFour(stored, numbers, count);
  else joinAny(stored, new Uint8Array(numbers.buffer), count, size);
  return numbers;
}

// Most large columns are of this type.
function joinFour(stored, numbers, count) {
  const [second, third, fourth] = [count, 2 * count, 3 * count];
  for (let at = 0; at < count; at++) {
    numbers[at] =
      stored[at] | (stored[second + at] << 8) | (stored[third + at] << 16) | (stored[fourth + at] << 24);
  }
}

function joinAny(stored, into, count, size) {
  for (let place = 0; place < size; place++) {
    const plane = place * count;
    for (let number = 0; number < count; number++) into[number * size + place] = stored[plane + number];
  }
}

// Adds up differences: the numbers that they were made of.
export function summed(steps) {
  const numbers = new Float64Array(steps.length);
  let sum = 0;
  for (let at = 0; at < steps.length; at++) {
    sum += steps[at];
    numbers[at] = sum;
  }
  return numbers;
}
