// The entry below the binding's argument checks: this version of the engine must have it, or short runs take 2% longer.
import { InferenceSession } from "onnxruntime-node";
import { expect, test } from "vitest";
import { GraphBuilder } from "@fastgpu/core";
import { lowerGraph } from "../src/lower/lower-graph.ts";
import { directRuns, noOptions } from "../src/session/direct-runs.ts";
import { allocateTensor, dataOf, wrapData } from "../src/session/host-tensor.ts";

test("a direct run writes the same result into the buffer it is given", async () => {
  const b = new GraphBuilder("double");
  const x = b.input("x", "f32", [3]);
  b.output("y", b.op("add", [x, x], {}));
  const { bytes, inputs, outputs } = lowerGraph(b.build(), {});
  const session = await InferenceSession.create(bytes);
  const [input, output] = [inputs[0]!, outputs[0]!];
  const feeds = { [input.edge]: wrapData(input.type, Float32Array.from([1, -2, 0.5])) };
  const buffer = allocateTensor(output.type);
  await directRuns(session)!.run(feeds, { [output.edge]: buffer }, noOptions);
  expect(Array.from(dataOf(buffer, "f32"))).toEqual([2, -4, 1]);
  await session.release();
});

test("a session without such an entry has none", () => {
  expect(directRuns({} as InferenceSession)).toBeUndefined();
});
