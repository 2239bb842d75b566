// All cases of the suite, by group.
import type { ConformanceCase } from "../case.ts";
import { byteProductCases } from "./byte-products.ts";
import { compositeCases } from "./composites.ts";
import { elementwiseCases } from "./elementwise.ts";
import { evaluationCases } from "./evaluation.ts";
import { gradientCases } from "./gradients.ts";
import { largeCases } from "./large.ts";
import { layerCases } from "./layers.ts";
import { linearCases } from "./linear.ts";
import { movementCases } from "./movement.ts";
import { wholeModelCases } from "./models.ts";
import { opCase } from "./op-case.ts";
import { optimizerCases } from "./optimizers.ts";
import { randomGeometryCases } from "./random-geometry.ts";
import { randomProgramCases } from "./random-programs.ts";
import { specialCases } from "./special-values.ts";
import { stateCases } from "./state.ts";
import { windowCases } from "./windows.ts";

const opCases = [...elementwiseCases, ...movementCases, ...linearCases, ...windowCases];

/** Every case, in the order in which they run. Building the list is cheap: programs are built when a case runs. */
export function conformanceCases(): readonly ConformanceCase[] {
  return [
    ...opCases.map((entry) => opCase("op", entry)),
    ...compositeCases.map((entry) => opCase("composite", entry)),
    ...largeCases.map((entry) => opCase("large", entry)),
    ...specialCases.map((entry) => opCase("special", entry)),
    ...randomGeometryCases.map((entry) => opCase("geometry", entry)),
    ...byteProductCases,
    ...layerCases,
    ...optimizerCases,
    ...wholeModelCases,
    ...evaluationCases,
    ...randomProgramCases,
    ...stateCases,
    ...gradientCases([...opCases, ...compositeCases]),
  ];
}
