// What the machine did while samples were taken: clocks, power, throttling, other processes. Only what the platform
// tells; nothing here is guessed.

/** Readings during the counted samples of one trial. */
export interface Conditions {
  /** Where the readings come from, as in `nvidia-smi`, `cpufreq`, `rapl`. */
  readonly sources: readonly string[];
  /** In order of time; thinned out to at most 600. */
  readonly readings: readonly ConditionReading[];
  /** Energy of the whole processor package or GPU while samples were taken, J. */
  readonly energyJoules?: number;
  /** Busy time of processors by other processes / (elapsed time x cores), 1 = 100%. */
  readonly foreignCpuShare?: number;
}

/** The machine at one moment. */
export interface ConditionReading {
  /** Time since the first counted sample began, ns. */
  readonly atNs: number;
  /** Clock of the processor (the fastest core) or of the GPU's compute units, MHz. */
  readonly clockMhz?: number;
  readonly temperatureCelsius?: number;
  readonly powerWatts?: number;
  /** Causes that slow the device down now, as the platform names them; absent or empty = none. */
  readonly throttledBy?: readonly string[];
  /** Other processes that compute on the device, as `pid name`; absent or empty = none. */
  readonly foreignProcesses?: readonly string[];
}
