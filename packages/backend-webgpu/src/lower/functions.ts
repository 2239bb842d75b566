// WGSL functions that expressions call; a module holds those that it uses. They exist where the language promises too
// little: NaN in min and max, accuracy of elementary functions, IEEE special cases of pow.
import type { Wgsl } from "../kernels/kernel.ts";

/** A function with those it calls. */
interface LibraryFunction {
  readonly source: Wgsl;
  readonly uses?: readonly FunctionName[];
}

/** Names of the functions of the library. */
export type FunctionName =
  | "is_nan"
  | "is_finite"
  | "quiet_nan"
  | "infinity"
  | "max_nan"
  | "min_nan"
  | "is_nan_f16"
  | "max_nan_f16"
  | "min_nan_f16"
  | "sign_nan"
  | "exp_f32"
  | "log_f32"
  | "tanh_f32"
  | "sigmoid_f32"
  | "erf_f32"
  | "pow_f32"
  | "sin_f32"
  | "cos_f32"
  | "reduce_angle"
  | "wrap_i8"
  | "wrap_u8"
  | "threefry_uniform"
  | "to_i32"
  | "transpose_bytes"
  | `dots_${"i8" | "u8"}_${"i8" | "u8"}`;

/** The source of every function. */
export const library: { readonly [K in FunctionName]: LibraryFunction } = {
  // Comparisons with NaN may be optimised away, bits may not.
  is_nan: {
    source: `fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }`,
  },
  is_finite: {
    source: `fn is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }`,
  },
  // Constant expressions may be neither infinite nor NaN, so the bits come from a variable.
  quiet_nan: {
    source: `var<private> nan_bits: u32 = 0x7fc00000u;
fn quiet_nan() -> f32 { return bitcast<f32>(nan_bits); }`,
  },
  infinity: {
    source: `var<private> infinity_bits: u32 = 0x7f800000u;
fn infinity() -> f32 { return bitcast<f32>(infinity_bits); }`,
  },
  max_nan: {
    uses: ["is_nan"],
    source: `fn max_nan(a: f32, b: f32) -> f32 { return select(select(b, a, a > b || is_nan(a)), b, is_nan(b)); }`,
  },
  min_nan: {
    uses: ["is_nan"],
    source: `fn min_nan(a: f32, b: f32) -> f32 { return select(select(b, a, a < b || is_nan(a)), b, is_nan(b)); }`,
  },
  is_nan_f16: {
    source: `fn is_nan_f16(x: f16) -> bool { return (bitcast<u32>(vec2<f16>(x, 0h)) & 0x7fffu) > 0x7c00u; }`,
  },
  max_nan_f16: {
    uses: ["is_nan_f16"],
    source: `fn max_nan_f16(a: f16, b: f16) -> f16 { return select(select(b, a, a > b || is_nan_f16(a)), b, is_nan_f16(b)); }`,
  },
  min_nan_f16: {
    uses: ["is_nan_f16"],
    source: `fn min_nan_f16(a: f16, b: f16) -> f16 { return select(select(b, a, a < b || is_nan_f16(a)), b, is_nan_f16(b)); }`,
  },
  sign_nan: {
    source: `fn sign_nan(x: f32) -> f32 { return select(select(x, -1f, x < 0f), 1f, x > 0f); }`,
  },
  // Moshier, Cephes Mathematical Library, expf: x = n log 2 + r, |r| <= log(2)/2, polynomial of degree 6 in r.
  exp_f32: {
    uses: ["is_nan", "infinity"],
    source: `fn exp_f32(x: f32) -> f32 {
  let y = clamp(x, -104f, 89f);
  let n = floor(y * 1.44269504088896341f + 0.5f);
  let r = (y - n * 0.693359375f) + n * 2.12194440e-4f;
  var p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  let e = p * r * r + r + 1f;
  // Two factors, as 2^n alone may leave the range of normal numbers.
  let half = i32(n) / 2i;
  let scaled = e * bitcast<f32>(u32(half + 127i) << 23u) * bitcast<f32>(u32(i32(n) - half + 127i) << 23u);
  let bounded = select(select(scaled, 0f, x < -104f), infinity(), x > 88.8f);
  return select(bounded, x, is_nan(x));
}`,
  },
  // Moshier, Cephes Mathematical Library, logf: x = m 2^e, m in [sqrt(1/2), sqrt(2)), polynomial in m - 1.
  log_f32: {
    uses: ["is_nan", "infinity", "quiet_nan"],
    source: `fn log_f32(x: f32) -> f32 {
  let is_small = x < 1.17549435e-38f;
  let bits = bitcast<u32>(select(x, x * 8388608f, is_small));
  var e = f32(i32(bits >> 23u) - 126i) - select(0f, 23f, is_small);
  var m = bitcast<f32>((bits & 0x007fffffu) | 0x3f000000u);
  let is_low = m < 0.707106781186547524f;
  e -= select(0f, 1f, is_low);
  m = select(m, m + m, is_low) - 1f;
  let z = m * m;
  var p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  let y = (p * m * z + e * -2.12194440e-4f) - 0.5f * z;
  let value = (m + y) + e * 0.693359375f;
  let positive = select(value, x, bitcast<u32>(x) >= 0x7f800000u);
  let zero = select(positive, -infinity(), x == 0f);
  return select(select(zero, quiet_nan(), x < 0f), x, is_nan(x));
}`,
  },
  // Moshier, Cephes Mathematical Library, tanhf: a polynomial below 0.625, where 1 - 2 / (e^2x + 1) would cancel.
  tanh_f32: {
    uses: ["exp_f32"],
    source: `fn tanh_f32(x: f32) -> f32 {
  let z = x * x;
  var p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  let low = p * z * x + x;
  let high = 1f - 2f / (exp_f32(2f * abs(x)) + 1f);
  return select(low, select(high, -high, x < 0f), abs(x) >= 0.625f);
}`,
  },
  sigmoid_f32: {
    uses: ["exp_f32"],
    source: `fn sigmoid_f32(x: f32) -> f32 { return 1f / (1f + exp_f32(-x)); }`,
  },
  // Below 1 the series of Abramowitz and Stegun (1964, 7.1.6) to 11 terms; above, erfc of Press et al., Numerical Recipes
  // (1992), section 6.2, fractional error below 1.2e-7.
  erf_f32: {
    uses: ["exp_f32", "is_nan"],
    source: `fn erf_f32(x: f32) -> f32 {
  let z = x * x;
  var term = x;
  var series = x;
  for (var n = 1; n <= 11; n++) {
    term *= 2f * z / f32(2 * n + 1);
    series += term;
  }
  let low = 1.12837916709551257f * exp_f32(-z) * series;
  let a = min(abs(x), 10f);
  let t = 1f / (1f + 0.5f * a);
  var p = 0.17087277f;
  p = p * t - 0.82215223f;
  p = p * t + 1.48851587f;
  p = p * t - 1.13520398f;
  p = p * t + 0.27886807f;
  p = p * t - 0.18628806f;
  p = p * t + 0.09678418f;
  p = p * t + 0.37409196f;
  p = p * t + 1.00002368f;
  p = p * t - 1.26551223f;
  let high = 1f - t * exp_f32(p - a * a);
  let value = select(low, select(high, -high, x < 0f), abs(x) >= 1f);
  return select(value, x, is_nan(x));
}`,
  },
  // Special cases of IEEE 754-2019, section 9.2.1.
  pow_f32: {
    uses: ["exp_f32", "log_f32", "is_nan", "is_finite", "quiet_nan", "infinity"],
    source: `fn pow_f32(a: f32, b: f32) -> f32 {
  if (a == 1f || b == 0f) { return 1f; }
  if (is_nan(a) || is_nan(b)) { return quiet_nan(); }
  if (a == -1f && !is_finite(b)) { return 1f; }
  let is_whole = floor(b) == b;
  let is_odd = is_whole && abs(b) < 16777216f && (i32(clamp(b, -16777216f, 16777216f)) & 1i) != 0i;
  let magnitude_base = abs(a);
  var magnitude: f32;
  if (magnitude_base == 0f) {
    magnitude = select(0f, infinity(), b < 0f);
  } else if (!is_finite(b) || !is_finite(magnitude_base)) {
    let grows = (magnitude_base > 1f) == (b > 0f);
    magnitude = select(0f, infinity(), grows);
  } else if (is_whole && abs(b) <= 64f) {
    // Whole exponents by squaring: exact where the result is.
    var factor = magnitude_base;
    var count = u32(abs(b));
    magnitude = 1f;
    while (count > 0u) {
      if ((count & 1u) != 0u) { magnitude *= factor; }
      factor *= factor;
      count = count >> 1u;
    }
    if (b < 0f) { magnitude = 1f / magnitude; }
  } else if (abs(b) == 0.5f) {
    magnitude = sqrt(magnitude_base);
    if (b < 0f) { magnitude = 1f / magnitude; }
  } else {
    magnitude = exp_f32(b * log_f32(magnitude_base));
  }
  if (a < 0f && !is_whole && is_finite(b) && is_finite(a)) { return quiet_nan(); }
  return select(magnitude, -magnitude, is_odd && (bitcast<u32>(a) & 0x80000000u) != 0u);
}`,
  },
  // x = n pi/2 + r in three parts of pi/2 (Cody and Waite, 1980): accurate for |x| up to some thousands.
  reduce_angle: {
    source: `fn reduce_angle(x: f32) -> vec2<f32> {
  let n = floor(x * 0.636619772367581343f + 0.5f);
  let r = ((x - n * 1.5703125f) - n * 4.837512969970703125e-4f) - n * 7.54978995489188216e-8f;
  return vec2<f32>(r, n);
}`,
  },
  // Polynomials of Moshier, Cephes Mathematical Library, sinf and cosf, on [-pi/4, pi/4].
  sin_f32: {
    uses: ["reduce_angle"],
    source: `fn sin_f32(x: f32) -> f32 {
  let reduced = reduce_angle(x);
  let r = reduced.x;
  let z = r * r;
  let s = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * r + r;
  let c = ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z - 0.5f * z + 1f;
  let quadrant = i32(reduced.y) & 3i;
  let value = select(s, c, (quadrant & 1i) != 0i);
  return select(value, -value, (quadrant & 2i) != 0i);
}`,
  },
  cos_f32: {
    uses: ["reduce_angle"],
    source: `fn cos_f32(x: f32) -> f32 {
  let reduced = reduce_angle(x);
  let r = reduced.x;
  let z = r * r;
  let s = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * r + r;
  let c = ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z - 0.5f * z + 1f;
  let quadrant = (i32(reduced.y) + 1i) & 3i;
  let value = select(s, c, (quadrant & 1i) != 0i);
  return select(value, -value, (quadrant & 2i) != 0i);
}`,
  },
  wrap_i8: { source: `fn wrap_i8(x: i32) -> i32 { return (x << 24u) >> 24u; }` },
  wrap_u8: { source: `fn wrap_u8(x: i32) -> i32 { return x & 255i; }` },
  to_i32: {
    source: `fn to_i32(x: f32) -> i32 { return i32(clamp(x, -2147483648f, 2147483520f)); }`,
  },
  // Byte j of word i becomes byte i of word j.
  transpose_bytes: {
    source: `fn transpose_bytes(words: vec4<u32>) -> vec4<u32> {
  let low = words & vec4<u32>(0x00ff00ffu);
  let high = (words >> vec4<u32>(8u)) & vec4<u32>(0x00ff00ffu);
  let even = low.xz | (low.yw << vec2<u32>(8u));
  let odd = high.xz | (high.yw << vec2<u32>(8u));
  let first = vec2<u32>(even.x, odd.x);
  let second = vec2<u32>(even.y, odd.y);
  return vec4<u32>(
    (first & vec2<u32>(0xffffu)) | (second << vec2<u32>(16u)),
    (first >> vec2<u32>(16u)) | (second & vec2<u32>(0xffff0000u)),
  );
}`,
  },
  // Products of a word of four bytes with four words, each summed over the bytes. Of different signs, u less 128 is an i8:
  // u s = (u - 128) s + 128 s.
  dots_i8_i8: {
    source: `fn dots_i8_i8(a: u32, b: vec4<u32>) -> vec4<i32> {
  return vec4<i32>(dot4I8Packed(a, b.x), dot4I8Packed(a, b.y), dot4I8Packed(a, b.z), dot4I8Packed(a, b.w));
}`,
  },
  dots_u8_u8: {
    source: `fn dots_u8_u8(a: u32, b: vec4<u32>) -> vec4<i32> {
  return vec4<i32>(vec4<u32>(dot4U8Packed(a, b.x), dot4U8Packed(a, b.y), dot4U8Packed(a, b.z), dot4U8Packed(a, b.w)));
}`,
  },
  dots_u8_i8: {
    uses: ["dots_i8_i8"],
    source: `fn dots_u8_i8(a: u32, b: vec4<u32>) -> vec4<i32> {
  return dots_i8_i8(a ^ 0x80808080u, b) - dots_i8_i8(0x80808080u, b);
}`,
  },
  dots_i8_u8: {
    uses: ["dots_i8_i8"],
    source: `fn dots_i8_u8(a: u32, b: vec4<u32>) -> vec4<i32> {
  return dots_i8_i8(a, b ^ vec4<u32>(0x80808080u)) - vec4<i32>(dot4I8Packed(a, 0x80808080u));
}`,
  },
  // Threefry-2x32 with 20 rounds (Salmon et al., 2011); the numbers of random/threefry.ts in core, bit for bit.
  threefry_uniform: {
    source: `fn threefry_uniform(key0: u32, key1: u32, element: u32) -> f32 {
  let key2 = 0x1bd11bdau ^ key0 ^ key1;
  let schedule = array<u32, 3>(key0, key1, key2);
  let distances = array<u32, 8>(13u, 15u, 26u, 6u, 17u, 29u, 16u, 24u);
  var x0 = (element >> 1u) + key0;
  var x1 = key1;
  for (var r = 0u; r < 20u; r++) {
    let distance = distances[r & 7u];
    x0 += x1;
    x1 = ((x1 << distance) | (x1 >> (32u - distance))) ^ x0;
    if ((r & 3u) == 3u) {
      let injection = (r + 1u) >> 2u;
      x0 += schedule[injection % 3u];
      x1 += schedule[(injection + 1u) % 3u] + injection;
    }
  }
  return f32(select(x0, x1, (element & 1u) != 0u) >> 8u) * 5.9604644775390625e-8f;
}`,
  },
};

/** The sources of functions and of all that they call, each once, callees first. */
export function sourcesOf(names: Iterable<FunctionName>): readonly Wgsl[] {
  const sources = new Map<FunctionName, Wgsl>();
  const add = (name: FunctionName): void => {
    if (sources.has(name)) return;
    const { uses = [], source } = library[name];
    for (const used of uses) add(used);
    sources.set(name, source);
  };
  for (const name of names) add(name);
  return [...sources.values()];
}
