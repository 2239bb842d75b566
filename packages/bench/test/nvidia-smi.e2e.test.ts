// nvidia-smi absent, refusing, hanging, streaming, old: programs that stand for the tool and print what it prints.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followGpu, gpuProcesses } from "../src/conditions/nvidia-smi.ts";
import type { GpuReading } from "../src/conditions/nvidia-smi.ts";

describe.skipIf(process.platform === "win32")("the tool", () => {
  const path = process.env["PATH"] ?? "";
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fastgpu-smi-"));
  });
  afterEach(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });

  /** Puts a program of that name before all others. */
  function install(script: string): void {
    const file = join(folder, "nvidia-smi");
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    process.env["PATH"] = `${folder}${delimiter}${path}`;
  }

  it("absent: nothing is known", async () => {
    process.env["PATH"] = folder;
    expect(await gpuProcesses(0)).toBeUndefined();
    const readings: GpuReading[] = [];
    const stop = followGpu(0, (reading) => readings.push(reading));
    await sleep(50);
    stop();
    expect(readings).toEqual([]);
  });

  it("is asked for one GPU, and its refusal is no answer", async () => {
    install('echo "$@" > "$0.args"; echo "9, a"');
    expect(await gpuProcesses(3)).toEqual([{ pid: 9, name: "a" }]);
    install('echo "No devices were found"; exit 6');
    expect(await gpuProcesses(3)).toBeUndefined();
  });

  it("hangs: it is given up after its time", async () => {
    install("exec sleep 60");
    const startMs = performance.now();
    expect(await gpuProcesses(0, 200)).toBeUndefined();
    expect(performance.now() - startMs).toBeLessThan(10_000);
    const stop = followGpu(0, () => undefined);
    await sleep(50);
    stop();
  });

  it("streams until it is stopped", async () => {
    install(
      'while :; do echo "1410, 52, 220.10, 0x0000000000000000"; sleep 0.02; done # the loop of --loop-ms',
    );
    const readings: GpuReading[] = [];
    const stop = followGpu(0, (reading) => readings.push(reading));
    await vi.waitFor(
      () => {
        expect(readings.length).toBeGreaterThan(2);
      },
      { timeout: 10_000 },
    );
    stop();
    await sleep(100);
    const { length } = readings;
    await sleep(200);
    expect(readings).toHaveLength(length);
    expect(readings[0]).toMatchObject({ clockMhz: 1410, watts: 220.1 });
  });

  it("of an older driver knows the throttle reasons by their older name", async () => {
    install(
      [
        'case "$*" in *clocks_event_reasons*)',
        '  echo "Field \\"clocks_event_reasons.active\\" is not a valid field to query."; exit 2;;',
        "esac",
        'echo "1530, 70, 250.00, 0x0000000000000040"; exec sleep 60',
      ].join("\n"),
    );
    const reading = await new Promise<GpuReading>((resolve) => {
      const stop = followGpu(0, (first) => {
        stop();
        resolve(first);
      });
    });
    expect(reading).toMatchObject({ clockMhz: 1530, throttledBy: ["hw-thermal-slowdown"] });
  });
});
