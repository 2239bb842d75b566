// The processor's sensors, from folders laid out as Linux documents them: Documentation/power/powercap/powercap.rst for
// RAPL (decimal microjoules, a counter that starts again after max_energy_range_uj), Documentation/admin-guide/pm/cpufreq.rst
// for scaling_cur_freq (kHz), Documentation/ABI/testing/sysfs-devices-system-cpu for thermal_throttle (events).
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CpuSensors } from "./cpu-sensors.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fastgpu-sys-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const cpu = "devices/system/cpu";
const rapl = "class/powercap/intel-rapl:0";

it("a machine that tells nothing, as most virtual ones, has no sources", () => {
  expect(new CpuSensors(root).sources).toEqual([]);
  expect(new CpuSensors(root).read()).toEqual({});
  expect(new CpuSensors(join(root, "absent")).sources).toEqual([]);
});

it("clock of the fastest core, throttling events of all cores", () => {
  write(`${cpu}/cpu0/cpufreq/scaling_cur_freq`, "1200000\n");
  write(`${cpu}/cpu1/cpufreq/scaling_cur_freq`, "3601234\n");
  write(`${cpu}/cpu0/thermal_throttle/core_throttle_count`, "3\n");
  write(`${cpu}/cpu1/thermal_throttle/core_throttle_count`, "4\n");
  // Neighbours of the cores that are none.
  write(`${cpu}/cpufreq/scaling_cur_freq`, "9\n");
  write(`${cpu}/cpuidle/current_driver`, "intel_idle\n");
  const sensors = new CpuSensors(root);
  expect(sensors.sources).toEqual(["cpufreq", "thermal_throttle"]);
  expect(sensors.read()).toEqual({ clockMhz: 3601.234, throttleEvents: 7 });
});

it("energy of the packages, without their parts, across the turn of the counter", () => {
  write(`${rapl}/name`, "package-0\n");
  write(`${rapl}/max_energy_range_uj`, "262143328850\n");
  write(`${rapl}/energy_uj`, "262143000000\n");
  write("class/powercap/intel-rapl:0:0/energy_uj", "77\n");
  write("class/powercap/intel-rapl:1/energy_uj", "1000000\n");
  write("class/powercap/intel-rapl:1/max_energy_range_uj", "262143328850\n");
  write("class/powercap/dtpm/energy_uj", "5\n");
  const sensors = new CpuSensors(root);
  expect(sensors.sources).toEqual(["rapl"]);
  const { joules: before = NaN } = sensors.read();
  write(`${rapl}/energy_uj`, "671150\n");
  const { joules: after = NaN } = sensors.read();
  // 328,850 microjoules to the turn and 671,150 after it.
  expect(after - before).toBeCloseTo(1, 6);
  write(`${rapl}/energy_uj`, "1671150\n");
  expect((sensors.read().joules ?? NaN) - after).toBeCloseTo(1, 6);
});

it("energy that only root may read is none", () => {
  // A folder in place of the file: unreadable for root too, who runs tests in containers.
  mkdirSync(join(root, rapl, "energy_uj"), { recursive: true });
  write(`${rapl}/max_energy_range_uj`, "262143328850\n");
  expect(new CpuSensors(root).sources).toEqual([]);
});

it("a sensor that goes away, as an offline core does, costs its reading alone", () => {
  write(`${cpu}/cpu0/cpufreq/scaling_cur_freq`, "2000000\n");
  write(`${cpu}/cpu1/cpufreq/scaling_cur_freq`, "3000000\n");
  write(`${rapl}/energy_uj`, "1000000\n");
  const sensors = new CpuSensors(root);
  rmSync(join(root, cpu, "cpu1"), { recursive: true });
  rmSync(join(root, rapl), { recursive: true });
  expect(sensors.read()).toEqual({ clockMhz: 2000, joules: 1 });
});
