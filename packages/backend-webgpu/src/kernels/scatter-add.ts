// Adds rows by index, in the order of the updates and without atomics, so the result is the same in every run. Either every
// element of the result walks over all indices, or a stage before it sorts the updates by their rows once, and an element
// walks over its own row's alone.
import type { Kernel, KernelFamily, Read, Stage, StageIo, TensorView, Wgsl } from "./kernel.ts";

/** indices [count], updates [outer, count, inner] -> [outer, size, inner]. */
export interface ScatterProblem {
  readonly outer: number;
  readonly count: number;
  readonly size: number;
  readonly inner: number;
  readonly accumulator: "f32" | "i32";
}

const lanes = 64;
const indexRead: Read = { source: 0, width: 1 };
const updateRead: Read = { source: 1, width: 1 };

/** Whole numbers up to here are exact in f32, in which the sorting stage hands them on. */
const exactLimit = 2 ** 24;

/** indices, updates -> result. Coordinates of the result: [outer, row, column]. Tile: `sorted`, 0 or 1. */
export const scatterAdd: KernelFamily<ScatterProblem> = {
  name: "scatterAdd",
  defaultTile: (problem) => ({ sorted: isSortingWorth(problem) ? 1 : 0 }),
  tiles: (problem) => (canSort(problem) ? [{ sorted: 0 }, { sorted: 1 }] : [{ sorted: 0 }]),
  build: (problem, _operands, _traits, tile): Kernel => {
    const { outer, size, inner } = problem;
    const output = [outer, size, inner];
    return tile["sorted"] === 1
      ? { output, stages: [sortStage(problem), segmentStage(problem)] }
      : { output, stages: [walkStage(problem)] };
  },
};

function canSort({ count, size }: ScatterProblem): boolean {
  return count > 0 && count + size < exactLimit;
}

/** Indices that are looked at: by every element of the result, or by every update and row. A stage costs some more. */
function isSortingWorth(problem: ScatterProblem): boolean {
  const { outer, count, size, inner } = problem;
  const walked = outer * size * inner * count;
  return canSort(problem) && walked > 2 * (count + size) * count && walked > 1e5;
}

/** The row of an update. Out of range is undefined but must not be lost in memory, so it is clamped. */
function rowOf({ size }: ScatterProblem, indices: TensorView, update: Wgsl): Wgsl {
  return `u32(clamp(${indices.load(update)}, 0i, ${size - 1}i))`;
}

function walkStage(problem: ScatterProblem): Stage {
  const { count } = problem;
  return elementStage(
    problem,
    "walk",
    [indexRead, updateRead],
    ({ reads: [indices, updates] }) => ({
      first: "0u",
      end: `${count}u`,
      // One test of a row for each update.
      add: `if (${rowOf(problem, indices!, "i")} == row) { ${addUpdate(problem, updates!, "i")} }`,
    }),
  );
}

/**
 * Scratch: the updates ordered by row, those of one row in their own order, and then where each row begins among them, with
 * the end of the last.
 */
function sortStage(problem: ScatterProblem): Stage {
  const { count, size, accumulator } = problem;
  const items = count + size + 1;
  return {
    label: "sort",
    reads: [indexRead],
    scratch: [items],
    workgroupSize: lanes,
    workgroups: Math.ceil(items / lanes),
    emit: ({ reads: [indices], finish }) => ({
      declarations: "",
      body: `
  let item = group * ${lanes}u + lane;
  if (item < ${items}u) {
    let is_update = item < ${count}u;
    let update = min(item, ${count - 1}u);
    let row = select(item - ${count}u, ${rowOf(problem, indices!, "update")}, is_update);
    // Updates of rows before, and for an update those before it of its own row.
    var before = 0u;
    for (var i = 0u; i < ${count}u; i++) {
      let other = ${rowOf(problem, indices!, "i")};
      before += select(0u, 1u, other < row || (is_update && other == row && i < update));
    }
    ${finish([`select(item, before, is_update)`], `${accumulator}(select(before, update, is_update))`)}
  }`,
    }),
  };
}

function segmentStage(problem: ScatterProblem): Stage {
  const { count } = problem;
  const reads: readonly Read[] = [{ source: "scratch", width: 1 }, updateRead];
  return elementStage(problem, "segments", reads, ({ reads: [sorted, updates] }) => ({
    first: `u32(${sorted!.load(`row + ${count}u`)})`,
    end: `u32(${sorted!.load(`row + ${count + 1}u`)})`,
    add: `let update = u32(${sorted!.load("i")}); ${addUpdate(problem, updates!, "update")}`,
  }));
}

function addUpdate({ count, inner }: ScatterProblem, updates: TensorView, update: Wgsl): Wgsl {
  return `sum += ${updates.load(`(block * ${count}u + ${update}) * ${inner}u + column`)};`;
}

/** One lane for each element of the result, which adds up what a loop over `i` finds. */
function elementStage(
  { outer, size, inner, accumulator }: ScatterProblem,
  label: string,
  reads: readonly Read[],
  loop: (io: StageIo) => { readonly first: Wgsl; readonly end: Wgsl; readonly add: Wgsl },
): Stage {
  const elements = outer * size * inner;
  return {
    label,
    reads,
    workgroupSize: lanes,
    workgroups: Math.ceil(elements / lanes),
    emit: (io) => {
      const { first, end, add } = loop(io);
      return {
        declarations: "",
        body: `
  let element = group * ${lanes}u + lane;
  if (element < ${elements}u) {
    let column = element % ${inner}u;
    let row = (element / ${inner}u) % ${size}u;
    let block = element / ${size * inner}u;
    var sum = ${accumulator}(0);
    let end = ${end};
    for (var i = ${first}; i < end; i++) { ${add} }
    ${io.finish(["block", "row", "column"], "sum")}
  }`,
      };
    },
  };
}
