// The compiled programs of a training, each made when it is first needed and kept until the training ends.
import type { Graph } from "@fastgpu/core";
import type { ProgramRuns } from "../jobs/programs.ts";
import type { RemoteDevice, RemoteExecutable, RemoteState } from "../remote-device.ts";
import type { CheckedData } from "./training-data.ts";
import { residentProgram, type DataSetName, type TrainingPrograms } from "./training-programs.ts";

/** What a program does with its rows. */
export type ProgramKind = "train" | "evaluation";

/** Compiles programs on demand; a failed compilation is tried again by the next call. */
export class ProgramCache {
  private readonly device: RemoteDevice;
  private readonly state: RemoteState;
  private readonly programs: TrainingPrograms;
  private readonly resident: Readonly<Partial<Record<DataSetName, CheckedData>>>;
  private readonly compiled = new Map<string, Promise<RemoteExecutable>>();

  constructor(
    device: RemoteDevice,
    state: RemoteState,
    programs: TrainingPrograms,
    resident: Readonly<Partial<Record<DataSetName, CheckedData>>>,
  ) {
    this.device = device;
    this.state = state;
    this.programs = programs;
    this.resident = resident;
  }

  /**
   * The runs that work through `rows` rows of a resident data set: as many as possible with several steps, then single
   * full steps, then one step with the rows that are left.
   */
  async runs(
    kind: ProgramKind,
    set: DataSetName,
    rows: number,
    batch: number,
    steps: number,
  ): Promise<readonly ProgramRuns[]> {
    const full = Math.floor(rows / batch);
    const many = steps > 1 ? Math.floor(full / steps) : 0;
    const plan = [
      { rowsPerStep: batch, steps, runs: many },
      { rowsPerStep: batch, steps: 1, runs: full - many * steps },
      { rowsPerStep: rows - full * batch, steps: 1, runs: rows > full * batch ? 1 : 0 },
    ].filter(({ runs }) => runs > 0);
    return Promise.all(
      plan.map(async (part) => {
        const { handle } = await this.residentExecutable(kind, set, part.rowsPerStep, part.steps);
        return { ...part, executable: handle, isStacked: part.steps > 1 };
      }),
    );
  }

  /** The program that takes a batch of rows themselves. */
  streamed(kind: ProgramKind, batch: number): Promise<RemoteExecutable> {
    return this.once(`${kind} ${batch}`, () => this.graph(kind, batch));
  }

  async dispose(): Promise<void> {
    const all = [...this.compiled.values()];
    this.compiled.clear();
    for (const executable of await Promise.allSettled(all)) {
      if (executable.status === "fulfilled") await executable.value.dispose();
    }
  }

  private residentExecutable(
    kind: ProgramKind,
    set: DataSetName,
    batch: number,
    steps: number,
  ): Promise<RemoteExecutable> {
    const tensors = this.resident[set]?.tensors ?? {};
    return this.once(`${kind} ${set} ${batch} ${steps}`, () =>
      residentProgram(this.graph(kind, batch), set, tensors, steps),
    );
  }

  private graph(kind: ProgramKind, batch: number): Graph {
    return kind === "train" ? this.programs.step(batch) : this.programs.evaluation(batch);
  }

  private once(key: string, build: () => Graph): Promise<RemoteExecutable> {
    const known = this.compiled.get(key);
    if (known !== undefined) return known;
    const compiling = this.device.compile(build(), this.state);
    this.compiled.set(key, compiling);
    compiling.catch(() => this.compiled.delete(key));
    return compiling;
  }
}
