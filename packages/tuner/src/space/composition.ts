// Compositions of n units into k ordered parts (each >= 0), numbered in lexicographic order, so that a split of a
// batch or a placement of layers is one index of an axis like any other value.

/** Number of compositions of `units` into `parts`: C(units + parts - 1, parts - 1); Infinity above 2^53. */
export function compositionCount(units: number, parts: number): number {
  let count = 1;
  for (let i = 1; i < parts; i++) {
    // Exact: the product of i consecutive numbers is divisible by i!.
    count = (count * (units + i)) / i;
    if (count > Number.MAX_SAFE_INTEGER) return Infinity;
  }
  return Math.round(count);
}

/** The composition with this number, 0 <= index < compositionCount(units, parts). */
export function compositionAt(index: number, units: number, parts: number): number[] {
  const result: number[] = [];
  let rest = index;
  let left = units;
  for (let part = 0; part < parts - 1; part++) {
    let size = 0;
    for (;;) {
      const below = compositionCount(left - size, parts - part - 1);
      if (rest < below) break;
      rest -= below;
      size++;
    }
    result.push(size);
    left -= size;
  }
  result.push(left);
  return result;
}

/** The number of a composition: the inverse of `compositionAt`. */
export function compositionIndex(composition: readonly number[]): number {
  let index = 0;
  let left = composition.reduce((sum, size) => sum + size, 0);
  composition.forEach((size, part) => {
    for (let smaller = 0; smaller < size && part < composition.length - 1; smaller++) {
      index += compositionCount(left - smaller, composition.length - part - 1);
    }
    left -= size;
  });
  return index;
}
