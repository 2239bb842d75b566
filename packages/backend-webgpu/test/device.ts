// The device that tests of this package run on: the first adapter, skipped loudly where there is none or where it lacks what
// a test is about.
import type { Device, OpenOptions } from "@fastgpu/core";
import { describe, expect, test } from "vitest";
import { requestAdapter, traitsOf } from "../src/adapter/adapters.ts";
import backend from "../src/index.ts";
import type { AdapterTraits } from "../src/kernels/kernel.ts";

const [first] = await backend.devices();

/** Whether there is an adapter; without one the tests are skipped, unless FASTGPU_REQUIRE names webgpu. */
export const hasAdapter: boolean = first !== undefined || isRequired();

/** Opens it; the test closes it. */
export async function openTestDevice(options: OpenOptions = {}): Promise<Device> {
  if (first === undefined) throw new RangeError("FASTGPU_REQUIRE names webgpu, got no adapter");
  return backend.open(first, options);
}

/** What kernels may use on it; undefined without an adapter. */
export async function firstTraits(): Promise<AdapterTraits | undefined> {
  const adapter = first === undefined ? undefined : await requestAdapter(first.name);
  return adapter === undefined ? undefined : traitsOf(adapter, first!.name);
}

/** What an adapter may have or not: subgroups of one known size, matrix units for f16. */
export type Feature = "subgroups" | "matrix-units";

/**
 * Tests of what needs a feature. Where it is absent they are skipped and say so, unless FASTGPU_REQUIRE names it
 * (`webgpu:matrix-units`): then they fail.
 */
export function describeFeature(
  feature: Feature,
  isThere: boolean,
  title: string,
  tests: () => void,
): void {
  if (!isThere && isRequired(`webgpu:${feature}`)) {
    test(`${title}: the adapter has ${feature}`, () => {
      expect.fail(`FASTGPU_REQUIRE names webgpu:${feature}, got ${first?.name ?? "no adapter"}`);
    });
    return;
  }
  if (!isThere) console.info(`skipped: ${title}: no ${feature} on ${first?.name ?? "no adapter"}`);
  describe.skipIf(!isThere)(title, tests);
}

function isRequired(name = "webgpu"): boolean {
  const names = (process.env["FASTGPU_REQUIRE"] ?? "").split(",");
  return names.some((one) => one.trim() === name);
}
