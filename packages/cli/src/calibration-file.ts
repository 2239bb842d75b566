// The calibration that a run states its share of limits from: the file given, or the one that `calibrate` writes here.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UsageError } from "@fastgpu/core";
import type { Calibration } from "@fastgpu/results";
import { parseCalibration } from "@fastgpu/results/read";

/** Where `calibrate` writes, from the working folder. */
export const calibrationFile = "fastgpu-results/calibration.json";

/**
 * Reads a calibration.
 *
 * @param given - path of `--calibration`; without it a file that is not there, or cannot be read, is none
 * @throws {UsageError} if the given file does not exist
 * @throws {RecordError} if it is damaged or of another version
 */
export async function readCalibration(
  given: string | undefined,
  workingFolder: string,
): Promise<Calibration | undefined> {
  const path = resolve(workingFolder, given ?? calibrationFile);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (given === undefined) return undefined;
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `--calibration: file must be readable, got ${given} (${code}); run fastgpu-bench calibrate`,
      { cause: error },
    );
  }
  return parseCalibration(text, given ?? calibrationFile);
}
