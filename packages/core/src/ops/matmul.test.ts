// Matrix products against dot products by coordinates, and integers against BigInt.
import { expect, test } from "vitest";
import { evaluateOp, parseType, refTensor } from "../reference/program.ts";
import { sampleTensor } from "../reference/sample.ts";

const plain = { transposeA: false, transposeB: false };

test.each([
  [false, false],
  [true, false],
  [false, true],
  [true, true],
])("transposeA %s, transposeB %s", (transposeA, transposeB) => {
  const [m, k, n] = [3, 4, 5];
  const a = sampleTensor(parseType(transposeA ? "f32[4,3]" : "f32[3,4]"), 1);
  const b = sampleTensor(parseType(transposeB ? "f32[5,4]" : "f32[4,5]"), 2);
  const result = evaluateOp("matmul", [a, b], { transposeA, transposeB });
  expect(result.shape).toEqual([m, n]);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let dot = 0;
      for (let p = 0; p < k; p++) {
        const left = transposeA ? a.data[p * m + i]! : a.data[i * k + p]!;
        const right = transposeB ? b.data[j * k + p]! : b.data[p * n + j]!;
        dot += left * right;
      }
      expect(result.data[i * n + j]).toBeCloseTo(dot, 13);
    }
  }
});

test("leading axes broadcast: each matrix as if alone", () => {
  const a = sampleTensor(parseType("f32[2,1,3,2]"), 3);
  const b = sampleTensor(parseType("f32[4,2,5]"), 4);
  const result = evaluateOp("matmul", [a, b], plain);
  expect(result.shape).toEqual([2, 4, 3, 5]);
  for (let i = 0; i < 2; i++) {
    for (let j = 0; j < 4; j++) {
      const left = refTensor("f32[3,2]", a.data.subarray(i * 6, i * 6 + 6));
      const right = refTensor("f32[2,5]", b.data.subarray(j * 10, j * 10 + 10));
      const start = (i * 4 + j) * 15;
      const alone = evaluateOp("matmul", [left, right], plain);
      expect(result.data.subarray(start, start + 15)).toEqual(alone.data);
    }
  }
});

test("an inner size of 0 gives zeros, an outer one nothing", () => {
  const zeros = evaluateOp("matmul", [refTensor("f32[2,0]", []), refTensor("f32[0,2]", [])], plain);
  expect([...zeros.data]).toEqual([0, 0, 0, 0]);
  const none = evaluateOp(
    "matmul",
    [refTensor("f32[0,2]", []), refTensor("f32[2,1]", [1, 2])],
    plain,
  );
  expect(none.shape).toEqual([0, 1]);
});

test("i32 products wrap exactly", () => {
  const left = [2147483647, -2147483648, 123456789];
  const right = [2147483647, 3, 987654321];
  const exact = left.reduce((sum, value, i) => sum + BigInt(value) * BigInt(right[i]!), 0n);
  const result = evaluateOp(
    "matmul",
    [refTensor("i32[1,3]", left), refTensor("i32[3,1]", right)],
    plain,
  );
  expect([...result.data]).toEqual([Number(BigInt.asIntN(32, exact))]);
});
