// The text of a cell as a number: stricter than Number(), which takes "", " " and "0x10" too.

const zero = 48;
const nine = 57;
const letterUpperE = 69;
const letterLowerE = 101;

/** The finite decimal number that `cell` writes, or NaN. Spaces around it are allowed. */
export function parseNumber(cell: string): number {
  const value = Number(cell);
  // Number("") and Number("  ") are 0, which only a text with a digit in it may be.
  if (value === 0 && !cell.includes("0")) return NaN;
  if (value - value !== 0 || hasRadixPrefix(cell)) return NaN;
  return value;
}

/** Whether `cell` could be 0x.., 0o.. or 0b..; decimal numbers never have a letter but e at the second place. */
function hasRadixPrefix(cell: string): boolean {
  if (cell.length < 3) return false;
  const text = cell.charCodeAt(0) <= 32 ? cell.trimStart() : cell;
  if (text.charCodeAt(0) !== zero) return false;
  const second = text.charCodeAt(1);
  return second > nine && second !== letterLowerE && second !== letterUpperE;
}
