// Reading of FASTGPU_REQUIRE.
import { expect, it } from "vitest";
import { isRequired } from "./requirement.ts";

it("asks for the backends that are listed, by whole name", () => {
  expect(isRequired("onnx", "onnx")).toBe(true);
  expect(isRequired("onnx", "webgpu, onnx")).toBe(true);
  expect(isRequired("onnx", "onnxruntime,web")).toBe(false);
  expect(isRequired("onnx", "")).toBe(false);
  expect(isRequired("onnx", undefined)).toBe(false);
});
