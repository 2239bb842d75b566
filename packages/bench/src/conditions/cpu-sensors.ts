// The processor's clock, throttling and energy, from the files that Linux shows them in. Virtual machines have none of
// them, energy is often for root alone, and other systems have no such files: then nothing is read.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The processor at one moment. */
export interface CpuReading {
  /** Of the fastest core. */
  readonly clockMhz?: number;
  /** Throttling events of all cores since the system started. */
  readonly throttleEvents?: number;
  /** Of all packages, from any start. */
  readonly joules?: number;
}

interface EnergyMeter {
  readonly path: string;
  /** The counter starts again from 0 here. */
  readonly rangeMicrojoules: number;
  latest: number;
  turns: number;
}

/** The files that this machine has, found once. */
export class CpuSensors {
  private readonly clocks: readonly string[];
  private readonly throttles: readonly string[];
  private readonly meters: readonly EnergyMeter[];

  /** @param root - where the system shows its devices */
  constructor(root = "/sys") {
    const cpuFolder = join(root, "devices/system/cpu");
    const cores = list(cpuFolder).filter((name) => /^cpu\d+$/.test(name));
    const files = (inner: string): string[] =>
      cores.map((core) => join(cpuFolder, core, inner)).filter((path) => existsSync(path));
    this.clocks = files("cpufreq/scaling_cur_freq");
    this.throttles = files("thermal_throttle/core_throttle_count");
    const powercap = join(root, "class/powercap");
    this.meters = list(powercap)
      // Packages only: their parts are counted in them.
      .filter((name) => /^intel-rapl:\d+$/.test(name))
      .flatMap((name) => {
        const path = join(powercap, name, "energy_uj");
        const latest = readNumber(path);
        if (latest === undefined) return [];
        const rangeMicrojoules =
          readNumber(join(powercap, name, "max_energy_range_uj")) ?? Infinity;
        return [{ path, rangeMicrojoules, latest, turns: 0 }];
      });
  }

  /** Names of what can be read; empty if nothing can. */
  get sources(): readonly string[] {
    return [
      ...(this.clocks.length > 0 ? ["cpufreq"] : []),
      ...(this.throttles.length > 0 ? ["thermal_throttle"] : []),
      ...(this.meters.length > 0 ? ["rapl"] : []),
    ];
  }

  /** Reads everything now. */
  read(): CpuReading {
    const clocks = this.clocks.flatMap((path) => readNumber(path) ?? []);
    const events = this.throttles.flatMap((path) => readNumber(path) ?? []);
    const joules = this.meters.reduce((sum, meter) => sum + readMeter(meter), 0) / 1e6;
    return {
      ...(clocks.length > 0 ? { clockMhz: Math.max(...clocks) / 1e3 } : {}),
      ...(events.length > 0 ? { throttleEvents: events.reduce((a, b) => a + b, 0) } : {}),
      ...(this.meters.length > 0 ? { joules } : {}),
    };
  }
}

/** Microjoules without the turns of the counter. */
function readMeter(meter: EnergyMeter): number {
  const now = readNumber(meter.path) ?? meter.latest;
  if (now < meter.latest) meter.turns += 1;
  meter.latest = now;
  return now + (meter.turns === 0 ? 0 : meter.turns * meter.rangeMicrojoules);
}

function readNumber(path: string): number | undefined {
  try {
    const value = Number(readFileSync(path, "utf8"));
    return Number.isFinite(value) ? value : undefined;
  } catch {
    // Absent, or not for this user.
    return undefined;
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
