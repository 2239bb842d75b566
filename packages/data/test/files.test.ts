// Paths that lead nowhere good, file formats that are not known, and JSON lines.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataError } from "@fastgpu/core";
import { loadData } from "@fastgpu/data";
import type { LoadDataOptions } from "@fastgpu/data";
import { temporaryFile, temporaryFolder } from "./files.ts";

async function failure(path: string, options?: LoadDataOptions): Promise<string> {
  const error: unknown = await loadData(path, options).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof DataError))
    throw new Error(`a DataError must be thrown: ${String(error)}`);
  expect(error.message).not.toContain("\n");
  return error.message;
}

describe("a path", () => {
  it("must lead to a file", async () => {
    const folder = await temporaryFolder();
    const missing = join(folder, "no.csv");
    expect(await failure(missing)).toBe(`${missing}: file must exist, got no such file`);
    expect(await failure(folder, { format: "csv" })).toBe(
      `${folder}: path must be a file, got a folder`,
    );
    expect(await failure("/dev/null", { format: "csv" })).toMatch(
      /regular file, got a device or pipe/,
    );
    expect(await failure("", { format: "csv" })).toMatch(
      /path must name a file, got an empty text/,
    );
    expect(await failure("a\0b.csv")).toMatch(
      /^a\\u0000b.csv: path must be a path, got a forbidden character/,
    );
    const below = join(await temporaryFile("f.csv", "a\n1\n"), "g.csv");
    expect(await failure(below)).toMatch(/got a path through something that is no folder/);
    expect(await failure(`${"n".repeat(300)}.csv`)).toMatch(/path must be shorter/);
  });

  it("must not lead to a file above the limit", async () => {
    const path = await temporaryFile("big.csv", "a\n1\n2\n");
    expect(await failure(path, { maxBytes: 5 })).toBe(
      `${path}: file must have at most 5 bytes, got 6; raise maxBytes to read it`,
    );
  });

  it("must tell the format by its end, unless the caller does", async () => {
    expect(await failure("data.parquet")).toMatch(
      /^data.parquet: file name must end in .csv.* set format$/,
    );
    const path = await temporaryFile("table", "a\n1\n");
    expect((await loadData(path, { format: "csv" })).size).toBe(1);
  });
});

describe("JSON lines", () => {
  it("are typed like a table; absent keys and null are missing", async () => {
    const lines = [
      '\uFEFF{"a": 1.5, "b": "u", "y": true}',
      "",
      '{"y": false, "a": null, "b": "v"}',
      '{"a": 2.5, "y": true, "b": "u"}',
    ];
    const path = await temporaryFile("t.jsonl", `${lines.join("\n")}\n`);
    const data = await loadData(path, { label: "y", missing: "mean" });
    expect(data.featureNames?.["x"]).toEqual(["a", "b=u", "b=v"]);
    expect([...(data.inputs["x"]?.data ?? [])]).toEqual([1.5, 1, 0, 2, 0, 1, 2.5, 1, 0]);
    expect([...(data.targets["y"]?.data ?? [])]).toEqual([1, 0, 1]);
    expect((await loadData(path, { label: "y", maxRows: 1 })).size).toBe(1);
  });

  it.each([
    ["", /t.jsonl: file must have at least one JSON object/],
    ['{"a": 1}\n{"a": \n', /t.jsonl:2: line must be JSON, got "\{"a": "/],
    ["[1, 2]\n", /t.jsonl:1: line must be a JSON object/],
    [
      '{"a": [1]}\n',
      /t.jsonl:1, column "a": value must be a number, text, boolean or null, got a list/,
    ],
    ['{"a": 1}\n{"b": 1}\n', /t.jsonl:2: keys must be those of the first object \(a\), got "b"/],
    ['{"a": 1}\n{"a": "x"}\n{"a": 2}\n', /t.jsonl:2, column "a": value must be a number, got "x"/],
  ])("refuse %j", async (content, message) => {
    expect(await failure(await temporaryFile("t.jsonl", content))).toMatch(message);
  });
});
