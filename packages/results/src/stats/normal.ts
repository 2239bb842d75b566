// The standard normal distribution, for samples too large for exact counts and for detectable effects.

/**
 * Quantile of the standard normal: x with P(Z <= x) = p, to about 16 digits. Wichura (1988), "Algorithm AS 241: the
 * percentage points of the normal distribution", Applied Statistics 37(3), PPND16.
 *
 * @param p - 0 gives -Infinity, 1 gives Infinity, anything outside 0 to 1 gives NaN
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(r, centralTop)) / polynomial(r, centralBottom);
  }
  const tail = q < 0 ? p : 1 - p;
  if (tail === 0) return Math.sign(q) * Infinity;
  const r = Math.sqrt(-Math.log(tail));
  const x =
    r <= 5
      ? polynomial(r - 1.6, middleTop) / polynomial(r - 1.6, middleBottom)
      : polynomial(r - 5, farTop) / polynomial(r - 5, farBottom);
  return Math.sign(q) * x;
}

/**
 * P(Z <= x), by bisection of the quantile: for the few large samples that need it, speed does not matter.
 *
 * @param x - any number; NaN gives NaN
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  // Tails keep their digits when the smaller one is searched for.
  if (x > 0) return 1 - normalCdf(-x);
  let low = 0;
  let high = 0.5;
  for (let step = 0; step < 1100 && low < high; step += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (normalQuantile(middle) < x) low = middle;
    else high = middle;
  }
  return high;
}

function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}

// Coefficients of the cited algorithm, constant term first.
const centralTop = [
  3.387132872796366608, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
  4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4,
  2.5090809287301226727e3,
];
const centralBottom = [
  1, 4.231333070160091125e1, 6.871870074920579083e2, 5.394196021424751108e3,
  2.1213794301586595867e4, 3.930789580009271061e4, 2.8729085735721942674e4, 5.226495278852545925e3,
];
const middleTop = [
  1.42343711074968357734, 4.6303378461565452959, 5.769497221460691405, 3.64784832476320460504,
  1.27045825245236838258, 2.4178072517745061177e-1, 2.27238449892691845833e-2,
  7.7454501427834140764e-4,
];
const middleBottom = [
  1, 2.05319162663775882187, 1.6763848301838038494, 6.8976733498510000455e-1,
  1.4810397642748007459e-1, 1.51986665636164571966e-2, 5.475938084995344946e-4,
  1.05075007164441684324e-9,
];
const farTop = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 2.9656057182850489123e-1,
  2.6532189526576123093e-2, 1.2426609473880784386e-3, 2.71155556874348757815e-5,
  2.01033439929228813265e-7,
];
const farBottom = [
  1, 5.9983220655588793769e-1, 1.3692988092273580531e-1, 1.48753612908506148525e-2,
  7.868691311456132591e-4, 1.8463183175100546818e-5, 1.4215117583164458887e-7,
  2.04426310338993978564e-15,
];
