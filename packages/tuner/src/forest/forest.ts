// Random forests (Breiman 2001): trees on bootstrap samples with a random choice of axes at each split.
import type { Random } from "../random.ts";
import { growTree, treeValue, type TreeAxis, type TreeData, type TreeNode } from "./tree.ts";

/** How a forest grows; the defaults are Breiman's for regression. */
export interface ForestOptions {
  readonly axes: readonly TreeAxis[];
  readonly random: Random;
  readonly trees?: number;
  readonly leafSize?: number;
  /** Share of the axes that each split may choose from. */
  readonly triedShare?: number;
}

/** Grows a forest. `data` must hold at least one sample. */
export function growForest(data: TreeData, options: ForestOptions): readonly TreeNode[] {
  const { axes, random, trees = 50, leafSize = 3, triedShare = 1 / 2 } = options;
  const count = data.points.length;
  const tried = Math.max(1, Math.round(axes.length * triedShare));
  return Array.from({ length: trees }, () => {
    const rows = Array.from({ length: count }, () => random.integer(count));
    return growTree(data, rows, { axes, leafSize, tried, random });
  });
}

/** Mean of the trees. */
export function forestValue(forest: readonly TreeNode[], point: readonly number[]): number {
  let sum = 0;
  for (const tree of forest) sum += treeValue(tree, point);
  return sum / forest.length;
}
