// Times of transfers between devices by size, from measurements: interpolated where both are logarithms, since a transfer
// costs a start-up time at small sizes and a rate at large ones.
import { DataError } from "@fastgpu/core";

/** Measured times, ascending in size. */
export interface LinkTimes {
  readonly sizesBytes: readonly number[];
  readonly timesMs: readonly number[];
}

/** Names of the links that come with the package. */
export type MeasuredLink =
  | "a100AllReduce"
  | "a100Transfer"
  | "h100AllReduce"
  | "h100Transfer"
  | "a100NetworkAllReduce"
  | "a100NetworkTransfer";

/**
 * Medians measured with NCCL by the Vidur project (Agrawal et al., MLSys 2024; github.com/microsoft/vidur,
 * data/profiling/network, MIT), on one DGX A100 and one DGX H100 with 8 GPUs (NVLink), and between two DGX A100
 * ("a100Network"). All-reduces are over 8 GPUs (16 for the network), transfers between 2.
 */
export const measuredLinks: Readonly<Record<MeasuredLink, LinkTimes>> = {
  a100AllReduce: link(
    [2048, 67584, 2 ** 20, 2 ** 22, 2 ** 24, 2 ** 26],
    [0.062, 0.032, 0.064, 0.099, 0.274, 0.675],
  ),
  a100Transfer: link(
    [2048, 67584, 2 ** 20, 2 ** 22, 2 ** 24, 2 ** 26],
    [0.008, 0.016, 0.017, 0.025, 0.065, 0.294],
  ),
  h100AllReduce: link(
    [2048, 67584, 2 ** 20, 2 ** 22, 2 ** 24, 2 ** 26],
    [0.037, 0.036, 0.034, 0.051, 0.115, 0.322],
  ),
  h100Transfer: link(
    [2048, 67584, 2 ** 20, 2 ** 22, 2 ** 24, 2 ** 26],
    [0.005, 0.008, 0.01, 0.019, 0.053, 0.193],
  ),
  a100NetworkAllReduce: link(
    [2048, 67584, 2 ** 20, 2 ** 22, 2 ** 24, 2 ** 26],
    [0.065, 0.097, 0.464, 1.256, 4.15, 7.193],
  ),
  a100NetworkTransfer: link(
    [2048, 67584, 2 ** 20, 2 ** 22, 2 ** 24, 2 ** 26],
    [0.024, 0.035, 0.166, 0.564, 2.191, 8.586],
  ),
};

function link(sizesBytes: readonly number[], timesMs: readonly number[]): LinkTimes {
  return { sizesBytes, timesMs };
}

/** Time of a transfer in ms; 0 bytes take no time. Beyond the largest size the last rate holds. */
export function transferMs({ sizesBytes, timesMs }: LinkTimes, bytes: number): number {
  if (bytes <= 0) return 0;
  const last = sizesBytes.length - 1;
  if (bytes <= sizesBytes[0]!) return timesMs[0]!;
  if (bytes >= sizesBytes[last]!) return (timesMs[last]! * bytes) / sizesBytes[last]!;
  const above = sizesBytes.findIndex((size) => size >= bytes);
  const below = above - 1;
  const share =
    Math.log(bytes / sizesBytes[below]!) / Math.log(sizesBytes[above]! / sizesBytes[below]!);
  return timesMs[below]! * (timesMs[above]! / timesMs[below]!) ** share;
}

/**
 * Reads a CSV of Vidur's network profiles: columns `size` (bytes), `num_workers`, `devices_per_node` and
 * `time_stats.<collective>.median` (ms). Rows of the same size are averaged.
 *
 * @throws {DataError} if a column is missing or no row has these workers
 */
export function readLinkTimes(
  csv: string,
  {
    collective,
    workers,
    devicesPerNode,
    where,
  }: {
    readonly collective: "all_reduce" | "send_recv";
    readonly workers: number;
    readonly devicesPerNode: number;
    readonly where: string;
  },
): LinkTimes {
  const [head = "", ...lines] = csv.split(/\r?\n/).filter((line) => line !== "");
  const names = head.split(",");
  const [size, time, count, perNode] = [
    "size",
    `time_stats.${collective}.median`,
    "num_workers",
    "devices_per_node",
  ].map((name) => {
    const column = names.indexOf(name);
    if (column === -1)
      throw new DataError(`${where}: columns must include ${name}, got ${head.slice(0, 60)}`);
    return column;
  });
  const times = new Map<number, number[]>();
  for (const line of lines) {
    const cells = line.split(",").map(Number);
    if (cells[count!] !== workers || cells[perNode!] !== devicesPerNode) continue;
    const [bytes, ms] = [cells[size!]!, cells[time!]!];
    if (!(bytes > 0 && ms > 0)) continue;
    times.set(bytes, [...(times.get(bytes) ?? []), ms]);
  }
  if (times.size === 0) {
    throw new DataError(
      `${where}: a row must have num_workers ${workers} and devices_per_node ${devicesPerNode}, got none`,
    );
  }
  const sizesBytes = [...times.keys()].sort((a, b) => a - b);
  return {
    sizesBytes,
    timesMs: sizesBytes.map((bytes) => {
      const all = times.get(bytes)!;
      return all.reduce((sum, ms) => sum + ms, 0) / all.length;
    }),
  };
}
