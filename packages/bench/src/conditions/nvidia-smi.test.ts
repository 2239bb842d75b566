// nvidia-smi: its lines as drivers write them, and a tool that is absent, old, broken or hangs. The formats are those of
// `nvidia-smi --help-query-gpu` and its manual page: numbers without units under nounits, masks as 16 hexadecimal digits,
// and words in brackets for what a GPU does not tell. The programs here stand for the tool and print such lines.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followGpu, gpuProcesses, parseProcesses, parseReading } from "./nvidia-smi.ts";
import type { GpuReading } from "./nvidia-smi.ts";

describe("a line of readings", () => {
  it("has clock, temperature, power and the reasons that slow the GPU down", () => {
    expect(parseReading("1980, 61, 310.52, 0x0000000000000000")).toEqual({
      clockMhz: 1980,
      temperatureCelsius: 61,
      watts: 310.52,
      throttledBy: [],
    });
    // Idle (0x1), application clocks (0x2) and a power cap by software (0x4) are no throttling.
    expect(parseReading("345, 33, 68.11, 0x0000000000000007")?.throttledBy).toEqual([]);
    // A real slowdown sets the bits of hardware (0x8), heat (0x40) and power brake (0x80) together.
    expect(parseReading("1095, 89, 402.90, 0x00000000000000C8")?.throttledBy).toEqual([
      "hw-slowdown",
      "hw-thermal-slowdown",
      "hw-power-brake",
    ]);
    expect(parseReading("1200, 84, 250.00, 0x0000000000000020")?.throttledBy).toEqual([
      "sw-thermal-slowdown",
    ]);
  });

  it("leaves out what the GPU does not tell", () => {
    expect(parseReading("300, 45, [N/A], [N/A]")).toEqual({
      clockMhz: 300,
      temperatureCelsius: 45,
      throttledBy: [],
    });
    expect(parseReading("[Not Supported], 45, [Unknown Error], 0x0000000000000000")).toEqual({
      temperatureCelsius: 45,
      throttledBy: [],
    });
  });

  it.each([
    "",
    "[N/A], [N/A], [N/A], [N/A]",
    "No devices were found",
    "Failed to initialize NVML: Driver/library version mismatch",
    'Field "clocks_event_reasons.active" is not a valid field to query.',
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
    "1980, 61, 310.52",
  ])("is none: %s", (line) => {
    expect(parseReading(line)).toBeUndefined();
  });
});

it("processes have a number and a name, which may hold commas or be hidden", () => {
  const text =
    "4711, /usr/bin/python3\n1234, C:\\Program Files\\a, b.exe\r\n77, [Insufficient Permissions]\n8, [Not Found]\n";
  expect(parseProcesses(text)).toEqual([
    { pid: 4711, name: "/usr/bin/python3" },
    { pid: 1234, name: "C:\\Program Files\\a, b.exe" },
    { pid: 77, name: "[Insufficient Permissions]" },
    { pid: 8, name: "[Not Found]" },
  ]);
  expect(parseProcesses("")).toEqual([]);
  expect(parseProcesses("No running processes found\n")).toEqual([]);
  expect(parseProcesses("[N/A], [N/A]\n")).toEqual([]);
});

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
