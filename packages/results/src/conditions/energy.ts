// Energy between two moments from readings of a meter or of power.

/** One reading; `joules` counts up from any start. */
export interface EnergyReading {
  readonly atMs: number;
  readonly joules?: number;
  readonly watts?: number;
}

/**
 * Energy in [fromMs, toMs]: the difference of the meter, read between its readings by straight lines, or else the
 * integral of power by the trapezoid rule. Beyond the first and last reading the nearest power goes on.
 *
 * @param readings - in order of time
 * @returns J; undefined when there are fewer than two meter readings and no power.
 */
export function energyBetween(
  readings: readonly EnergyReading[],
  fromMs: number,
  toMs: number,
): number | undefined {
  const meter = readings.flatMap(({ atMs, joules }) =>
    joules === undefined ? [] : [[atMs, joules] as const],
  );
  if (meter.length >= 2) return Math.max(0, lineAt(meter, toMs) - lineAt(meter, fromMs));
  const power = readings.flatMap(({ atMs, watts }) =>
    watts === undefined ? [] : [[atMs, watts] as const],
  );
  const [first] = power;
  const last = power.at(-1);
  if (first === undefined || last === undefined || toMs <= fromMs) return undefined;
  let total = 0;
  const points = [
    [Math.min(fromMs, first[0]), first[1]] as const,
    ...power,
    [Math.max(toMs, last[0]), last[1]] as const,
  ];
  for (const [i, point] of points.entries()) {
    const before = points[i - 1];
    if (before === undefined) continue;
    const [left, right] = [Math.max(fromMs, before[0]), Math.min(toMs, point[0])];
    if (right <= left) continue;
    const pair = [before, point];
    total += ((lineAt(pair, left) + lineAt(pair, right)) / 2) * ((right - left) / 1e3);
  }
  return total;
}

/** The value of a line through neighbouring points; beyond the ends the line of the last two goes on. */
function lineAt(points: readonly (readonly [atMs: number, value: number])[], atMs: number): number {
  const later = points.findIndex(([at], index) => index > 0 && at >= atMs);
  const index = later < 0 ? points.length - 1 : later;
  const [x0, y0] = points[index - 1] ?? [atMs, 0];
  const [x1, y1] = points[index] ?? [atMs, 0];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (atMs - x0)) / (x1 - x0);
}
