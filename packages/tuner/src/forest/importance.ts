// How much each parameter matters: functional ANOVA of a forest (Hutter, Hoos and Leyton-Brown, An efficient approach for
// assessing hyperparameter importance, ICML 2014) and permutation importance (Breiman 2001, section 10).
import { UsageError } from "@fastgpu/core";
import type { Random } from "../random.ts";
import type { Point, Space } from "../space/space.ts";
import { forestValue, growForest } from "./forest.ts";
import type { TreeNode } from "./tree.ts";

/** Share of the variance of the objective over the space that a parameter alone, or a pair beyond its parts, explains. */
export interface Importance {
  readonly parameters: readonly string[];
  /** 0 to 1; all shares of all sizes together sum to 1 at most. */
  readonly share: number;
}

/** Samples of an objective. */
export interface ImportanceData {
  readonly points: readonly Point[];
  readonly values: ArrayLike<number>;
}

/**
 * Importances of all parameters and of all pairs, the highest first. Every level of a parameter weighs the same,
 * wherever the study sampled; conditions and constraints are not seen.
 *
 * @param options.pairs - whether to compute pairs (quadratic in the parameters)
 * @throws {UsageError} for fewer than 2 samples
 */
export function functionalAnova(
  space: Space,
  data: ImportanceData,
  options: { readonly random: Random; readonly pairs?: boolean; readonly trees?: number },
): readonly Importance[] {
  checkSamples(data);
  const { random, pairs = true, trees = 30 } = options;
  const forest = growForest(data, { axes: space.axes, random, trees, leafSize: 2, triedShare: 1 });
  const names = space.axes.map(({ name }) => name);
  const sums = new Map<string, number[]>();
  let counted = 0;
  for (const tree of forest) {
    const parts = partsOf(tree, space);
    const mean = parts.reduce((sum, { value, shares }) => sum + value * product(shares), 0);
    const variance = parts.reduce(
      (sum, { value, shares }) => sum + (value - mean) ** 2 * product(shares),
      0,
    );
    if (variance <= 0) continue;
    counted++;
    const alone = names.map((_, axis) => marginalVariance(parts, [axis], mean) / variance);
    alone.forEach((share, axis) => {
      sums.set(`${axis}`, [...(sums.get(`${axis}`) ?? []), share]);
    });
    if (!pairs) continue;
    for (let a = 0; a < names.length; a++) {
      for (let b = a + 1; b < names.length; b++) {
        const share = marginalVariance(parts, [a, b], mean) / variance - alone[a]! - alone[b]!;
        sums.set(`${a},${b}`, [...(sums.get(`${a},${b}`) ?? []), Math.max(0, share)]);
      }
    }
  }
  return [...sums]
    .map(([key, shares]) => ({
      parameters: key.split(",").map((axis) => names[Number(axis)]!),
      share: shares.reduce((sum, share) => sum + share, 0) / Math.max(1, counted),
    }))
    .sort((a, b) => b.share - a.share);
}

/**
 * Rise of the squared error of a forest when one parameter is shuffled among the samples, as a share of the sum over
 * all parameters; a parameter that tells nothing is at 0.
 *
 * @throws {UsageError} for fewer than 2 samples
 */
export function permutationImportance(
  space: Space,
  data: ImportanceData,
  options: { readonly random: Random; readonly repeats?: number },
): readonly Importance[] {
  checkSamples(data);
  const { random, repeats = 5 } = options;
  const forest = growForest(data, { axes: space.axes, random });
  const errorOf = (points: readonly Point[]): number =>
    points.reduce((sum, point, i) => sum + (forestValue(forest, point) - data.values[i]!) ** 2, 0);
  const base = errorOf(data.points);
  const rises = space.axes.map((_, axis) => {
    let rise = 0;
    for (let repeat = 0; repeat < repeats; repeat++) {
      const levels = random.shuffle(data.points.map((point) => point[axis]!));
      const shuffled = data.points.map((point, i) =>
        point.map((level, other) => (other === axis ? levels[i]! : level)),
      );
      rise += errorOf(shuffled) - base;
    }
    return Math.max(0, rise / repeats);
  });
  const total = rises.reduce((sum, rise) => sum + rise, 0);
  return space.axes
    .map(({ name }, axis) => ({
      parameters: [name],
      share: total === 0 ? 0 : rises[axis]! / total,
    }))
    .sort((a, b) => b.share - a.share);
}

