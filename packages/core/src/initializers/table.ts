// The initializers, by name, with their sources. Variance-scaling ones differ in fan, factor and distribution only.
import { sizeOf, type Shape } from "../graph/shape.ts";
import type { Configurable } from "../model/config.ts";
import type { Initializer, InitialTensor } from "./initializer.ts";
import { orthogonalMatrix } from "./orthogonal.ts";
import type { RandomStream } from "./random-stream.ts";

type Definition = Configurable<Initializer>;

/** All 0. */
export const zeros: Definition = {
  configure: () => (tensor) => new Float64Array(sizeOf(tensor.shape)),
};

/** All 1. */
export const ones: Definition = {
  configure: () => (tensor) => new Float64Array(sizeOf(tensor.shape)).fill(1),
};

/** All `value`; default 0. */
export const constant: Definition = {
  configure: (read) => {
    const value = read.number("value", 0);
    return (tensor) => new Float64Array(sizeOf(tensor.shape)).fill(value);
  },
};

/** Uniform in (min, max); default (-0.05, 0.05). */
export const uniform: Definition = {
  configure: (read) => {
    const min = read.number("min", -0.05);
    const max = read.number("max", 0.05, { min });
    return (tensor, random) => draw(tensor.shape, () => min + (max - min) * random.uniform());
  },
};

/** Normal with `mean` and `stddev`; default 0 and 0.05. */
export const normal: Definition = {
  configure: (read) => {
    const mean = read.number("mean", 0);
    const stddev = read.number("stddev", 0.05, { min: 0 });
    return (tensor, random) => draw(tensor.shape, () => mean + stddev * random.normal());
  },
};

/** Normal with values beyond two `stddev` drawn again; the result's own deviation is 0.8796 of `stddev`. */
export const truncatedNormal: Definition = {
  configure: (read) => {
    const mean = read.number("mean", 0);
    const stddev = read.number("stddev", 0.05, { min: 0 });
    return (tensor, random) => draw(tensor.shape, () => mean + stddev * truncated(random));
  },
};

/** Variance 2 / (fanIn + fanOut), uniform: Glorot and Bengio 2010, equation 16. */
export const glorotUniform: Definition = scaling("uniform", (t) => 2 / (t.fanIn + t.fanOut));

/** Variance 2 / (fanIn + fanOut), truncated normal: Glorot and Bengio 2010, equation 12. */
export const glorotNormal: Definition = scaling("normal", (t) => 2 / (t.fanIn + t.fanOut));

/** Variance 2 / fanIn, uniform: He et al. 2015, equation 10. */
export const heUniform: Definition = scaling("uniform", (t) => 2 / t.fanIn);

/** Variance 2 / fanIn, truncated normal: He et al. 2015, equation 10. */
export const heNormal: Definition = scaling("normal", (t) => 2 / t.fanIn);

/** Variance 1 / fanIn, uniform: LeCun et al. 1998, Efficient BackProp, equation 16. */
export const lecunUniform: Definition = scaling("uniform", (t) => 1 / t.fanIn);

/** Variance 1 / fanIn, truncated normal: LeCun et al. 1998, Efficient BackProp, equation 16. */
export const lecunNormal: Definition = scaling("normal", (t) => 1 / t.fanIn);

/**
 * Rows or columns, whichever are fewer, are orthonormal, times `gain` (default 1): Saxe et al. 2014. The tensor is
 * taken as a matrix of its first axis by all others, but a matrix [k, n] as it is.
 */
export const orthogonal: Definition = {
  configure: (read) => {
    const gain = read.number("gain", 1);
    return ({ shape }, random) => {
      const rows = shape[0] ?? 1;
      const columns = rows === 0 ? 0 : sizeOf(shape) / rows;
      return orthogonalMatrix(rows, columns, () => random.normal()).map((value) => gain * value);
    };
  },
};

/** Standard deviation of a standard normal cut at +-2: sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)). */
const truncatedDeviation = 0.8796256610342398;

function scaling(
  distribution: "uniform" | "normal",
  variance: (tensor: InitialTensor) => number,
): Definition {
  return {
    configure: () => (tensor, random) => {
      const deviation = Math.sqrt(variance(tensor));
      // A uniform number in (-a, a) has variance a^2 / 3.
      const limit = Math.sqrt(3) * deviation;
      return distribution === "uniform"
        ? draw(tensor.shape, () => limit * (2 * random.uniform() - 1))
        : draw(tensor.shape, () => (deviation / truncatedDeviation) * truncated(random));
    },
  };
}

function truncated(random: RandomStream): number {
  let value = random.normal();
  while (Math.abs(value) > 2) value = random.normal();
  return value;
}

function draw(shape: Shape, next: () => number): Float64Array {
  return Float64Array.from({ length: sizeOf(shape) }, next);
}
