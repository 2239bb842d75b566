// Reading CSV: what becomes of columns, and one clear line for each way a file can be wrong.
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DataError } from "@fastgpu/core";
import { loadData } from "@fastgpu/data";
import type { Dataset, LoadDataOptions } from "@fastgpu/data";
import { fixture, temporaryFile } from "./files.ts";

async function read(content: string | Uint8Array, options?: LoadDataOptions): Promise<Dataset> {
  return loadData(await temporaryFile("table.csv", content), options);
}

/** The message of the error, without the folder of the file. */
async function failure(content: string | Uint8Array, options?: LoadDataOptions): Promise<string> {
  const error: unknown = await read(content, options).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof DataError))
    throw new Error(`a DataError must be thrown: ${String(error)}`);
  expect(error.message).not.toContain("\n");
  return error.message.replace(/^\S*\//, "");
}

const x = (data: Dataset): number[] => [...(data.inputs["x"]?.data ?? [])];
const y = (data: Dataset): number[] => [...(data.targets["y"]?.data ?? [])];

describe("loadData of CSV", () => {
  it("reads iris: four numbers and a class", async () => {
    const data = await loadData(fixture("iris.csv"), { label: "species" });
    expect(data.size).toBe(12);
    expect(data.classNames).toEqual(["setosa", "versicolor", "virginica"]);
    expect(data.featureNames?.["x"]).toEqual([
      "sepal_length",
      "sepal_width",
      "petal_length",
      "petal_width",
    ]);
    expect(data.inputs["x"]).toMatchObject({ dtype: "f32", shape: [12, 4] });
    expect(data.targets["y"]).toMatchObject({ dtype: "i32", shape: [12] });
    expect(x(data).slice(4, 8)).toEqual([7.0, 3.2, 4.7, 1.4].map(Math.fround));
    expect(y(data).slice(0, 4)).toEqual([0, 1, 2, 0]);
    const hot = await loadData(fixture("iris.csv"), { label: "species", labelEncoding: "oneHot" });
    expect(y(hot).slice(0, 6)).toEqual([1, 0, 0, 0, 1, 0]);
  });

  it("reads quotes, delimiters, line ends, spaces, a byte order mark and empty lines", async () => {
    const text = '\uFEFF"a; ""1""";b\r\n 1 ; 2.5e1\r\n\r\n"-3";.5\r\n';
    const data = await read(text, { delimiter: ";" });
    expect(data.featureNames?.["x"]).toEqual(['a; "1"', "b"]);
    expect(x(data)).toEqual([1, 25, -3, 0.5]);
    expect(x(await read("a,b\n'1','2'\n", { quote: "'" }))).toEqual([1, 2]);
    expect(x(await loadData(await temporaryFile("t.tsv", "a\tb\n1\t2\n")))).toEqual([1, 2]);
    expect(x(await read(Buffer.from("\uFEFFa,b\n1,2\n", "utf16le")))).toEqual([1, 2]);
    expect(x(await loadData(await temporaryFile("t.csv.gz", gzipSync("a,b\n1,2\n"))))).toEqual([
      1, 2,
    ]);
  });

  it("takes names from the caller, or numbers the columns", async () => {
    const named = await read("1,2\n3,4\n", {
      header: ["p", "q"],
      label: "q",
      columns: { q: "number" },
    });
    expect([x(named), y(named), named.featureNames?.["x"]]).toEqual([[1, 3], [2, 4], ["p"]]);
    const numbered = await read("1,2\n3,4\n", { header: false });
    expect(numbered.featureNames?.["x"]).toEqual(["column1", "column2"]);
    expect((await read(",b\n1,2\n")).featureNames?.["x"]).toEqual(["column1", "b"]);
  });

  it("encodes categories as one-hot features or as indices, and booleans as 0 and 1", async () => {
    const text = "color,ok,n\nred,true,1\nblue,FALSE,2\nred,true,3\n";
    const hot = await read(text);
    expect(hot.featureNames?.["x"]).toEqual(["color=blue", "color=red", "ok", "n"]);
    expect(x(hot)).toEqual([0, 1, 1, 1, 1, 0, 0, 2, 0, 1, 1, 3]);
    expect(x(await read(text, { encoding: "index" }))).toEqual([1, 1, 1, 0, 0, 2, 1, 1, 3]);
    const order = { color: ["red", "blue"] } as const;
    expect(x(await read(text, { encoding: "index", columns: order })).slice(0, 4)).toEqual([
      0, 1, 1, 1,
    ]);
    const several = await read(text, {
      encoding: "index",
      inputs: { c: ["color"], rest: ["n", "ok"] },
    });
    expect(several.inputs["c"]).toMatchObject({ dtype: "i32", shape: [3, 1] });
    expect([...(several.inputs["rest"]?.data ?? [])]).toEqual([1, 1, 2, 0, 3, 1]);
  });

  it("makes classes of text, booleans and few whole numbers, and values of other labels", async () => {
    const label = async (cells: readonly string[], options?: LoadDataOptions): Promise<unknown> => {
      const data = await read(`a,y\n${cells.map((cell) => `0,${cell}`).join("\n")}\n`, {
        label: "y",
        ...options,
      });
      return [data.targets["y"]?.dtype, data.targets["y"]?.shape, y(data), data.classNames];
    };
    expect(await label(["b", "a", "b"])).toEqual(["i32", [3], [1, 0, 1], ["a", "b"]]);
    expect(await label(["true", "false"])).toEqual(["i32", [2], [1, 0], ["false", "true"]]);
    expect(await label(["10", "9", "10", "9"])).toEqual(["i32", [4], [1, 0, 1, 0], ["9", "10"]]);
    expect(await label(["1", "2", "3"])).toEqual(["f32", [3, 1], [1, 2, 3], undefined]);
    expect(await label(["1.5", "1", "1", "1"])).toEqual(["f32", [4, 1], [1.5, 1, 1, 1], undefined]);
    const asNumber = await label(["1", "1", "0", "0"], { columns: { y: "number" } });
    expect(asNumber).toEqual(["f32", [4, 1], [1, 1, 0, 0], undefined]);
  });

  it("takes several numeric labels", async () => {
    const data = await read("a,p,q\n1,2,3\n4,5,6\n", { label: ["p", "q"] });
    expect([data.targets["y"]?.shape, y(data), x(data)]).toEqual([
      [2, 2],
      [2, 3, 5, 6],
      [1, 4],
    ]);
    expect(await failure("a,p,q\n1,2,u\n", { label: ["p", "q"] })).toBe(
      'table.csv: several labels must all be numbers, got category "q"',
    );
  });

  it("fills in or drops missing values by policy", async () => {
    const text = "a,c\n1,u\n,v\n3,NA\n8,v\n";
    const index = { encoding: "index", columns: { c: "category" } } as const;
    expect(x(await read(text, { missing: "mean", ...index }))).toEqual([1, 0, 4, 1, 3, 1, 8, 1]);
    expect(x(await read(text, { missing: "median", ...index }))).toEqual([1, 0, 3, 1, 3, 1, 8, 1]);
    const constant = { missing: { constant: 0 }, missingBy: { c: { constant: "none" } } } as const;
    expect(x(await read(text, { ...constant, ...index }))).toEqual([1, 1, 0, 2, 3, 0, 8, 2]);
    const dropped = await read(text, { missing: "drop", ...index });
    expect(x(dropped)).toEqual([1, 0, 8, 1]);
    expect(dropped.notes[0]).toMatch(/table.csv: 2 rows with missing values were dropped/);
    expect(x(await read("a\n1\n-999\n3\n", { missingValues: ["-999"], missing: "mean" }))).toEqual([
      1, 2, 3,
    ]);
    expect(await failure("a\n1\nNaN\n")).toBe(
      'table.csv:3, column "a": value must not be missing, got "NaN"; set missing to "drop", "mean", "median" or a constant',
    );
    expect(await failure("a,b\n1,2\n,3\n")).toMatch(
      /^table.csv:3, column "a": .* got an empty cell;/,
    );
    expect(await failure("a\nNA\nNA\n", { missing: "drop" })).toMatch(/got 2 rows and all dropped/);
    expect(await failure("a,b\nNA,1\nNA,1\n", { missing: "mean" })).toMatch(
      /column "a": .* mean of, got none/,
    );
    expect(await failure("a,y\n1,\n2,1\n", { missing: "mean", label: "y" })).toMatch(
      /:2, column "y": .*missing/,
    );
  });

  it("reads another file in the same way by the columns of the first", async () => {
    const first = await read("c,n,y\nu,1,no way\nw,2,yes way\n", { label: "y" });
    expect(first.columns).toEqual({ c: ["u", "w"], n: "number", y: ["no way", "yes way"] });
    const again = { label: "y", ...(first.columns && { columns: first.columns }) };
    expect(x(await read("c,n,y\nw,5,no way\n", again))).toEqual([0, 1, 5]);
    expect(await failure("c,n,y\nv,5,no way\n", again)).toBe(
      'table.csv:2, column "c": value must be one of "u", "w", got "v"',
    );
  });

  it("stops at maxRows without reading on", async () => {
    const data = await read("a,b\n1,2\n3,4\nbroken\n", { maxRows: 2 });
    expect(x(data)).toEqual([1, 2, 3, 4]);
    expect(await failure("a\n1\n", { maxRows: 0 })).toMatch(/maxRows must be at least 1, got 0/);
  });

  it("types columns from the first 1,000 rows and streams the rest", async () => {
    const rows = Array.from({ length: 20_001 }, (_, row) => `${row},${row % 2 ? "odd" : "even"}`);
    const data = await read(`n,y\n${rows.join("\n")}\n`, { label: "y" });
    expect(data.size).toBe(20_001);
    expect(x(data)).toEqual(rows.map((_, row) => row));
    expect(y(data)).toEqual(rows.map((_, row) => row % 2));
    const late = [...rows.slice(0, 5000), "five,odd"].join("\n");
    expect(await failure(`n,y\n${late}\n`, { label: "y" })).toMatch(
      /^table.csv:5002, column "n": value must be a number, got "five"/,
    );
  });
});

