// The best trade-offs between several objectives, and the volume that they dominate.

/** A member of an archive: costs to be made small, one per objective, and what they belong to. */
export interface ParetoMember<T> {
  readonly costs: readonly number[];
  readonly item: T;
}

/** Whether `a` is nowhere worse than `b` and somewhere better. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  return a.every((cost, i) => cost <= b[i]!) && a.some((cost, i) => cost < b[i]!);
}

/** The members that no other dominates. Equal costs stay side by side. */
export class ParetoArchive<T> {
  #members: ParetoMember<T>[] = [];

  /** In the order in which they were added. */
  get members(): readonly ParetoMember<T>[] {
    return this.#members;
  }

  /** Adds a member and drops what it dominates. Returns false if it is dominated itself, or a cost is NaN. */
  add(costs: readonly number[], item: T): boolean {
    if (costs.some((cost) => Number.isNaN(cost))) return false;
    if (this.#members.some((member) => dominates(member.costs, costs))) return false;
    this.#members = this.#members.filter((member) => !dominates(costs, member.costs));
    this.#members.push({ costs, item });
    return true;
  }

  /** Volume between the members and `reference` (the worst cost that counts, one per objective). */
  hypervolume(reference: readonly number[]): number {
    return hypervolume(
      this.#members.map(({ costs }) => costs),
      reference,
    );
  }
}

/**
 * Exact hypervolume for costs to be made small, by exclusive volumes (While, Bradstreet and Barone, A fast way of
 * calculating exact hypervolumes, IEEE Trans. Evol. Comp. 16, 2012: WFG). Points that do not dominate the reference count
 * nothing. Exponential in the objectives: meant for up to 5.
 */
export function hypervolume(
  points: readonly (readonly number[])[],
  reference: readonly number[],
): number {
  const inside = points.filter((point) => point.every((cost, i) => cost < reference[i]!));
  return unionVolume(nondominated(inside), reference);
}

function unionVolume(points: readonly (readonly number[])[], reference: readonly number[]): number {
  // Points with the worst first cost first: the sets that remain to be joined are then the smallest.
  const sorted = [...points].sort((a, b) => b[0]! - a[0]!);
  let volume = 0;
  sorted.forEach((point, i) => {
    const box = point.reduce((all, cost, k) => all * (reference[k]! - cost), 1);
    const limited = sorted
      .slice(i + 1)
      .map((other) => other.map((cost, k) => Math.max(cost, point[k]!)));
    volume += box - (limited.length === 0 ? 0 : unionVolume(nondominated(limited), reference));
  });
  return volume;
}

function nondominated(points: readonly (readonly number[])[]): (readonly number[])[] {
  const archive = new ParetoArchive<undefined>();
  const seen = new Set<string>();
  for (const point of points) {
    const key = point.join(",");
    if (seen.has(key)) continue;
    seen.add(key);
    archive.add(point, undefined);
  }
  return archive.members.map(({ costs }) => costs);
}
