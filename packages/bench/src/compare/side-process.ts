// A side in a program of its own: the `fastgpu-bench side` of a checkout. When that program dies, the round it was in is
// a crash of that side.
import { spawn, type ChildProcess } from "node:child_process";
import { UsageError } from "@fastgpu/core";
import { canonicalTrialKey, type Outcome, type TrialRecord } from "@fastgpu/results";
import { sideProtocol, type FromSide, type ToSide } from "./side-protocol.ts";
import type { Side, SideDescription } from "./side.ts";

/** How to start the program of a side. */
export interface SideProgram {
  /** `base` or `head`, for messages. */
  readonly name: string;
  /** File of the command line of the checkout. */
  readonly launcher: string;
  /** Arguments of its command `side`: the suite and the options of the plan. */
  readonly args: readonly string[];
  readonly workingFolder: string;
  /** Time until it must have planned, ms. */
  readonly startTimeoutMs: number;
}

/** Characters of stderr that are kept for a message. */
const tailLength = 2000;

/**
 * Starts the program of a side and waits for its plan.
 *
 * @throws {UsageError} with its own words, if it refuses the suite, ends, speaks another protocol or takes too long
 */
export async function startSide(program: SideProgram, signal: AbortSignal): Promise<Side> {
  const running = new SideProcess(program, signal);
  try {
    const description = await running.ready();
    return {
      description,
      run: (key, round) => running.run(key, round),
      close: () => running.close(),
    };
  } catch (error) {
    await running.close();
    throw error;
  }
}

class SideProcess {
  private readonly program: SideProgram;
  private readonly child: ChildProcess;
  private readonly ended: Promise<string>;
  private stderr = "";
  private description: SideDescription | undefined;
  private listener: ((message: FromSide) => void) | undefined;

  constructor(program: SideProgram, signal: AbortSignal) {
    this.program = program;
    const { launcher, args, workingFolder } = program;
    this.child = spawn(process.execPath, [launcher, "side", ...args], {
      cwd: workingFolder,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      windowsHide: true,
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr = (this.stderr + text).slice(-tailLength);
    });
    this.ended = new Promise((resolve) => {
      this.child.on("error", (error) => {
        resolve(error.message);
      });
      this.child.on("close", (code, endSignal) => {
        const how = endSignal === null ? `exit code ${code ?? 0}` : `signal ${endSignal}`;
        const last = this.stderr.trim().split("\n").at(-1) ?? "";
        resolve(last === "" ? how : `${how}: ${last}`);
      });
    });
    this.child.on("message", (message: FromSide) => this.listener?.(message));
    signal.addEventListener("abort", () => void this.close(), { once: true });
  }

  async ready(): Promise<SideDescription> {
    const { name, startTimeoutMs } = this.program;
    const message = await this.next(startTimeoutMs);
    if (message.kind === "ready" && message.protocol === sideProtocol) {
      this.description = message.description;
      return message.description;
    }
    const got =
      message.kind === "refused"
        ? message.message
        : message.kind === "ready"
          ? `protocol ${message.protocol} instead of ${sideProtocol}; install versions of fastgpu-bench that fit`
          : message.kind === "ended"
            ? `${message.how}; its fastgpu-bench may be older than the command side`
            : message.kind;
    throw new UsageError(`compare: ${name} must be able to plan the suite, got ${got}`);
  }

  async run(key: string, round: number): Promise<TrialRecord> {
    const startedAt = new Date().toISOString();
    const startedNs = process.hrtime.bigint();
    const answer = this.next();
    if (this.child.connected) this.child.send({ kind: "run", key, round } satisfies ToSide);
    const message = await answer;
    if (message.kind === "trial") return message.trial;
    return this.crashed(
      key,
      round,
      message,
      startedAt,
      Number(process.hrtime.bigint() - startedNs),
    );
  }

  /** Idempotent; ends the program in order, then by force. */
  async close(): Promise<void> {
    if (this.child.connected) {
      this.child.send({ kind: "stop" } satisfies ToSide, () => undefined);
    }
    const force = setTimeout(() => this.child.kill("SIGKILL"), 5000);
    await this.ended;
    clearTimeout(force);
  }

  /** The next message, or how the program ended. */
  private next(timeoutMs?: number): Promise<FromSide | Ended> {
    return new Promise((resolve) => {
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => {
              resolve({ kind: "ended", how: `no plan within ${timeoutMs / 1000} s` });
            }, timeoutMs);
      const settle = (message: FromSide | Ended): void => {
        clearTimeout(timer);
        this.listener = undefined;
        resolve(message);
      };
      this.listener = settle;
      void this.ended.then((how) => {
        settle({ kind: "ended", how });
      });
    });
  }

  private crashed(
    key: string,
    round: number,
    message: Exclude<FromSide, { readonly kind: "trial" }> | Ended,
    startedAt: string,
    durationNs: number,
  ): TrialRecord {
    const found = this.description?.benchmarks.find((benchmark) => benchmark.key === key);
    if (found === undefined) {
      throw new UsageError(`compare: benchmark must be in the plan of the side, got ${key}`);
    }
    const config = { ...found.config, repeat: round };
    const how = message.kind === "ended" ? message.how : message.kind;
    const outcome: Outcome = {
      state: "crashed",
      message: `the program of ${this.program.name} ended: ${how}`,
      stderrTail: this.stderr,
    };
    return { id: canonicalTrialKey(config), config, outcome, durationNs, startedAt };
  }
}

interface Ended {
  readonly kind: "ended";
  readonly how: string;
}
