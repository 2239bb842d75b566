// Repeated operands of elementwise ops: the op runs on the originals, repeating happens by broadcasting or afterwards.
import { broadcastTo } from "../../functional.ts";
import { broadcastShapes, sameShape, type Shape } from "../../graph/shape.ts";
import { emitOp } from "../rewrite.ts";
import { producer, type AlgebraRule } from "./match.ts";

/** Ops that work element by element and broadcast their operands by themselves. */
export const elementwiseOps: ReadonlySet<string> = new Set([
  ...["neg", "abs", "sign", "reciprocal", "exp", "log", "sqrt", "rsqrt", "sin", "cos", "tanh"],
  ...["sigmoid", "erf", "floor", "ceil", "round", "isFinite", "not", "cast"],
  ...["add", "sub", "mul", "div", "pow", "maximum", "minimum", "and", "or"],
  ...["equal", "less", "greater", "select"],
]);

/** f(broadcastTo(x), y) -> f(x, y), followed by one broadcastTo if f's result would be smaller. */
export const dropBroadcasts: AlgebraRule = ({ node, inputs, builder }) => {
  if (!elementwiseOps.has(node.op)) return undefined;
  const sources = inputs.map(
    (input) => producer(builder, input, "broadcastTo")?.inputs[0] ?? input,
  );
  if (sources.every((source, i) => source === inputs[i])) return undefined;
  const shape = sources.reduce<Shape>(
    (joined, source) => broadcastShapes(node.op, joined, source.shape),
    [],
  );
  const result = emitOp(builder, node, sources);
  return sameShape(shape, node.type.shape) ? result : broadcastTo(result, node.type.shape);
};
