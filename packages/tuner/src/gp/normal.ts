// The normal distribution, as far as acquisition functions and transforms need it.

const rootTwoPi = Math.sqrt(2 * Math.PI);

/** Density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / rootTwoPi;
}

/**
 * exp(x^2) erfc(x) for x >= 0 by a Chebyshev fit (Press et al., Numerical Recipes 2nd ed., section 6.2, erfcc), relative
 * error below 1.2e-7.
 */
function scaledComplement(x: number): number {
  const t = 2 / (2 + x);
  const polynomial =
    -1.26551223 +
    t *
      (1.00002368 +
        t *
          (0.37409196 +
            t *
              (0.09678418 +
                t *
                  (-0.18628806 +
                    t *
                      (0.27886807 +
                        t *
                          (-1.13520398 +
                            t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))))))));
  return t * Math.exp(polynomial);
}

/** Cumulative probability of the standard normal distribution, relative error below 1.2e-7 on the left. */
export function normalCumulative(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const tail = 0.5 * scaledComplement(z) * Math.exp(-z * z);
  return x < 0 ? tail : 1 - tail;
}

/** Logarithm of the cumulative probability, finite for every finite x. */
export function logNormalCumulative(x: number): number {
  if (x > -1) return Math.log(normalCumulative(x));
  const z = -x / Math.SQRT2;
  return Math.log(0.5 * scaledComplement(z)) - z * z;
}

/**
 * log(density(u) + u cumulative(u)): the logarithm of the expected improvement in units of the standard deviation, u
 * deviations below the incumbent, without cancellation far from it (Ament et al. 2023, Unexpected improvements to
 * expected improvement, eq. 9: the value is density(u) (1 - |u| Mills ratio), and for u < -30 the leading term u^-2).
 */
export function logImprovement(u: number): number {
  if (u > -1) return Math.log(normalDensity(u) + u * normalCumulative(u));
  const logDensity = -0.5 * u * u - Math.log(rootTwoPi);
  if (u < -30) return logDensity - 2 * Math.log(-u);
  return logDensity + Math.log(u < -5 ? improvementTail(-u) : 1 + u * millsRatio(-u));
}

// Cumulative probability of -x over density, for x >= 0.
function millsRatio(x: number): number {
  return rootTwoPi * 0.5 * scaledComplement(x / Math.SQRT2);
}

// 1 - x Mills(x) for x >= 5, where the difference loses digits (at 5 it is off by 4e-6 of the value): by the Laplace
// continued fraction of the Mills ratio, 1 / (x + 1 / (x + 2 / (x + ...))). With d = 1 / (x + 2 / (x + ...)), Mills is
// 1 / (x + d) and 1 - x Mills is d / (x + d). Twelve terms are off by less than 1e-7.
function improvementTail(x: number): number {
  let tail = x;
  for (let k = 12; k >= 2; k--) tail = x + k / tail;
  const d = 1 / tail;
  return d / (x + d);
}

/** The value below which a standard normal variable is with probability p (Acklam 2003, relative error 1.2e-9). */
export function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ];
  const b = [
    -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972,
    -13.28068155288572,
  ];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
    4.374664141464968, 2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const polynomial = (coefficients: readonly number[], x: number): number =>
    coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
  if (p <= 0) return -Infinity;
  if (p >= 1) return Infinity;
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(c, q) / (polynomial(d, q) * q + 1);
  }
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(a, r) * q) / (polynomial(b, r) * r + 1);
}
