// Checks what a user declared and turns each parameter into an axis. Every rule that can be broken has its own line.
import { UsageError } from "@fastgpu/core";
import { cutsAxis, integerAxis, listAxis, realAxis, simplexAxis, type Axis } from "./axis.ts";
import type { ParameterDeclaration } from "./declaration.ts";

/**
 * The axis of a declared parameter.
 *
 * @throws {UsageError} naming the parameter and the rule that it breaks
 */
export function axisOf(name: string, parameter: ParameterDeclaration): Axis {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) {
    fail(
      name,
      "name must be letters, digits and _, not starting with a digit",
      JSON.stringify(name),
    );
  }
  if (typeof parameter !== "object" || (parameter as unknown) === null) {
    fail(name, "must be an object with a kind", JSON.stringify(parameter));
  }
  const axis = buildAxis(name, parameter);
  if (axis.size > Number.MAX_SAFE_INTEGER) {
    fail(name, "must have at most 2^53 values", `${axis.size}; use a larger step or fewer parts`);
  }
  return axis;
}

function buildAxis(name: string, parameter: ParameterDeclaration): Axis {
  switch (parameter.kind) {
    case "categorical":
      return listAxis(name, checkedValues(name, parameter.values), false);
    case "boolean":
      return listAxis(name, [false, true], false);
    case "ordinal":
      return listAxis(name, checkedValues(name, parameter.values), true);
    case "integer": {
      const { min, max } = wholeRange(name, parameter);
      const scale = parameter.scale ?? "linear";
      if (scale === "power-of-two") return listAxis(name, powersOfTwo(name, min, max), true);
      checkScale(name, scale);
      if (scale === "log" && min < 1) fail(name, "min must be at least 1 on a log scale", `${min}`);
      return integerAxis(name, min, max, scale === "log");
    }
    case "real": {
      const { min, max, scale = "linear" } = parameter;
      if (!Number.isFinite(min) || !Number.isFinite(max) || min > max) {
        fail(name, "min and max must be finite numbers, min <= max", `min=${min}, max=${max}`);
      }
      checkScale(name, scale);
      if (scale === "log" && min <= 0) fail(name, "min must be above 0 on a log scale", `${min}`);
      return realAxis(name, min, max, scale === "log");
    }
    case "simplex":
      return checkedSimplex(name, parameter);
    case "cuts":
      return checkedCuts(name, parameter);
    default: {
      const { kind } = parameter as { readonly kind?: unknown };
      const kinds = "categorical, boolean, ordinal, integer, real, simplex or cuts";
      return fail(name, `kind must be ${kinds}`, describe(kind));
    }
  }
}

function checkedValues(
  name: string,
  values: readonly (string | number | boolean)[],
): readonly (string | number | boolean)[] {
  const given: unknown = values;
  if (!Array.isArray(given) || given.length === 0) {
    fail(name, "values must be a list with at least one value", describe(given));
  }
  for (const value of given as readonly unknown[]) {
    const isScalar = ["string", "boolean"].includes(typeof value) || Number.isFinite(value);
    if (!isScalar) {
      fail(name, "values must be texts, finite numbers or booleans", JSON.stringify(value));
    }
  }
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  if (twice !== undefined) fail(name, "values must differ", `${JSON.stringify(twice)} twice`);
  return values;
}

function wholeRange(
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): { min: number; max: number } {
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || min > max) {
    fail(name, "min and max must be whole numbers, min <= max", `min=${min}, max=${max}`);
  }
  return { min, max };
}

function powersOfTwo(name: string, min: number, max: number): number[] {
  const powers: number[] = [];
  for (let power = 1; power <= max; power *= 2) if (power >= min) powers.push(power);
  if (powers.length === 0) {
    fail(name, "a power of two must lie between min and max", `min=${min}, max=${max}`);
  }
  return powers;
}

function checkedSimplex(
  name: string,
  parameter: ParameterDeclaration & { readonly kind: "simplex" },
): Axis {
  const { parts, total, step = 1, min = 0 } = parameter;
  if (!Number.isInteger(parts) || parts < 1 || parts > 4096) {
    fail(name, "parts must be a whole number of 1 to 4096", `${parts}`);
  }
  if (!Number.isFinite(total) || !(total > 0)) fail(name, "total must be above 0", `${total}`);
  if (!(step > 0)) fail(name, "step must be above 0", `${step}`);
  if (!(min >= 0) || parts * min > total) {
    fail(name, "min must be at least 0 and parts x min at most total", `${parts} x ${min}`);
  }
  const units = (total - parts * min) / step;
  if (Math.abs(units - Math.round(units)) > 1e-9 * Math.max(1, units)) {
    fail(name, "total - parts x min must be a multiple of step", `${total - parts * min}, ${step}`);
  }
  return simplexAxis(name, { parts, total, step, min });
}

function checkedCuts(
  name: string,
  parameter: ParameterDeclaration & { readonly kind: "cuts" },
): Axis {
  const { items, parts, min = 1 } = parameter;
  for (const [field, value] of Object.entries({ items, parts })) {
    if (!Number.isInteger(value) || value < 1 || value > 10_000) {
      fail(name, `${field} must be a whole number of 1 to 10000`, `${value}`);
    }
  }
  if (!Number.isInteger(min) || min < 0 || parts * min > items) {
    fail(name, "min must be a whole number and parts x min at most items", `${parts} x ${min}`);
  }
  return cutsAxis(name, { items, parts, min });
}

function checkScale(name: string, scale: string): void {
  if (scale !== "linear" && scale !== "log") {
    fail(name, "scale must be linear, log or (integer) power-of-two", JSON.stringify(scale));
  }
}

function describe(value: unknown): string {
  return value === undefined ? "none" : JSON.stringify(value);
}

function fail(name: string, rule: string, got: string): never {
  throw new UsageError(`space: parameter ${name}: ${rule}, got ${got}`);
}
