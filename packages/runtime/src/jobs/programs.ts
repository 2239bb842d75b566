// The order in which programs of different batch sizes work through the rows of a data set.
import { UsageError, type Executable, type HostTensor } from "@fastgpu/core";
import type { JobContext } from "../process/job.ts";
import type { Handle } from "../wire/messages.ts";

/** Consecutive runs of one program over the next rows of an order. */
export interface ProgramRuns {
  /** A program whose only input is `rows`: i32 [rowsPerStep], or [steps, rowsPerStep] if stacked. */
  readonly executable: Handle;
  readonly rowsPerStep: number;
  /** Steps in one run, >= 1. */
  readonly steps: number;
  /** True if input and outputs have a leading axis of `steps`. */
  readonly isStacked: boolean;
  /** How many runs. */
  readonly runs: number;
}

/** One run about to be made. */
export interface RunOf {
  readonly executable: Executable;
  readonly program: ProgramRuns;
  readonly rows: HostTensor<"i32">;
  /** Position of its first row in the order. */
  readonly offset: number;
}

/** Longest time in ms that a job keeps the process's event loop to itself. */
const breathEveryMs = 50;

/**
 * Calls `body` for every run in turn. Stops early, and says so, when the caller cancels.
 *
 * @returns false if it was cancelled
 * @throws {UsageError} if the programs want more rows than the order has
 */
export async function forEachRun(
  context: Pick<JobContext, "signal" | "breathe" | "executable">,
  order: Int32Array,
  programs: readonly ProgramRuns[],
  body: (run: RunOf) => Promise<void>,
): Promise<boolean> {
  let offset = 0;
  let lastBreath = performance.now();
  for (const program of programs) {
    const executable = context.executable(program.executable);
    const count = program.steps * program.rowsPerStep;
    const shape = program.isStacked ? [program.steps, program.rowsPerStep] : [program.rowsPerStep];
    for (let run = 0; run < program.runs; run++) {
      if (context.signal.aborted) return false;
      if (offset + count > order.length) {
        throw new UsageError(
          `epoch: programs must fit the order of ${order.length} rows, got a run up to row ${offset + count}`,
        );
      }
      const rows: HostTensor<"i32"> = {
        dtype: "i32",
        shape,
        data: order.subarray(offset, offset + count),
      };
      await body({ executable, program, rows, offset });
      offset += count;
      if (performance.now() - lastBreath > breathEveryMs) {
        await context.breathe();
        lastBreath = performance.now();
      }
    }
  }
  return true;
}
