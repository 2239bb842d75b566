// Sobol's low-discrepancy points in Gray code order (Bratley and Fox 1988, ACM algorithm 659) with the direction numbers
// of Joe and Kuo (2008, new-joe-kuo-6.21201, dimensions 2 to 21), shifted at random. Axes beyond 21 are random.
import { Random } from "../random.ts";

// Per dimension: degree s and coefficients a of the primitive polynomial, and the first s odd numbers m.
const joeKuo: readonly (readonly [s: number, a: number, m: readonly number[]])[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
  [5, 4, [1, 1, 5, 5, 5]],
  [5, 7, [1, 1, 7, 11, 19]],
  [5, 11, [1, 1, 5, 1, 1]],
  [5, 13, [1, 1, 1, 3, 11]],
  [5, 14, [1, 3, 5, 5, 31]],
  [6, 1, [1, 3, 3, 9, 7, 49]],
  [6, 13, [1, 1, 1, 15, 21, 21]],
  [6, 16, [1, 3, 1, 13, 27, 49]],
  [6, 19, [1, 1, 1, 15, 7, 5]],
  [6, 22, [1, 3, 1, 15, 13, 25]],
  [6, 25, [1, 1, 5, 5, 19, 61]],
  [7, 1, [1, 3, 7, 11, 23, 15, 103]],
  [7, 4, [1, 3, 7, 13, 13, 15, 69]],
];

const bits = 32;

/** Shifted Sobol points in [0, 1)^dimensions, the first included; repeats after 2^32. */
export function* sobolPoints(dimensions: number, seed: number): Generator<Float64Array> {
  const random = Random.of(seed);
  const shift = Array.from({ length: dimensions }, () => random.integer(2 ** bits));
  const directions = Array.from({ length: Math.min(dimensions, joeKuo.length + 1) }, (_, d) =>
    directionsOf(d),
  );
  const state = new Uint32Array(dimensions);
  for (let index = 0; ; index++) {
    yield Float64Array.from(state, (word, d) =>
      d < directions.length ? ((word ^ shift[d]!) >>> 0) / 2 ** bits : random.next(),
    );
    // The position of the lowest zero bit of the index is that of the bit which its Gray code changes next.
    const bit = 31 - Math.clz32(~index & (index + 1));
    directions.forEach((numbers, d) => {
      state[d] = (state[d]! ^ numbers[bit % bits]!) >>> 0;
    });
  }
}

function directionsOf(dimension: number): Uint32Array {
  const numbers = new Uint32Array(bits);
  if (dimension === 0) {
    for (let i = 0; i < bits; i++) numbers[i] = 2 ** (bits - 1 - i);
    return numbers;
  }
  const [degree, coefficients, first] = joeKuo[dimension - 1]!;
  for (let i = 0; i < bits; i++) {
    if (i < degree) {
      numbers[i] = first[i]! * 2 ** (bits - 1 - i);
      continue;
    }
    let word = numbers[i - degree]! ^ (numbers[i - degree]! >>> degree);
    for (let k = 1; k < degree; k++) {
      if ((coefficients >>> (degree - 1 - k)) & 1) word ^= numbers[i - k]!;
    }
    numbers[i] = word >>> 0;
  }
  return numbers;
}
