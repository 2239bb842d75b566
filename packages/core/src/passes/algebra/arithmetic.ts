// Identities of arithmetic and logic.
//
// What they may change: the sign of a zero (x + 0 -> x) and, where two constant factors merge, the last bit. What they
// keep: NaN and infinities. So x * 0 is 0 for integers only, x - x and x / x stay, and a factor that would overflow or
// underflow is not merged.
import { add, cast, mul, neg, sub } from "../../functional.ts";
import { isFloat, type DType } from "../../graph/dtype.ts";
import { fitTo, knownNumber, producer, type AlgebraRule } from "./match.ts";

/** x + 0 and 0 + x -> x; x + -y -> x - y. */
export const simplifyAdd: AlgebraRule = ({ node, inputs: [a, b], builder }) => {
  if (node.op !== "add" || a === undefined || b === undefined) return undefined;
  if (knownNumber(builder, a) === 0) return fitTo(b, node.type);
  if (knownNumber(builder, b) === 0) return fitTo(a, node.type);
  const negatedB = producer(builder, b, "neg")?.inputs[0];
  if (negatedB !== undefined) return sub(a, negatedB);
  const negatedA = producer(builder, a, "neg")?.inputs[0];
  return negatedA === undefined ? undefined : sub(b, negatedA);
};

/** x - 0 -> x; x - -y -> x + y. */
export const simplifySub: AlgebraRule = ({ node, inputs: [a, b], builder }) => {
  if (node.op !== "sub" || a === undefined || b === undefined) return undefined;
  if (knownNumber(builder, b) === 0) return fitTo(a, node.type);
  const negated = producer(builder, b, "neg")?.inputs[0];
  return negated === undefined ? undefined : add(a, negated);
};

/** x * 1 -> x; x * -1 -> -x; integer x * 0 -> 0; (x * c) * d -> x * (c d); -x * c -> x * -c. */
export const simplifyMul: AlgebraRule = ({ node, inputs: [a, b], builder }) => {
  if (node.op !== "mul" || a === undefined || b === undefined) return undefined;
  const factorA = knownNumber(builder, a);
  const factorB = knownNumber(builder, b);
  const [x, factor] = factorB === undefined ? [b, factorA] : [a, factorB];
  if (factor === undefined) return undefined;
  if (factor === 1) return fitTo(x, node.type);
  if (factor === -1) return fitTo(neg(x), node.type);
  if (factor === 0 && !isFloat(x.dtype)) return fitTo(builder.scalar(0, x.dtype), node.type);
  const negated = producer(builder, x, "neg")?.inputs[0];
  if (negated !== undefined && isFloat(x.dtype)) return fitTo(mul(negated, -factor), node.type);
  const inner = producer(builder, x, "mul");
  if (inner === undefined || !isFloat(x.dtype)) return undefined;
  for (const [position, other] of inner.inputs.entries()) {
    const second = knownNumber(builder, other);
    const rest = inner.inputs[1 - position];
    if (second === undefined || rest === undefined || !isSafeFactor(factor * second, x.dtype))
      continue;
    return fitTo(mul(rest, factor * second), node.type);
  }
  return undefined;
};

/** x / 1 -> x; float x / 2^n -> x * 2^-n, which is exact. */
export const simplifyDiv: AlgebraRule = ({ node, inputs: [a, b], builder }) => {
  if (node.op !== "div" || a === undefined || b === undefined) return undefined;
  const divisor = knownNumber(builder, b);
  if (divisor === 1) return fitTo(a, node.type);
  if (divisor === undefined || !isFloat(a.dtype) || !isPowerOfTwo(Math.abs(divisor))) {
    return undefined;
  }
  return isSafeFactor(1 / divisor, a.dtype) ? fitTo(mul(a, 1 / divisor), node.type) : undefined;
};

