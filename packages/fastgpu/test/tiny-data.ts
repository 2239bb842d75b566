// A small problem that can be learnt: two classes, split by a line through pseudo-random points.
import { tensorFrom, type HostTensor } from "@fastgpu/core";
import { Dataset } from "../src/index.ts";

export const tinyRows = 50;

export function points(rows: number, salt = 1): number[][] {
  return Array.from({ length: rows }, (_, r) =>
    Array.from({ length: 3 }, (_, c) => Math.sin((r * 3 + c) * 12.9898 + salt)),
  );
}

export function classOf(point: readonly number[]): number {
  return (point[0] ?? 0) + (point[1] ?? 0) > 0 ? 1 : 0;
}

export function tinyDataset(rows: number = tinyRows, salt = 1): Dataset {
  const x = points(rows, salt);
  return new Dataset({
    inputs: { features: tensorFrom("f32", [rows, 3], x.flat()) },
    targets: { label: labels(x) },
  });
}

function labels(x: readonly (readonly number[])[]): HostTensor {
  return tensorFrom("i32", [x.length], x.map(classOf));
}
