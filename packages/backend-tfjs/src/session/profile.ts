// Times of single kernels: each call is waited for before the next is made. That keeps an asynchronous engine from
// overlapping them, so their sum is more than an ordinary run takes.
import { performance } from "node:perf_hooks";
import type { KernelTiming } from "@fastgpu/core";
import { HOST_KERNEL } from "../lower/host.ts";
import type { Observer } from "../tape/player.ts";

/** Collects the times of one run. */
export class Profile {
  readonly timings: KernelTiming[] = [];
  private readonly provider: string;
  private readonly finish: () => Promise<void>;

  constructor(provider: string, finish: () => Promise<void>) {
    this.provider = provider;
    this.finish = finish;
  }

  /** Runs and times a call. */
  readonly observe: Observer = async (call, run) => {
    const startedAt = performance.now();
    await run();
    await this.finish();
    const durationNs = Math.round((performance.now() - startedAt) * 1e6);
    const provider = call.kernel === HOST_KERNEL ? "host" : this.provider;
    this.timings.push({ name: call.op, op: call.kernel, durationNs, provider });
  };
}
