// Seeded inputs, the same in every contender, so that their losses can be compared.

/** A generator of uniform numbers in [0, 1): the 32-bit LCG of Numerical Recipes. */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Values drawn evenly from [-limit, limit). */
export function symmetric(seed, size, limit) {
  const next = uniform(seed);
  return Float32Array.from({ length: size }, () => (next() * 2 - 1) * limit);
}

/** Pixels in [0, 1), three quarters of them zero as in digits. */
export function pixels(seed, size) {
  const next = uniform(seed);
  return Float32Array.from({ length: size }, () => Math.max(0, next() * 4 - 3));
}

/** One-hot rows of `classes` columns. */
export function oneHot(seed, rows, classes) {
  const next = uniform(seed);
  const values = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row += 1) values[row * classes + Math.floor(next() * classes)] = 1;
  return values;
}
