// A search in a thread of its own: proposing may take a fit of hyper-parameters, and the caller has devices to feed.
import { Worker } from "node:worker_threads";
import { FastGpuError, UsageError, type ErrorCode } from "@fastgpu/core";
import type { Observation } from "../observation.ts";
import { guessFunction, type Prior } from "../prior.ts";
import { checkProblem, type Problem } from "../problem.ts";
import type { SpaceDeclaration } from "../space/declaration.ts";
import type { Space } from "../space/space.ts";
import { createStrategy } from "../strategies/table.ts";
import type { Proposal } from "../strategy.ts";
import type { ThreadReply, ThreadRequest, ThreadSetup } from "./protocol.ts";

/** What a threaded search starts with; the strategy is named, as functions do not cross threads. */
export interface SearchThreadOptions {
  readonly problem: Problem;
  readonly strategy: string;
  readonly seed: number;
  readonly prior?: Prior;
}

interface Waiting {
  readonly resolve: (reply: ThreadReply) => void;
  readonly reject: (error: Error) => void;
}

type Unnumbered<T> = T extends unknown ? Omit<T, "id"> : never;

/**
 * Ask and tell as `Search` has them, answered in the order of the calls, with the same proposals for the same seed and
 * calls. The thread does not keep the program alive while nothing is asked. Call `close` in the end.
 */
export class SearchThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  #end: Error | undefined;

  /**
   * @throws {UsageError} for a problem that breaks a rule, an unknown strategy, a guess that is no formula of the space, or
   *   constraints in code on a space that is too large to list
   */
  constructor({ problem, strategy, seed, prior = {} }: SearchThreadOptions) {
    checkProblem(problem);
    // What may be wrong with them is heard here and not from the thread.
    createStrategy(strategy, problem);
    guessFunction(problem, prior);
    const { space, ...rest } = problem;
    const setup: ThreadSetup = { ...rest, space: plainDeclaration(space), strategy, seed, prior };
    const entry = new URL("../../dist/thread/search-worker.js", import.meta.url);
    // Flags of the caller's process (conditions of a test runner, loaders) are not the thread's.
    this.#worker = new Worker(entry, { workerData: setup, execArgv: [] });
    this.#worker.unref();
    this.#worker.on("message", (reply: ThreadReply) => {
      this.#take(reply.id)?.resolve(reply);
    });
    this.#worker.on("error", (error: Error) => {
      this.#fail(error);
    });
    this.#worker.on("exit", () => {
      this.#fail(new FastGpuError("CANCELLED", "search: thread must be open, got a closed one"));
    });
  }

  /** As `Search.ask`. Rejects with what that throws. */
  async ask(count = 1): Promise<readonly Proposal[]> {
    const reply = await this.#send({ kind: "ask", count });
    return reply.kind === "proposals" ? reply.proposals : [];
  }

  /** As `Search.tell`. Rejects with what that throws. */
  async tell(observation: Observation): Promise<void> {
    await this.#send({ kind: "tell", observation });
  }

  /** Ends the thread; what is still asked is rejected with `CANCELLED`. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #send(request: Unnumbered<ThreadRequest>): Promise<ThreadReply> {
    if (this.#end !== undefined) throw this.#end;
    const id = this.#next++;
    this.#worker.ref();
    const reply = await new Promise<ThreadReply>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...request });
    });
    if (reply.kind === "error") throw errorOf(reply.code, reply.message);
    return reply;
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    return waiting;
  }

  #fail(error: Error): void {
    this.#end ??= error;
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(this.#end);
  }
}

function errorOf(code: string, message: string): FastGpuError {
  return code === "USAGE" ? new UsageError(message) : new FastGpuError(code as ErrorCode, message);
}

// Constraints in code become the list of what they leave.
function plainDeclaration(space: Space): SpaceDeclaration {
  const { constraints = [], ...rest } = space.declaration;
  if (constraints.every((constraint) => typeof constraint === "string")) return space.declaration;
  const points = space.list();
  if (points === undefined) {
    throw new UsageError(
      "search: a space with constraints in code must be small enough to list, got a larger one; write them as expressions",
    );
  }
  return { ...rest, only: points.map((point) => space.configurationOf(point)) };
}
