// The lines of nvidia-smi as drivers write them. The formats are those of `nvidia-smi --help-query-gpu` and its manual page:
// numbers without units under nounits, masks as 16 hexadecimal digits, and words in brackets for what a GPU does not tell.
import { describe, expect, it } from "vitest";
import { parseProcesses, parseReading } from "./nvidia-smi.ts";

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
