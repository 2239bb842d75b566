// All cases of the suite, by group.
import type { ConformanceCase } from "../case.ts";
import { compositeCases } from "./composites.ts";
import { elementwiseCases } from "./elementwise.ts";
import { linearCases } from "./linear.ts";
import { movementCases } from "./movement.ts";
import { opCase } from "./op-case.ts";
import { windowCases } from "./windows.ts";

/** Every case, in the order in which they run. Building the list is cheap: programs are built when a case runs. */
export function conformanceCases(): readonly ConformanceCase[] {
  return [
    ...[...elementwiseCases, ...movementCases, ...linearCases, ...windowCases].map((entry) =>
      opCase("op", entry),
    ),
    ...compositeCases.map((entry) => opCase("composite", entry)),
  ];
}
