// Conditions of parameters: which levels of which parents make an axis active, and an order with parents first.
import { UsageError } from "@fastgpu/core";
import type { Axis } from "./axis.ts";
import type { Condition, ParameterDeclaration } from "./declaration.ts";

/** All of these must hold: the parent at `position` has one of `levels`. An inactive parent has none. */
export type ActiveWhen = readonly {
  readonly position: number;
  readonly levels: ReadonlySet<number>;
}[];

/** Whether an axis is active, given the levels of the axes before it. */
export function isActive(condition: ActiveWhen, levels: readonly number[]): boolean {
  return condition.every((parent) => parent.levels.has(levels[parent.position]!));
}

/**
 * Names of the parameters so that each comes after the parents of its condition, otherwise in the declared order.
 *
 * @throws {UsageError} for a parent that does not exist, or conditions in a circle
 */
export function parentsFirst(
  parameters: Readonly<Record<string, ParameterDeclaration>>,
): readonly string[] {
  const order: string[] = [];
  const open = new Set<string>();
  const visit = (name: string): void => {
    if (order.includes(name)) return;
    if (open.has(name)) {
      throw new UsageError(
        `space: conditions must not form a circle, got ${[...open, name].join(" <- ")}`,
      );
    }
    open.add(name);
    for (const parent of Object.keys(parameters[name]!.when ?? {})) {
      if (!Object.hasOwn(parameters, parent)) {
        throw new UsageError(`space: parameter ${name}: when must name parameters, got ${parent}`);
      }
      visit(parent);
    }
    open.delete(name);
    order.push(name);
  };
  Object.keys(parameters).forEach(visit);
  return order;
}

/**
 * A condition in levels instead of values.
 *
 * @throws {UsageError} for a value that the parent does not have
 */
export function checkedCondition(
  name: string,
  when: Condition | undefined,
  axes: readonly Axis[],
  positions: ReadonlyMap<string, number>,
): ActiveWhen {
  return Object.entries(when ?? {}).map(([parent, given]) => {
    const position = positions.get(parent)!;
    const values = typeof given === "object" ? given : [given];
    const levels = values.map((value) => {
      const level = axes[position]!.levelOf(value);
      if (level === undefined) {
        throw new UsageError(
          `space: parameter ${name}: when.${parent} must be values of ${parent}, got ${JSON.stringify(value)}`,
        );
      }
      return level;
    });
    return { position, levels: new Set(levels) };
  });
}
