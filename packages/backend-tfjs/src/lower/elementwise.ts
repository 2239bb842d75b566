// Elementwise primitives. Operands keep the layout of the largest of them, so that a chain of them between two
// convolutions moves nothing.
import { isFloat, sameShape } from "@fastgpu/core";
import type { Edge } from "../tape/tape.ts";
import type { TapeWriter } from "../tape/tape-writer.ts";
import {
  binaryKernel,
  castTo,
  reshaped,
  scalar,
  selected,
  spread,
  transposed,
  unaryKernel,
} from "./kernels.ts";
import {
  lastShape,
  toLast,
  type Layout,
  type Lowering,
  type LoweringContext,
  type LoweringOf,
} from "./lowering.ts";

type Formula<A> = (tape: TapeWriter, edges: readonly Edge[], context: LoweringContext<A>) => Edge;

/** A lowering that works on elements and not on places. */
export function elementwise<A>(formula: Formula<A>): LoweringOf<A> {
  return (context) => {
    const layout = commonLayout(context);
    const edges = context.inputs.map((_, i) => inLayout(context, i, layout));
    return { edge: formula(context.tape, edges, context), layout };
  };
}

const unary = (kernel: string): LoweringOf<unknown> =>
  elementwise((tape, [x]) => unaryKernel(tape, kernel, x!));

const binary = (kernel: string): LoweringOf<unknown> =>
  elementwise((tape, [a, b]) => binaryKernel(tape, kernel, a!, b!));

/** Comparisons do not take bools on all engines; as numbers they compare the same. */
const comparison = (kernel: string): LoweringOf<unknown> =>
  elementwise((tape, [a, b], { types }) => {
    const isBool = types[0]!.dtype === "bool";
    const [x, y] = [a!, b!].map((edge) => (isBool ? castTo(tape, edge, "int32") : edge));
    return binaryKernel(tape, kernel, x!, y!, "bool");
  });

/** The wasm kernels lose a NaN in the second operand; a constant that has none may go there. */
function extreme(kernel: "Maximum" | "Minimum"): LoweringOf<unknown> {
  return elementwise((tape, [a, b], { output, traits }) => {
    const isPlain = !isFloat(output.dtype) || traits.propagatesNaN;
    if (isPlain || isNaNFree(tape, b!)) return binaryKernel(tape, kernel, a!, b!);
    if (isNaNFree(tape, a!)) return binaryKernel(tape, kernel, b!, a!);
    const { shape } = tape.typeOf(binaryKernel(tape, kernel, a!, b!));
    const second = spread(tape, b!, shape);
    const isNaN = unaryKernel(tape, "IsNan", second, {}, "bool");
    return selected(tape, isNaN, second, binaryKernel(tape, kernel, a!, b!));
  });
}

function isNaNFree(tape: TapeWriter, edge: Edge): boolean {
  return tape.constantAt(edge)?.every((value) => !Number.isNaN(value)) ?? false;
}

function minus(tape: TapeWriter, x: Edge): Edge {
  return binaryKernel(tape, "Sub", scalar(tape, 0, "int32"), x);
}

