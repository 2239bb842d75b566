// Passes keep the meaning of random programs.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Graph } from "../src/graph/graph.ts";
import { graphFromJson, graphToJson } from "../src/graph/json.ts";
import { printGraph } from "../src/graph/print.ts";
import { verifyGraph } from "../src/graph/verify.ts";
import { mergeCommonSubexpressions } from "../src/passes/common-subexpressions.ts";
import { eliminateDeadCode } from "../src/passes/dead-code.ts";
import { foldConstants } from "../src/passes/fold-constants.ts";
import { inlineComposites } from "../src/passes/inline.ts";
import { simplify, simplifyAlgebra } from "../src/passes/simplify.ts";
import { unroll } from "../src/passes/unroll.ts";
import { evaluate, type Evaluation, type RefMap } from "../src/reference/evaluate.ts";
import { evaluateExact, randomGraphs, randomValues } from "./random-graphs.ts";

const passes: Readonly<Record<string, (graph: Graph) => Graph>> = {
  eliminateDeadCode,
  mergeCommonSubexpressions,
  foldConstants: (graph) => foldConstants(graph),
  simplifyAlgebra,
  simplify: (graph) => simplify(graph),
  inlineComposites: (graph) => inlineComposites(graph),
  "graphFromJson of graphToJson": (graph) =>
    graphFromJson(JSON.parse(JSON.stringify(graphToJson(graph)))),
};

/** Adding 0 turns -0 into 0 for comparing: the sign of zero is what algebra may change. */
function withoutZeroSigns({ outputs, state }: Evaluation): unknown {
  const plain = (map: RefMap): unknown =>
    Object.entries(map).map(([name, { dtype, shape, data }]) => [
      name,
      dtype,
      shape,
      [...data].map((value) => value + 0),
    ]);
  return [plain(outputs), plain(state)];
}

test.each(Object.keys(passes))("%s keeps what random programs compute", (name) => {
  let compared = 0;
  fc.assert(
    fc.property(randomGraphs, (graph) => {
      verifyGraph(graph);
      const before = evaluateExact(graph);
      fc.pre(before !== undefined);
      compared++;
      const changed = passes[name]!(graph);
      verifyGraph(changed);
      const after = evaluate(changed, randomValues.inputs, randomValues.state);
      expect(withoutZeroSigns(after), printGraph(graph)).toEqual(withoutZeroSigns(before));
    }),
    { seed: 20, numRuns: 400 },
  );
  expect(compared).toBeGreaterThanOrEqual(400);
});

test("simplify never makes a program longer and is stable", () => {
  fc.assert(
    fc.property(randomGraphs, (graph) => {
      const once = simplify(graph);
      expect(once.nodes.length).toBeLessThanOrEqual(graph.nodes.length + 1);
      expect(printGraph(simplify(once))).toBe(printGraph(once));
    }),
    { seed: 21, numRuns: 300 },
  );
});

test("unroll computes what as many runs with carried state do", () => {
  fc.assert(
    fc.property(randomGraphs, (graph) => {
      let { state } = randomValues;
      const outputs: RefMap[] = [];
      const inputs = [0, 1, 2].map((step) =>
        Object.fromEntries(
          Object.entries(randomValues.inputs).map(([name, value]) => [
            name,
            { ...value, data: value.data.map((element) => element - step) },
          ]),
        ),
      );
      for (const input of inputs) {
        const run = evaluate(graph, input, state);
        state = run.state;
        outputs.push(run.outputs);
      }
      const stacked = Object.fromEntries(
        Object.entries(inputs[0]!).map(([name, { dtype, shape }]) => [
          name,
          {
            dtype,
            shape: [3, ...shape],
            data: Float64Array.from(inputs.flatMap((input) => [...input[name]!.data])),
          },
        ]),
      );
      const run = evaluate(unroll(graph, 3), stacked, randomValues.state);
      expect(run.state).toEqual(state);
      for (const { name } of graph.outputs) {
        expect([...run.outputs[name]!.data]).toEqual(
          outputs.flatMap((step) => [...step[name]!.data]),
        );
        expect(run.outputs[name]!.shape).toEqual([3, ...outputs[0]![name]!.shape]);
      }
    }),
    { seed: 22, numRuns: 100 },
  );
});