function checkSamples({ points, values }: ImportanceData): void {
  if (points.length < 2 || values.length !== points.length) {
    throw new UsageError(
      `importance: at least 2 points with one value each are needed, got ${points.length} and ${values.length}`,
    );
  }
}

/** A leaf as a box: per axis the levels in it, as an interval or what is left of all levels, and their share. */
interface Part {
  readonly value: number;
  readonly sets: readonly LevelSet[];
  readonly shares: readonly number[];
}

interface LevelSet {
  readonly from: number;
  readonly to: number;
  /** Levels between that are not in the set. */
  readonly without: readonly number[];
}

function partsOf(tree: TreeNode, space: Space): Part[] {
  const parts: Part[] = [];
  const visit = (node: TreeNode, sets: readonly LevelSet[]): void => {
    if (node.kind === "leaf") {
      const shares = sets.map((set, axis) => sizeOf(set) / space.axes[axis]!.size);
      if (product(shares) > 0) parts.push({ value: node.value, sets, shares });
      return;
    }
    const { axis, level, isEqual } = node;
    const set = sets[axis]!;
    const replaced = (other: LevelSet): LevelSet[] =>
      sets.map((old, a) => (a === axis ? other : old));
    if (isEqual) {
      const has = level >= set.from && level <= set.to && !set.without.includes(level);
      if (has) visit(node.left, replaced({ from: level, to: level, without: [] }));
      visit(node.right, has ? replaced({ ...set, without: [...set.without, level] }) : sets);
    } else {
      visit(node.left, replaced({ ...set, to: Math.min(set.to, level) }));
      visit(node.right, replaced({ ...set, from: Math.max(set.from, level + 1) }));
    }
  };
  visit(
    tree,
    space.axes.map(({ size }) => ({ from: 0, to: size - 1, without: [] })),
  );
  return parts;
}

function sizeOf({ from, to, without }: LevelSet): number {
  return Math.max(0, to - from + 1 - without.length);
}

function overlapOf(a: LevelSet, b: LevelSet): number {
  const from = Math.max(a.from, b.from);
  const to = Math.min(a.to, b.to);
  const without = new Set(
    [...a.without, ...b.without].filter((level) => level >= from && level <= to),
  );
  return Math.max(0, to - from + 1 - without.size);
}

// Variance over the levels of `axes` of the mean over all others: the sum over pairs of parts of value x value x share
// of the others x share of the other's others x overlap on `axes`, minus the squared mean.
function marginalVariance(parts: readonly Part[], axes: readonly number[], mean: number): number {
  const weights = parts.map(({ shares }) =>
    shares.reduce((all, share, axis) => (axes.includes(axis) ? all : all * share), 1),
  );
  let second = 0;
  parts.forEach((a, i) => {
    parts.forEach((b, j) => {
      if (j > i) return;
      let overlap = (i === j ? 1 : 2) * a.value * b.value * weights[i]! * weights[j]!;
      for (const axis of axes) {
        const size = sizeOf(a.sets[axis]!) / a.shares[axis]!;
        overlap *= overlapOf(a.sets[axis]!, b.sets[axis]!) / size;
        if (overlap === 0) return;
      }
      second += overlap;
    });
  });
  return Math.max(0, second - mean * mean);
}

function product(values: readonly number[]): number {
  return values.reduce((all, value) => all * value, 1);
}
