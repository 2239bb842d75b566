// The order of kernels, and which of them share a dispatch: kernels that the compiler writes by itself wait until no kernel
// of a family can run, and then all that are ready run at once.
import type { Kernel, Stage } from "../kernels/kernel.ts";
import type { Work } from "./needs.ts";
import type { Storage } from "./storage.ts";

/** One kernel's part of a dispatch. */
export interface Part {
  readonly work: Work;
  /** Of a kernel family. */
  readonly stage?: {
    readonly kernel: Kernel;
    readonly index: number;
    readonly scratchRead: Storage | undefined;
    readonly scratchWrite: Storage | undefined;
  };
}

/** One dispatch. */
export interface Launch {
  readonly parts: readonly Part[];
}

/** Orders works into dispatches. */
export function schedule(
  works: readonly Work[],
  kernelOf: (work: Work) => Kernel,
  allocate: (type: Pick<Storage, "dtype" | "elements">) => Storage,
): readonly Launch[] {
  const waiting = new Set(works);
  const groups = new Set(works.map(({ group }) => group));
  const done = new Set<Work["group"]>();
  const launches: Launch[] = [];
  const isReady = ({ group }: Work): boolean =>
    [...group.after].every((before) => done.has(before) || !groups.has(before));
  while (waiting.size > 0) {
    const ready = [...waiting].filter(isReady);
    if (ready.length === 0) throw new TypeError("kernels must not wait for each other");
    const families = ready.filter(({ group }) => group.space.kind === "result");
    const chosen = families.length > 0 ? families : ready;
    if (families.length > 0) {
      for (const work of families) launches.push(...stagesOf(work, kernelOf(work), allocate));
    } else {
      launches.push({ parts: ready.map((work) => ({ work })) });
    }
    for (const work of chosen) {
      waiting.delete(work);
      done.add(work.group);
    }
  }
  return launches;
}

function stagesOf(
  work: Work,
  kernel: Kernel,
  allocate: (type: Pick<Storage, "dtype" | "elements">) => Storage,
): Launch[] {
  const dtype = work.group.heavy[0]?.type.dtype === "i32" ? "i32" : "f32";
  let scratchRead: Storage | undefined;
  return kernel.stages.map((stage: Stage, index): Launch => {
    const elements = stage.scratch?.reduce((product, size) => product * size, 1);
    const scratchWrite = elements === undefined ? undefined : allocate({ dtype, elements });
    const part: Part = { work, stage: { kernel, index, scratchRead, scratchWrite } };
    scratchRead = scratchWrite;
    return { parts: [part] };
  });
}
