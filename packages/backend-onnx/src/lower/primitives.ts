// The lowering of every primitive, by name. The mapped type makes a primitive without one a compile error.
import type { PrimitiveName } from "@fastgpu/core";
import { passOn } from "./collectives.ts";
import { conv, convFilterGrad, convInputGrad } from "./conv.ts";
import * as elementwise from "./elementwise.ts";
import type { Lowering } from "./lowering.ts";
import { matmul } from "./matmul.ts";
import {
  broadcastTo,
  concat,
  gather,
  iota,
  pad,
  reshape,
  reverse,
  scatterAdd,
  slice,
  transpose,
} from "./movement.ts";
import { avgPool, avgPoolGrad, maxPool, maxPoolGrad } from "./pool.ts";
import { randomUniform } from "./random.ts";
import { argMax, reduceMax, reduceMin, reduceProd, reduceSum } from "./reductions.ts";

/** Lowerings of the primitives. */
export const primitiveLowerings: { readonly [K in PrimitiveName]: Lowering<K> } = {
  ...elementwise,
  reshape,
  transpose,
  broadcastTo,
  slice,
  pad,
  concat,
  gather,
  scatterAdd,
  reverse,
  iota,
  reduceSum,
  reduceMax,
  reduceMin,
  reduceProd,
  argMax,
  matmul,
  conv,
  convInputGrad,
  convFilterGrad,
  maxPool,
  maxPoolGrad,
  avgPool,
  avgPoolGrad,
  randomUniform,
  allReduce: passOn,
  send: passOn,
  recv: passOn,
};
