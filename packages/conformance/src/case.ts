// What a conformance case is: a name and something to do with a device that either agrees with the reference or throws.
import { FastGpuError, type Device } from "@fastgpu/core";

/** One thing every backend must get right. */
export interface ConformanceCase {
  /** Unique: `<group>/<what it runs>`, such as `op/add f32[2,3] f32[3]`. Skip lists name cases by it. */
  readonly name: string;
  /**
   * Runs the case, disposing of everything it makes. Called once per run of the suite.
   *
   * @throws {ConformanceError} if the device does not agree; whatever else it throws fails the case too
   */
  readonly run: (device: Device) => Promise<CaseResult>;
}

/** How a case ended that did not throw. */
export type CaseResult =
  | {
      readonly kind: "agreed";
      /** Largest error as a share of what is allowed, 0 to 1; 0 for cases that compare exactly. */
      readonly worstRatio: number;
    }
  | {
      /** The device says that it does not have what the case needs, such as a dtype. */
      readonly kind: "notApplicable";
      readonly reason: string;
    };

/** A device that disagrees with the reference or breaks a rule of the port. */
export class ConformanceError extends FastGpuError {
  /** @param message - what had to hold and what was found, in one line */
  constructor(message: string) {
    super("MEASUREMENT", message);
  }
}

/** Agreement without a tolerance. */
export const agreedExactly: CaseResult = { kind: "agreed", worstRatio: 0 };
