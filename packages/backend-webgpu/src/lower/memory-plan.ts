// Memory of a program: every tensor of the arena gets a place in one of few pages, shared with tensors that are not alive
// at the same time. No dispatch reads a page that it writes, as a buffer may not be bound for both at once.
import { GraphError } from "@fastgpu/core";
import { storageBytes, type Storage } from "./storage.ts";

/** What one dispatch reads and writes. */
export interface Touch {
  readonly reads: readonly Storage[];
  readonly writes: readonly Storage[];
}

/** A place in a page. */
export interface PagePlace {
  readonly page: number;
  readonly offsetBytes: number;
}

/** The plan. */
export interface MemoryPlan {
  /** Size of each page. */
  readonly pageBytes: readonly number[];
  readonly places: ReadonlyMap<number, PagePlace>;
  /** Sum of all tensors, were each to have memory of its own. */
  readonly tensorBytes: number;
}

/** Offsets of bindings must be multiples of this on every adapter. */
export const alignmentBytes = 256;

interface Interval {
  readonly storage: Storage;
  readonly bytes: number;
  readonly from: number;
  to: number;
}

interface Placed extends Interval {
  readonly offsetBytes: number;
}

/**
 * Plans the arena.
 *
 * @param touches - of the dispatches, in order
 * @param kept - tensors that must outlive the last dispatch
 * @param limitBytes - largest page
 * @throws {GraphError} if a tensor is larger than a page may be
 */
export function planMemory(
  touches: readonly Touch[],
  kept: readonly Storage[],
  limitBytes: number,
): MemoryPlan {
  const intervals = lifetimes(touches, kept);
  const pages: Placed[][] = [];
  const places = new Map<number, PagePlace>();
  const pageOf = (storage: Storage): number | undefined => places.get(storage.id)?.page;
  for (const interval of intervals) {
    if (interval.bytes > limitBytes) {
      throw new GraphError(
        `webgpu: a tensor must fit a binding of ${limitBytes} bytes, got ${interval.bytes} for ${interval.storage.elements} elements of ${interval.storage.dtype}`,
      );
    }
    const forbidden = neighbours(interval.storage, touches, pageOf);
    const place = findPlace(pages, interval, forbidden, limitBytes);
    (pages[place.page] ??= []).push({ ...interval, offsetBytes: place.offsetBytes });
    places.set(interval.storage.id, place);
  }
  const pageBytes = pages.map((page) =>
    page.reduce((end, { offsetBytes, bytes }) => Math.max(end, offsetBytes + bytes), 0),
  );
  const tensorBytes = intervals.reduce((sum, { bytes }) => sum + bytes, 0);
  return { pageBytes, places, tensorBytes };
}

function isArena({ place }: Storage): boolean {
  return place.kind === "arena";
}

/** From the dispatch that writes a tensor to the last that reads it, in order of the first. */
function lifetimes(touches: readonly Touch[], kept: readonly Storage[]): Interval[] {
  const intervals = new Map<number, Interval>();
  const touch = (storage: Storage, at: number): void => {
    if (!isArena(storage)) return;
    const known = intervals.get(storage.id);
    if (known !== undefined) known.to = at;
    else intervals.set(storage.id, { storage, bytes: storageBytes(storage), from: at, to: at });
  };
  touches.forEach(({ reads, writes }, at) => {
    for (const storage of [...reads, ...writes]) touch(storage, at);
  });
  for (const storage of kept) touch(storage, touches.length);
  return [...intervals.values()];
}

/** Pages of tensors that are read where this one is written, or written where it is read. */
function neighbours(
  storage: Storage,
  touches: readonly Touch[],
  pageOf: (storage: Storage) => number | undefined,
): Set<number> {
  const pages = new Set<number>();
  for (const { reads, writes } of touches) {
    const others = [
      ...(writes.includes(storage) ? reads : []),
      ...(reads.includes(storage) ? writes : []),
    ];
    for (const other of others) {
      const page = other === storage ? undefined : pageOf(other);
      if (page !== undefined) pages.add(page);
    }
  }
  return pages;
}

function findPlace(
  pages: readonly Placed[][],
  interval: Interval,
  forbidden: ReadonlySet<number>,
  limitBytes: number,
): PagePlace {
  for (const [page, placed] of pages.entries()) {
    if (forbidden.has(page)) continue;
    const offsetBytes = firstGap(placed, interval);
    if (offsetBytes + interval.bytes <= limitBytes) return { page, offsetBytes };
  }
  return { page: pages.length, offsetBytes: 0 };
}

/** Lowest aligned offset at which nothing else lives during the interval. */
function firstGap(placed: readonly Placed[], { from, to, bytes }: Interval): number {
  const alive = placed
    .filter((other) => other.from <= to && other.to >= from)
    .sort((a, b) => a.offsetBytes - b.offsetBytes);
  let offset = 0;
  for (const other of alive) {
    if (offset + bytes <= other.offsetBytes) break;
    const end = other.offsetBytes + other.bytes;
    offset = Math.max(offset, Math.ceil(end / alignmentBytes) * alignmentBytes);
  }
  return offset;
}
