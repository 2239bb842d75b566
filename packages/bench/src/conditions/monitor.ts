// Watches the machine while a trial takes its samples, from the main process: the backend process does nothing but run.
import type { DeviceInfo } from "@fastgpu/core";
import { energyBetween, type ConditionReading, type Conditions } from "@fastgpu/results";
import { CpuSensors } from "./cpu-sensors.ts";
import { followGpu, gpuProcesses, type GpuProcess } from "./nvidia-smi.ts";

/** Readings are this far apart; nvidia-smi has a rhythm of its own. */
const intervalMs = 250;
const processIntervalMs = 1000;
const maxReadings = 600;

interface TimedReading extends Omit<ConditionReading, "atNs" | "powerWatts"> {
  readonly atMs: number;
  readonly joules?: number;
  readonly watts?: number;
}

/** Who else computes on the device may be known, and measured nonetheless. */
export interface MonitorOptions {
  /** Processes that were there before the trial and are put up with. */
  readonly tolerated: readonly GpuProcess[];
  /** The backend process. */
  readonly ownPid: number;
}

/** A watch in progress. */
export interface Monitor {
  /** Ends the watch. */
  stop(): void;
  /**
   * What was seen between two moments.
   *
   * @param fromMs - ms since the epoch
   * @returns Undefined if the platform tells nothing.
   */
  conditions(fromMs: number, toMs: number, foreignCpuShare?: number): Conditions | undefined;
}

/** The number of an NVIDIA GPU behind a device; undefined for others. */
export function gpuNumber({ kind, id, name, isSoftware }: DeviceInfo): number | undefined {
  if (kind !== "gpu" || isSoftware === true) return undefined;
  const [, number] = /^cuda(?::(\d+))?$/.exec(id) ?? [];
  if (number !== undefined) return Number(number);
  return id.startsWith("cuda") || /nvidia|geforce|tesla|quadro|rtx/i.test(name) ? 0 : undefined;
}

/** Starts to watch what a device computes on. */
export function startMonitor(device: DeviceInfo, options: MonitorOptions): Monitor {
  const readings: TimedReading[] = [];
  const now = (): number => performance.timeOrigin + performance.now();
  const gpu = gpuNumber(device);
  const watch = gpu === undefined ? watchCpu(readings, now) : watchGpu(gpu, readings, now, options);
  return {
    stop: watch.stop,
    conditions: (fromMs, toMs, foreignCpuShare) =>
      conditionsOf(readings, watch.sources(), fromMs, toMs, foreignCpuShare),
  };
}

interface Watch {
  readonly stop: () => void;
  readonly sources: () => readonly string[];
}

function watchCpu(readings: TimedReading[], now: () => number): Watch {
  const sensors = new CpuSensors();
  if (sensors.sources.length === 0) return { stop: () => undefined, sources: () => [] };
  let events: number | undefined;
  const read = (): void => {
    const { throttleEvents, ...reading } = sensors.read();
    const isThrottled =
      events !== undefined && throttleEvents !== undefined && throttleEvents > events;
    events = throttleEvents;
    readings.push({
      atMs: now(),
      ...reading,
      ...(isThrottled ? { throttledBy: ["core-thermal-throttle"] } : {}),
    });
  };
  read();
  const timer = setInterval(read, intervalMs);
  return {
    stop: () => {
      clearInterval(timer);
      read();
    },
    sources: () => sensors.sources,
  };
}

function watchGpu(
  gpu: number,
  readings: TimedReading[],
  now: () => number,
  { tolerated, ownPid }: MonitorOptions,
): Watch {
  let foreign: readonly string[] = [];
  const stopReadings = followGpu(gpu, (reading) => {
    readings.push({
      atMs: now(),
      ...reading,
      ...(foreign.length === 0 ? {} : { foreignProcesses: foreign }),
    });
  });
  const ask = async (): Promise<void> => {
    const processes = (await gpuProcesses(gpu)) ?? [];
    foreign = foreignOf(processes, tolerated, ownPid).map(({ pid, name }) => `${pid} ${name}`);
  };
  void ask();
  const timer = setInterval(() => void ask(), processIntervalMs);
  return {
    stop: () => {
      clearInterval(timer);
      stopReadings();
    },
    sources: () => (readings.length === 0 ? [] : ["nvidia-smi"]),
  };
}

/**
 * Processes that are neither the trial's own nor were there before. In a container the tool shows other process ids
 * than the container does: then the one newcomer is the trial's own.
 */
export function foreignOf(
  processes: readonly GpuProcess[],
  tolerated: readonly GpuProcess[],
  ownPid: number,
): readonly GpuProcess[] {
  const known = new Set(tolerated.map(({ pid }) => pid));
  const strangers = processes.filter(({ pid }) => !known.has(pid));
  const others = strangers.filter(({ pid }) => pid !== ownPid);
  return others.length === strangers.length ? others.slice(1) : others;
}

/** A reading as the record keeps it: the meter's level says nothing by itself. */
function recorded(reading: TimedReading, fromMs: number): ConditionReading {
  const { atMs, watts, clockMhz, temperatureCelsius, throttledBy, foreignProcesses } = reading;
  return {
    atNs: Math.max(0, Math.round((atMs - fromMs) * 1e6)),
    ...(watts === undefined ? {} : { powerWatts: watts }),
    ...(clockMhz === undefined ? {} : { clockMhz }),
    ...(temperatureCelsius === undefined ? {} : { temperatureCelsius }),
    ...(throttledBy === undefined ? {} : { throttledBy }),
    ...(foreignProcesses === undefined ? {} : { foreignProcesses }),
  };
}

function conditionsOf(
  readings: readonly TimedReading[],
  sources: readonly string[],
  fromMs: number,
  toMs: number,
  foreignCpuShare: number | undefined,
): Conditions | undefined {
  if (readings.length === 0 && foreignCpuShare === undefined) return undefined;
  const energyJoules = energyBetween(readings, fromMs, toMs);
  // One reading before and after, so that every sample has a reading beside it.
  const first = Math.max(0, readings.findIndex(({ atMs }) => atMs >= fromMs) - 1);
  const end = readings.findIndex(({ atMs }) => atMs > toMs);
  const within = readings.slice(first, end < 0 ? undefined : end + 1);
  const every = Math.ceil(within.length / maxReadings);
  return {
    sources,
    readings: within
      // Readings with a cause are never thinned out.
      .filter(
        ({ throttledBy = [], foreignProcesses = [] }, i) =>
          i % every === 0 || throttledBy.length > 0 || foreignProcesses.length > 0,
      )
      .map((reading) => recorded(reading, fromMs)),
    ...(energyJoules === undefined ? {} : { energyJoules }),
    ...(foreignCpuShare === undefined ? {} : { foreignCpuShare }),
  };
}