describe("a CSV file that is wrong", () => {
  it.each([
    [
      "ragged row, short",
      "a,b\n1,2\n3\n",
      {},
      "table.csv:3: row must have 2 fields as the header has, got 1",
    ],
    [
      "ragged row, long",
      "a,b\n1,2,3\n",
      {},
      "table.csv:2: row must have 2 fields as the header has, got 3",
    ],
    [
      "ragged row after a quoted line end",
      'a,b\n"x\ny",2\n3\n',
      {},
      "table.csv:4: row must have 2 fields as the header has, got 1",
    ],
    [
      "missing label column",
      "a,b\n1,2\n",
      { label: "c" },
      'table.csv:1: column of label must be one of a, b, got "c"',
    ],
    [
      "wrong delimiter",
      "a;b\n1;2\n",
      { label: "b" },
      'table.csv:1: column of label must be one of a;b, got "b"; set delimiter, such as ";" or "\\t"',
    ],
    [
      "text in a numeric column",
      "a\n1\n2\nthree\n",
      {},
      'table.csv:4, column "a": value must be a number, got "three"; if text is meant, declare columns: { "a": "category" }',
    ],
    [
      "text in the first row",
      "a\nthree\n1\n2\n",
      {},
      'table.csv:2, column "a": value must be a number, got "three"; if text is meant, declare columns: { "a": "category" }',
    ],
    [
      "text in a declared column",
      "a\nx\n",
      { columns: { a: "number" } },
      'table.csv:2, column "a": value must be a number, got "x"; if text is meant, declare columns: { "a": "category" }',
    ],
    [
      "hexadecimal",
      "a\n1\n0x10\n",
      {},
      'table.csv:3, column "a": value must be a number, got "0x10"; if text is meant, declare columns: { "a": "category" }',
    ],
    [
      "infinity",
      "a\n1\nInfinity\n",
      {},
      'table.csv:3, column "a": value must be a finite number, got "Infinity"',
    ],
    [
      "overflow",
      "a\n1\n1e999\n",
      {},
      'table.csv:3, column "a": value must be a finite number, got "1e999"',
    ],
    [
      "fraction in an integer column",
      "a\n1\n1.5\n",
      { columns: { a: "integer" } },
      'table.csv:3, column "a": value must be a whole number, got "1.5"',
    ],
    [
      "no truth value",
      "a\nmaybe\n",
      { columns: { a: "boolean" } },
      'table.csv:2, column "a": value must be true or false (or yes, no, t, f, y, n, 1, 0), got "maybe"',
    ],
    [
      "duplicate header",
      "a,b,a\n1,2,3\n",
      {},
      'table.csv:1: column names must differ, got "a" for columns 1 and 3',
    ],
    ["empty file", "", {}, "table.csv: file must have a header and rows, got an empty file"],
    [
      "header only",
      "a,b\n",
      {},
      "table.csv: file must have at least one row of data, got only a header",
    ],
    [
      "open quote",
      'a,b\n1,"2\n',
      {},
      "table.csv:2: a quoted field must be closed, got the end of the file",
    ],
    [
      "text after a quote",
      'a,b\n1,"2"x\n',
      {},
      "table.csv:2: a closing quote must be followed by a delimiter or the line end",
    ],
    [
      "quote within a field",
      'a,b\n1,x"2"\n',
      {},
      "table.csv:2: a quote must stand at the start of a field",
    ],
    ["binary data", "a,b\n1,\u0000\n", {}, "table.csv: file must be text (UTF-8), got binary data"],
    [
      "unknown column declared",
      "a\n1\n",
      { columns: { b: "number" } },
      'table.csv:1: column of columns must be one of a, got "b"',
    ],
    [
      "label ignored",
      "a\n1\n",
      { label: "a", columns: { a: "ignore" } },
      'table.csv: label column must not be ignored, got "a"',
    ],
    [
      "too many categories",
      "a\nu\nv\nw\n",
      { maxCategories: 2 },
      'table.csv:4, column "a": category must have at most 2 different values, got "w"; declare the column as "ignore" or raise maxCategories',
    ],
    [
      "label as input",
      "a,b\n1,2\n",
      { label: "b", inputs: { x: ["b"] } },
      'table.csv: columns of inputs must be neither label nor ignored, got "b"',
    ],
    [
      "nothing but a label",
      "b\n2\n",
      { label: "b" },
      'table.csv: input "x" must have at least one column, got none',
    ],
    [
      "constant that is no number",
      "a\n1\nNA\n",
      { missing: { constant: "x" } },
      'table.csv:3, column "a": value must be a number, got "x"; if text is meant, declare columns: { "a": "category" }',
    ],
    [
      "control characters",
      "a\n1\n2\n\u001b[31m\n",
      {},
      'table.csv:4, column "a": value must be a number, got "\\u001b[31m"; if text is meant, declare columns: { "a": "category" }',
    ],
  ] satisfies [string, string, LoadDataOptions, string][])(
    "%s",
    async (_name, content, options, message) => {
      expect(await failure(content, options)).toBe(message);
    },
  );

  it("is refused when its tensors would be larger than the limit", async () => {
    const rows = Array.from({ length: 100 }, (_, row) => `v${row}`).join("\n");
    expect(await failure(`a\n${rows}\n`, { maxBytes: 1000 })).toMatch(
      /input "x" must take at most 1000 bytes, got 100 rows of 100 features; use encoding "index"/,
    );
  });

  it("is refused when a quote swallows it", async () => {
    const content = `a,b\n"${"x".repeat(17_000_000)}`;
    expect(await failure(content)).toMatch(/a row must have at most 16777216 bytes, got more/);
  });
});
