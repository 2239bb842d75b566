// Algebraic simplification, and the fixpoint of all passes that make a program smaller without changing what it means.
import type { Graph } from "../graph/graph.ts";
import {
  simplifyAdd,
  simplifyCast,
  simplifyDiv,
  simplifyLogic,
  simplifyMul,
  simplifyNeg,
  simplifyPow,
  simplifySelect,
  simplifySub,
} from "./algebra/arithmetic.ts";
import { dropBroadcasts } from "./algebra/broadcasting.ts";
import { foldTransposes, joinPads } from "./algebra/linear.ts";
import type { AlgebraRule } from "./algebra/match.ts";
import {
  simplifyBroadcast,
  simplifyConcat,
  simplifyPad,
  simplifyReduction,
  simplifyReshape,
  simplifyReverse,
  simplifySlice,
  simplifyTranspose,
} from "./algebra/movement.ts";
import { maskBeforeMaxPoolGrad, sumBeforeMaxPoolGrad } from "./algebra/pooling.ts";
import { mergeCommonSubexpressions } from "./common-subexpressions.ts";
import { eliminateDeadCode } from "./dead-code.ts";
import { defaultFoldLimits, foldConstants, type FoldLimits } from "./fold-constants.ts";
import { rewrite } from "./rewrite.ts";

/** All rules; the first that applies wins, and the next round sees its result. */
const rules: readonly AlgebraRule[] = [
  joinPads,
  maskBeforeMaxPoolGrad,
  sumBeforeMaxPoolGrad,
  simplifyAdd,
  simplifySub,
  simplifyMul,
  simplifyDiv,
  simplifyPow,
  simplifyNeg,
  simplifyLogic,
  simplifySelect,
  simplifyCast,
  simplifyReshape,
  simplifyTranspose,
  simplifyBroadcast,
  simplifySlice,
  simplifyConcat,
  simplifyPad,
  simplifyReverse,
  simplifyReduction,
  foldTransposes,
  dropBroadcasts,
];

/** Rounds after which `simplify` stops even if another would still find something. */
const maxRounds = 12;

/** Applies each algebraic rule once to each node; leaves dead nodes behind. See algebra/ for what may change. */
export function simplifyAlgebra(graph: Graph): Graph {
  return rewrite(graph, (visit) => {
    for (const rule of rules) {
      const replaced = rule(visit);
      if (replaced !== undefined) return replaced;
    }
    return undefined;
  });
}

/**
 * Constant folding, algebra, common subexpressions and dead code until nothing changes, at most 12 rounds. Names,
 * types and meaning of inputs, outputs and state stay; composites stay composites.
 */
export function simplify(graph: Graph, limits: FoldLimits = defaultFoldLimits): Graph {
  let current = eliminateDeadCode(graph);
  for (let round = 0; round < maxRounds; round++) {
    const next = eliminateDeadCode(
      mergeCommonSubexpressions(simplifyAlgebra(foldConstants(current, limits))),
    );
    if (hasSameStructure(current, next)) return next;
    current = next;
  }
  return current;
}

/** True if both graphs have the same nodes in the same places; constants count as equal by place. */
function hasSameStructure(a: Graph, b: Graph): boolean {
  if (a.nodes.length !== b.nodes.length) return false;
  return a.nodes.every((node, id) => {
    const other = b.nodes[id];
    return other?.op === node.op && other.inputs.join() === node.inputs.join();
  });
}