/** -x; the kernels take integers through floats, which cannot hold all of them. */
export const neg: Lowering<"neg"> = elementwise((tape, [x], { output }) =>
  isFloat(output.dtype) ? unaryKernel(tape, "Neg", x!) : minus(tape, x!),
);
/** |x|; see neg. */
export const abs: Lowering<"abs"> = elementwise((tape, [x], { output }) =>
  isFloat(output.dtype)
    ? unaryKernel(tape, "Abs", x!)
    : binaryKernel(tape, "Maximum", x!, minus(tape, x!)),
);
/** Sign of x; the kernels take NaN for 0. */
export const sign: Lowering<"sign"> = elementwise((tape, [x], { output }) => {
  const result = unaryKernel(tape, "Sign", x!);
  if (!isFloat(output.dtype)) return result;
  return selected(tape, unaryKernel(tape, "IsNan", x!, {}, "bool"), x!, result);
});
/** 1/x. */
export const reciprocal: Lowering<"reciprocal"> = unary("Reciprocal");
/** e^x. */
export const exp: Lowering<"exp"> = unary("Exp");
/** Natural logarithm. */
export const log: Lowering<"log"> = unary("Log");
/** Square root. */
export const sqrt: Lowering<"sqrt"> = unary("Sqrt");
/** 1/sqrt(x). */
export const rsqrt: Lowering<"rsqrt"> = unary("Rsqrt");
/** Sine. */
export const sin: Lowering<"sin"> = unary("Sin");
/** Cosine. */
export const cos: Lowering<"cos"> = unary("Cos");
/** Hyperbolic tangent. */
export const tanh: Lowering<"tanh"> = unary("Tanh");
/** 1/(1 + e^-x). */
export const sigmoid: Lowering<"sigmoid"> = unary("Sigmoid");
/** Error function. */
export const erf: Lowering<"erf"> = unary("Erf");
/** Largest integer <= x. */
export const floor: Lowering<"floor"> = unary("Floor");
/** Smallest integer >= x. */
export const ceil: Lowering<"ceil"> = unary("Ceil");
/** Nearest integer, halves to even. */
export const round: Lowering<"round"> = unary("Round");
/** Neither NaN nor infinite. */
export const isFinite: Lowering<"isFinite"> = elementwise((tape, [x]) =>
  unaryKernel(tape, "IsFinite", x!, {}, "bool"),
);
/** Logical negation. */
export const not: Lowering<"not"> = unary("LogicalNot");
/** a + b. */
export const add: Lowering<"add"> = binary("Add");
/** a - b. */
export const sub: Lowering<"sub"> = binary("Sub");
/** a b. */
export const mul: Lowering<"mul"> = binary("Multiply");
/** a / b. */
export const div: Lowering<"div"> = binary("RealDiv");
/** a^b. */
export const pow: Lowering<"pow"> = binary("Pow");
/** Larger of both. */
export const maximum: Lowering<"maximum"> = extreme("Maximum");
/** Smaller of both. */
export const minimum: Lowering<"minimum"> = extreme("Minimum");
/** Logical and. */
export const and: Lowering<"and"> = binary("LogicalAnd");
/** Logical or. */
export const or: Lowering<"or"> = binary("LogicalOr");
/** a = b, as bool. */
export const equal: Lowering<"equal"> = comparison("Equal");
/** a < b, as bool; false is below true. */
export const less: Lowering<"less"> = comparison("Less");
/** a > b, as bool; false is below true. */
export const greater: Lowering<"greater"> = comparison("Greater");

/** condition ? a : b; the kernel does not broadcast. */
export const select: Lowering<"select"> = (context) => {
  const layout = commonLayout(context);
  const { tape, output } = context;
  const shape = layout === "rows" ? output.shape : lastShape(output.shape);
  const [condition, a, b] = context.inputs.map((_, i) =>
    spread(tape, inLayout(context, i, layout), shape),
  );
  const isBool = output.dtype === "bool";
  const [t, e] = [a!, b!].map((edge) => (isBool ? castTo(tape, edge, "int32") : edge));
  const result = selected(tape, condition!, t!, e!);
  return { edge: isBool ? castTo(tape, result, "bool") : result, layout };
};

/** Conversion between dtypes. */
export const cast: Lowering<"cast"> = elementwise((tape, [x], { types, output }) => {
  const [from, to] = [types[0]!.dtype, output.dtype];
  if (to === "bool") {
    if (from === "bool") return x!;
    const zero = scalar(tape, 0, isFloat(from) ? "float32" : "int32");
    return binaryKernel(tape, "NotEqual", x!, zero, "bool");
  }
  return castTo(tape, x!, isFloat(to) ? "float32" : "int32");
});

/** Channels last if an operand of the result's shape lies so. */
function commonLayout({ inputs, output }: LoweringContext<unknown>): Layout {
  const isLast = inputs.some(
    ({ layout, type }) => layout === "channelsLast" && sameShape(type.shape, output.shape),
  );
  return isLast ? "channelsLast" : "rows";
}

function inLayout(context: LoweringContext<unknown>, position: number, layout: Layout): Edge {
  const { tape, inputs, output } = context;
  const operand = inputs[position]!;
  const { shape } = operand.type;
  const rank = output.shape.length;
  if (layout === "rows") return operand.in("rows");
  if (shape.length === rank) return operand.in("channelsLast");
  if (shape.length === 0) return operand.in("rows");
  const aligned = [...output.shape.slice(shape.length).map(() => 1), ...shape];
  return transposed(tape, reshaped(tape, operand.in("rows"), aligned), toLast(rank));
}
