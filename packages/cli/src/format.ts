// Sizes and times for the commands that show no record; records are formatted by the reporter.

/** A memory size in GiB, as in `7.7 GiB`. */
export function formatMemory(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
