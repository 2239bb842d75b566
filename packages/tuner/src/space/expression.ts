// Constraints and formulas as text: a small expression language over parameter names. The parser is a library (jsep); the evaluator
// walks a closed set of nodes, so that a suite file of a stranger can compute with numbers and nothing else.
import { UsageError } from "@fastgpu/core";
import jsep from "jsep";
import type { Configuration, PredicateConstraint } from "./declaration.ts";

type Operand = string | number | boolean | readonly number[];
type Evaluate = (configuration: Configuration) => Operand;

const binary: Readonly<Record<string, (a: Operand, b: Operand) => Operand>> = {
  "+": (a, b) => Number(a) + Number(b),
  "-": (a, b) => Number(a) - Number(b),
  "*": (a, b) => Number(a) * Number(b),
  "/": (a, b) => Number(a) / Number(b),
  "%": (a, b) => Number(a) % Number(b),
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "===": (a, b) => a === b,
  "!==": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

const calls: Readonly<Record<string, (...values: readonly Operand[]) => Operand>> = {
  min: (...values) => Math.min(...values.flat().map(Number)),
  max: (...values) => Math.max(...values.flat().map(Number)),
  sum: (...values) =>
    values
      .flat()
      .map(Number)
      .reduce((a, b) => a + b, 0),
  abs: (value) => Math.abs(Number(value)),
  floor: (value) => Math.floor(Number(value)),
  ceil: (value) => Math.ceil(Number(value)),
  log2: (value) => Math.log2(Number(value)),
  pow: (base, exponent) => Number(base) ** Number(exponent),
  oneOf: (value, ...values) => values.includes(value),
};

const maximumLength = 2000;

/**
 * A constraint from text. Operators: + - * / % == != < <= > >= && || ! ?: and indexing (`split[0]`); functions: min, max,
 * sum, abs, floor, ceil, log2, pow, oneOf(value, a, b, ...).
 *
 * @param names - parameters that the text may name
 * @throws {UsageError} for text that does not parse or names something else
 */
export function parseConstraint(text: string, names: ReadonlySet<string>): PredicateConstraint {
  const { evaluate, uses } = parse(text, "constraint", names);
  return {
    name: text,
    uses,
    holds: (configuration) => Boolean(evaluate(configuration)),
  };
}

/**
 * A number computed from parameters, in the language of {@link parseConstraint}; NaN where it reads an inactive one.
 *
 * @throws {UsageError} as that does
 */
export function parseFormula(
  text: string,
  names: ReadonlySet<string>,
): (configuration: Configuration) => number {
  const { evaluate } = parse(text, "formula", names);
  return (configuration) => Number(evaluate(configuration));
}

interface Parsed {
  readonly evaluate: Evaluate;
  readonly uses: readonly string[];
}

function parse(text: string, kind: Scope["kind"], names: ReadonlySet<string>): Parsed {
  const uses = new Set<string>();
  const scope: Scope = { text, kind, names, uses };
  if (text.length > maximumLength) {
    fail(
      { text: `${text.slice(0, 40)}...`, kind },
      `text must have at most ${maximumLength} characters`,
      `${text.length}`,
    );
  }
  let evaluate: Evaluate;
  try {
    evaluate = compile(jsep(text), scope);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return fail(
      scope,
      "must be an expression",
      error instanceof Error ? error.message : "an error",
    );
  }
  if (uses.size === 0) fail(scope, "must name a parameter", "none");
  return { evaluate, uses: [...uses] };
}

interface Scope {
  readonly text: string;
  readonly kind: "constraint" | "formula";
  readonly names: ReadonlySet<string>;
  readonly uses: Set<string>;
}

function compile(node: jsep.Expression, scope: Scope): Evaluate {
  switch (node.type) {
    case "Literal": {
      const { value } = node as jsep.Literal;
      if (typeof value === "object")
        fail(scope, "literals must be numbers, texts or booleans", "null");
      return () => value;
    }
    case "Identifier":
      return compileName((node as jsep.Identifier).name, scope);
    case "UnaryExpression":
      return compileUnary(node as jsep.UnaryExpression, scope);
    case "BinaryExpression":
    case "LogicalExpression":
      return compileBinary(node as jsep.BinaryExpression, scope);
    case "ConditionalExpression": {
      const { test, consequent, alternate } = node as jsep.ConditionalExpression;
      const [condition, yes, no] = [test, consequent, alternate].map((part) =>
        compile(part, scope),
      );
      return (configuration) =>
        condition!(configuration) ? yes!(configuration) : no!(configuration);
    }
    case "CallExpression":
      return compileCall(node as jsep.CallExpression, scope);
    case "MemberExpression": {
      const { object, property, computed } = node as jsep.MemberExpression;
      if (!computed) fail(scope, "a list must be read as name[0]", "a name after a point");
      const [list, index] = [compile(object, scope), compile(property, scope)];
      return (configuration) => itemOf(list(configuration), index(configuration));
    }
    default:
      return fail(scope, "must be one expression of numbers and names", node.type);
  }
}

function compileName(name: string, scope: Scope): Evaluate {
  const { names, uses } = scope;
  if (!names.has(name)) fail(scope, `names must be parameters (${[...names].join(", ")})`, name);
  uses.add(name);
  return (configuration) => configuration[name]!;
}

function compileUnary({ operator, argument }: jsep.UnaryExpression, scope: Scope): Evaluate {
  const inner = compile(argument, scope);
  if (operator === "-") return (configuration) => -Number(inner(configuration));
  if (operator === "+") return (configuration) => Number(inner(configuration));
  if (operator === "!") return (configuration) => !inner(configuration);
  return fail(scope, "operators must be those of the constraint language", operator);
}

function compileBinary({ operator, left, right }: jsep.BinaryExpression, scope: Scope): Evaluate {
  const [a, b] = [compile(left, scope), compile(right, scope)];
  if (operator === "&&") return (configuration) => Boolean(a(configuration)) && b(configuration);
  if (operator === "||") return (configuration) => Boolean(a(configuration)) || b(configuration);
  const apply = Object.hasOwn(binary, operator) ? binary[operator] : undefined;
  if (apply === undefined) {
    return fail(scope, "operators must be those of the constraint language", operator);
  }
  return (configuration) => apply(a(configuration), b(configuration));
}

function compileCall({ callee, arguments: given }: jsep.CallExpression, scope: Scope): Evaluate {
  const name = callee.type === "Identifier" ? (callee as jsep.Identifier).name : "";
  const apply = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (apply === undefined) {
    return fail(scope, `functions must be one of ${Object.keys(calls).join(", ")}`, name);
  }
  const values = given.map((value) => compile(value, scope));
  return (configuration) => apply(...values.map((value) => value(configuration)));
}

function itemOf(list: Operand, index: Operand): Operand {
  if (!Array.isArray(list)) return NaN;
  const item: unknown = list[Number(index)];
  return typeof item === "number" ? item : NaN;
}

function fail({ text, kind }: Pick<Scope, "text" | "kind">, rule: string, got: string): never {
  throw new UsageError(`space: ${kind} ${JSON.stringify(text)}: ${rule}, got ${got}`);
}