/** x^1 -> x; x^2 -> x * x. */
export const simplifyPow: AlgebraRule = ({ node, inputs: [x, exponent], builder }) => {
  if (node.op !== "pow" || x === undefined || exponent === undefined) return undefined;
  const power = knownNumber(builder, exponent);
  if (power === 1) return fitTo(x, node.type);
  return power === 2 ? fitTo(mul(x, x), node.type) : undefined;
};

/** -(-x) -> x; -(x * c) -> x * -c; -(a - b) -> b - a. */
export const simplifyNeg: AlgebraRule = ({ node, inputs: [x], builder }) => {
  if (node.op !== "neg" || x === undefined) return undefined;
  const [negated] = producer(builder, x, "neg")?.inputs ?? [];
  if (negated !== undefined) return negated;
  const [minuend, subtrahend] = producer(builder, x, "sub")?.inputs ?? [];
  if (minuend !== undefined && subtrahend !== undefined) return sub(subtrahend, minuend);
  const [a, b] = producer(builder, x, "mul")?.inputs ?? [];
  if (a === undefined || b === undefined || !isFloat(x.dtype)) return undefined;
  const factor = knownNumber(builder, b);
  if (factor !== undefined) return fitTo(mul(a, -factor), node.type);
  const other = knownNumber(builder, a);
  return other === undefined ? undefined : fitTo(mul(b, -other), node.type);
};

/** not not x -> x; x and x, x or x, max(x, x), min(x, x) -> x; x and true, x or false -> x. */
export const simplifyLogic: AlgebraRule = ({ node, inputs: [a, b], builder }) => {
  if (a === undefined) return undefined;
  if (node.op === "not") return producer(builder, a, "not")?.inputs[0];
  const isIdempotent = ["and", "or", "maximum", "minimum"].includes(node.op);
  if (b === undefined || !isIdempotent) return undefined;
  if (a.id === b.id) return a;
  const neutral = node.op === "and" ? 1 : node.op === "or" ? 0 : undefined;
  if (neutral === undefined) return undefined;
  if (knownNumber(builder, b) === neutral) return fitTo(a, node.type);
  return knownNumber(builder, a) === neutral ? fitTo(b, node.type) : undefined;
};

/** A choice with a known condition, or between a value and itself, is that branch. */
export const simplifySelect: AlgebraRule = ({ node, inputs: [condition, a, b], builder }) => {
  if (node.op !== "select" || condition === undefined || a === undefined || b === undefined) {
    return undefined;
  }
  if (a.id === b.id) return fitTo(a, node.type);
  const known = knownNumber(builder, condition);
  return known === undefined ? undefined : fitTo(known === 0 ? b : a, node.type);
};

/** A cast to the same dtype goes; a cast after one that loses nothing starts from the original. */
export const simplifyCast: AlgebraRule = ({ node, inputs: [x], builder }) => {
  if (node.op !== "cast" || x === undefined) return undefined;
  if (x.dtype === node.attrs.dtype) return x;
  const [source] = producer(builder, x, "cast")?.inputs ?? [];
  if (source === undefined || !holdsAll(x.dtype, source.dtype)) return undefined;
  return cast(source, node.attrs.dtype);
};

/** True if every value of `from` is a value of `to`. */
function holdsAll(to: DType, from: DType): boolean {
  const contained: { readonly [D in DType]: readonly DType[] } = {
    f32: ["f32", "f16", "i8", "u8", "bool"],
    // binary16 has 11 significant bits: all integers up to 2048.
    f16: ["f16", "i8", "u8", "bool"],
    i32: ["i32", "i8", "u8", "bool"],
    i8: ["i8", "bool"],
    u8: ["u8", "bool"],
    bool: ["bool"],
  };
  return contained[to].includes(from);
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}

/** True if a factor is a normal number of the dtype, so that multiplying by it once rounds once. */
function isSafeFactor(factor: number, dtype: DType): boolean {
  const magnitude = Math.abs(factor);
  const [smallest, largest] = dtype === "f16" ? [2 ** -14, 65504] : [2 ** -126, 2 ** 127];
  return magnitude >= smallest && magnitude <= largest;
}
