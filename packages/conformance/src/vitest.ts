// The suite as tests of vitest: one per case, so that a backend package runs it in ten lines.
import { UsageError, type Backend, type Device, type OpenOptions } from "@fastgpu/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conformanceCases } from "./cases/all.ts";
import { isRequired } from "./requirement.ts";
import { runCase, skipReasons, type ConformanceOptions } from "./run-conformance.ts";

/** What to test and how. */
export interface DescribeOptions extends Pick<ConformanceOptions, "filter" | "skips"> {
  /** Id of the device; default: the first that the backend lists. */
  readonly device?: string;
  readonly open?: OpenOptions;
}

/**
 * Registers a test for each case of the suite. Where the backend has no such device the tests are skipped and the
 * reason is printed, unless the environment variable FASTGPU_REQUIRE names the backend (`onnx,webgpu`): then they fail.
 * Skipped cases of the skip list run too and must fail.
 */
export async function describeConformance(
  backend: Backend,
  options: DescribeOptions = {},
): Promise<void> {
  const { filter = () => true, skips = [], device: id } = options;
  const cases = conformanceCases();
  const reasons = skipReasons(cases, skips);
  const devices = await backend.devices();
  const info = devices.find((candidate) => id === undefined || candidate.id === id);
  const title = `conformance of ${backend.name} ${id ?? ""}`.trim();
  if (info === undefined) {
    describeAbsence(backend.name, title);
    return;
  }
  let device: Device | undefined;
  describe(title, () => {
    beforeAll(async () => {
      device = await backend.open(info, options.open ?? {});
    });
    afterAll(() => device?.dispose());
    it.each(cases.filter(({ name }) => filter(name)).map((entry) => [entry.name, entry] as const))(
      "%s",
      async (name, entry) => {
        if (device === undefined) throw new UsageError(`${title}: device must be open, got none`);
        const outcome = await runCase(device, entry, reasons.get(name));
        if (outcome.status === "skipped" && outcome.reason !== undefined) {
          console.info(`skipped: ${name}: ${outcome.reason}`);
        }
        expect(outcome).not.toMatchObject({ status: "failed" });
      },
    );
  });
}

/** What stands in for the suite where there is no device. */
function describeAbsence(backend: string, title: string): void {
  const required = process.env["FASTGPU_REQUIRE"];
  if (isRequired(backend, required)) {
    it(`${title}: a required device is there`, () => {
      expect.fail(`FASTGPU_REQUIRE=${required ?? ""} must be met, got no device of ${backend}`);
    });
    return;
  }
  console.info(`skipped: ${title}: this machine has no such device`);
  it.skip(`${title}: this machine has no such device`, () => undefined);
}
