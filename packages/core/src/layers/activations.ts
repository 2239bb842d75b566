// Activation functions by name, as used by the `activation` option of layers and by the activation layer.
import {
  abs,
  add,
  clip,
  div,
  elu as eluOf,
  exp,
  gelu as geluOf,
  geluTanh as geluTanhOf,
  hardSigmoid as hardSigmoidOf,
  hardSwish as hardSwishOf,
  leakyRelu as leakyReluOf,
  logSoftmax as logSoftmaxOf,
  mish as mishOf,
  relu as reluOf,
  selu as seluOf,
  sigmoid as sigmoidOf,
  silu as siluOf,
  softmax as softmaxOf,
  softplus as softplusOf,
  tanh as tanhOf,
} from "../functional.ts";
import type { Value } from "../graph/value.ts";
import { asNamed, configureNamed, type Configurable, type ConfigReader } from "../model/config.ts";
import type { LayerContext } from "./layer.ts";

/** An activation; most need only the value, softmax and sigmoid tell the context what they were applied to. */
export type Activation = (x: Value, context: LayerContext) => Value;

/** Reads an activation given by name or object; absent or null means the identity. */
export function readActivation(read: ConfigReader, key = "activation"): Activation {
  const value = read.raw(key);
  if (value === undefined || value === null) return (x) => x;
  return configureNamed(`${read.where}: ${key}`, activations, asNamed(read, key, value));
}

function plain(apply: (x: Value) => Value): Configurable<Activation> {
  return { configure: () => apply };
}

function withAlpha(
  fallback: number,
  apply: (x: Value, alpha: number) => Value,
): Configurable<Activation> {
  return {
    configure: (read) => {
      const alpha = read.number("alpha", fallback);
      return (x) => apply(x, alpha);
    },
  };
}

const sigmoid: Configurable<Activation> = {
  configure: () => (x, context) => {
    const output = sigmoidOf(x);
    context.noteLogits(output, "sigmoid", x);
    return output;
  },
};

const softmax: Configurable<Activation> = {
  configure: (read) => {
    const axis = read.integer("axis", -1);
    return (x, context) => {
      const rank = x.shape.length;
      const output = softmaxOf(x, axis < 0 ? axis + rank : axis);
      if (axis === -1 || axis === rank - 1) context.noteLogits(output, "softmax", x);
      return output;
    };
  },
};

const logSoftmax: Configurable<Activation> = {
  configure: (read) => {
    const axis = read.integer("axis", -1);
    return (x) => logSoftmaxOf(x, axis < 0 ? axis + x.shape.length : axis);
  },
};

/** max(0, min(1, x / 6 + 1/2)), with other `alpha` and `beta` on request. */
const hardSigmoid: Configurable<Activation> = {
  configure: (read) => {
    const alpha = read.number("alpha", 1 / 6);
    const beta = read.number("beta", 0.5);
    return (x) => hardSigmoidOf(x, alpha, beta);
  },
};

const silu = plain(siluOf);

/** The activations, by name. */
export const activations: Readonly<Record<string, Configurable<Activation>>> = {
  linear: plain((x) => x),
  relu: plain(reluOf),
  relu6: plain((x) => clip(x, 0, 6)),
  leakyRelu: withAlpha(0.2, leakyReluOf),
  elu: withAlpha(1, eluOf),
  selu: plain(seluOf),
  gelu: plain(geluOf),
  geluTanh: plain(geluTanhOf),
  silu,
  swish: silu,
  softplus: plain(softplusOf),
  softsign: plain((x) => div(x, add(1, abs(x)))),
  hardSigmoid,
  hardSwish: plain(hardSwishOf),
  mish: plain(mishOf),
  tanh: plain(tanhOf),
  sigmoid,
  exponential: plain(exp),
  softmax,
  logSoftmax,
};
