// Random numbers and collectives as functions.
import type { Shape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import type { AllReduceAttrs } from "../ops/all-reduce.ts";

/** f32 numbers in [0, 1) from a key i32[2]; the same bits on every backend, see random/threefry.ts. */
export const randomUniform = (key: Value, shape: Shape): Value =>
  key.emitter.op("randomUniform", [key], { shape });

/** Combines x over the ranks of a group; every rank gets the result. The identity on one device. */
export const allReduce = (
  x: Value,
  group: string,
  reduction: AllReduceAttrs["reduction"] = "sum",
): Value => x.emitter.op("allReduce", [x], { group, reduction });

/** Hands x to rank `to` under `tag`; the value here is x itself. */
export const send = (x: Value, to: number, tag: string): Value =>
  x.emitter.op("send", [x], { to, tag });

/** What rank `from` sent under `tag`, of the type of x. On one device x itself. */
export const recv = (x: Value, from: number, tag: string): Value =>
  x.emitter.op("recv", [x], { from, tag });
