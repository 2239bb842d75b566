// The k-th smallest of very many numbers that are never written down: Walsh averages, differences of two samples.

/**
 * The k-th smallest value of a multiset that is known only by how many of its values are at most x. Bisects the 64-bit
 * patterns of the doubles between two bounds, so it takes at most 64 counts and is exact to the last bit.
 *
 * @param k - 1-based rank
 * @param low - a number that is at most the answer, finite
 * @param high - a number that is at least the answer, finite
 * @param countAtMost - how many values are <= x; must not fall as x grows
 */
export function selectByCount(
  k: number,
  low: number,
  high: number,
  countAtMost: (x: number) => number,
): number {
  let below = orderOf(low);
  let above = orderOf(high);
  while (below < above) {
    const middle = (below + above) >> 1n;
    if (countAtMost(valueOf(middle)) >= k) above = middle;
    else below = middle + 1n;
  }
  return valueOf(above);
}

const buffer = new DataView(new ArrayBuffer(8));
const signBit = 1n << 63n;

// The bits of a positive double, read as an integer, are in the order of the doubles; those of a negative one are in
// reverse.
function orderOf(value: number): bigint {
  // -0 and 0 are one number.
  buffer.setFloat64(0, value === 0 ? 0 : value);
  const bits = buffer.getBigUint64(0);
  return bits >= signBit ? signBit - bits : bits;
}

function valueOf(order: bigint): number {
  buffer.setBigUint64(0, order < 0n ? signBit - order : order);
  return buffer.getFloat64(0);
}
