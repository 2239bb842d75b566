// Regression trees over the levels of axes (Breiman et al. 1984): splits by order for ordered axes, one level against the
// rest for categories. An inactive axis has level -1, which an order puts first.
import type { Random } from "../random.ts";

/** What a tree has to know about an axis. */
export interface TreeAxis {
  readonly size: number;
  readonly isOrdered: boolean;
}

/** A node: a leaf has a value, an inner node a split; `isEqual` sends the level itself left, otherwise levels <= it. */
export type TreeNode =
  | { readonly kind: "leaf"; readonly value: number; readonly count: number }
  | {
      readonly kind: "split";
      readonly axis: number;
      readonly level: number;
      readonly isEqual: boolean;
      readonly left: TreeNode;
      readonly right: TreeNode;
    };

/** Samples of a regression: one point and one value each. */
export interface TreeData {
  readonly points: readonly (readonly number[])[];
  readonly values: ArrayLike<number>;
}

/** How a tree grows. */
export interface TreeOptions {
  readonly axes: readonly TreeAxis[];
  /** Fewest samples in a leaf. */
  readonly leafSize: number;
  /** Axes that each split may choose from, drawn anew. */
  readonly tried: number;
  readonly random: Random;
}

/** Grows a tree on the samples `rows` (repeats allowed, as in a bootstrap). */
export function growTree(data: TreeData, rows: readonly number[], options: TreeOptions): TreeNode {
  const split = rows.length < 2 * options.leafSize ? undefined : bestSplit(data, rows, options);
  if (split === undefined) {
    const sum = rows.reduce((total, row) => total + data.values[row]!, 0);
    return { kind: "leaf", value: sum / rows.length, count: rows.length };
  }
  const { axis, level, isEqual } = split;
  const goesLeft = (row: number): boolean => isLeft(split, data.points[row]!);
  return {
    kind: "split",
    axis,
    level,
    isEqual,
    left: growTree(data, rows.filter(goesLeft), options),
    right: growTree(
      data,
      rows.filter((row) => !goesLeft(row)),
      options,
    ),
  };
}

interface Split {
  readonly axis: number;
  readonly level: number;
  readonly isEqual: boolean;
}

/** Which way a point goes at a split. */
export function isLeft({ axis, level, isEqual }: Split, point: readonly number[]): boolean {
  return isEqual ? point[axis] === level : point[axis]! <= level;
}

/** The value of the leaf that a point falls into. */
export function treeValue(tree: TreeNode, point: readonly number[]): number {
  let node = tree;
  while (node.kind === "split") node = isLeft(node, point) ? node.left : node.right;
  return node.value;
}

// The split that lowers the sum of squares most; undefined when none does.
function bestSplit(
  data: TreeData,
  rows: readonly number[],
  options: TreeOptions,
): Split | undefined {
  const total = rows.reduce((sum, row) => sum + data.values[row]!, 0);
  const order = options.random.shuffle(Array.from(options.axes.keys()));
  let best: Split | undefined;
  let highest = (total * total) / rows.length + 1e-12;
  let tried = 0;
  for (const axis of order) {
    // An axis on which the rows do not differ does not count as a try.
    if (tried >= options.tried) break;
    const groups = groupsOf(data, rows, axis);
    if (groups.length < 2) continue;
    tried++;
    let count = 0;
    let sum = 0;
    const isEqual = !options.axes[axis]!.isOrdered;
    for (const group of groups.slice(0, isEqual ? undefined : -1)) {
      count = isEqual ? group.count : count + group.count;
      sum = isEqual ? group.sum : sum + group.sum;
      const others = rows.length - count;
      if (count < options.leafSize || others < options.leafSize) continue;
      const gain = (sum * sum) / count + (total - sum) ** 2 / others;
      if (gain > highest) {
        highest = gain;
        best = { axis, level: group.level, isEqual };
      }
    }
  }
  return best;
}

interface Group {
  readonly level: number;
  count: number;
  sum: number;
}

function groupsOf(data: TreeData, rows: readonly number[], axis: number): Group[] {
  const groups = new Map<number, Group>();
  for (const row of rows) {
    const level = data.points[row]![axis]!;
    const group = groups.get(level);
    if (group === undefined) groups.set(level, { level, count: 1, sum: data.values[row]! });
    else {
      group.count++;
      group.sum += data.values[row]!;
    }
  }
  return [...groups.values()].sort((a, b) => a.level - b.level);
}
