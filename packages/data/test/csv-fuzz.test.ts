// Random tables: what csv-stringify writes, loadData reads back; random bytes give data or a DataError, never another end.
import fc from "fast-check";
import { stringify } from "csv-stringify/sync";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DataError } from "@fastgpu/core";
import { loadData } from "@fastgpu/data";
import { temporaryFolder } from "./files.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -3e38, max: 3e38 });
// A value that is not trimmed away, not a missing value and not empty.
const text = fc.string({ unit: "grapheme", maxLength: 12 }).map((value) => `<${value}>`);

it("reads back the numbers and texts of any table", async () => {
  const path = join(await temporaryFolder(), "fuzz.csv");
  const table = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom(",", ";", "\t", "|"), fc.boolean())
    .chain(([width, delimiter, isQuoted]) =>
      fc.record({
        delimiter: fc.constant(delimiter),
        isQuoted: fc.constant(isQuoted),
        bom: fc.boolean(),
        lineEnd: fc.constantFrom("\n", "\r\n"),
        rows: fc.array(fc.tuple(fc.array(finite, { minLength: width, maxLength: width }), text), {
          minLength: 1,
          maxLength: 30,
        }),
      }),
    );
  await fc.assert(
    fc.asyncProperty(table, async ({ rows, delimiter, isQuoted, bom, lineEnd }) => {
      const width = rows[0]?.[0].length ?? 0;
      const header = [...Array.from({ length: width }, (_, at) => `n${at}`), "label"];
      const records = rows.map(([numbers, label]) => [...numbers.map(String), label]);
      const options = { delimiter, quoted: isQuoted, bom, record_delimiter: lineEnd };
      await writeFile(path, stringify([header, ...records], options));
      const data = await loadData(path, { label: "label", delimiter });
      expect([...(data.inputs["x"]?.data ?? [])]).toEqual(
        rows.flatMap(([numbers]) =>
          // Through text, as String(-0) is "0".
          numbers.map((value) => Math.fround(Number(String(value)))),
        ),
      );
      const names = data.classNames ?? [];
      const labels = [...(data.targets["y"]?.data ?? [])].map((index) => names[index]);
      expect(labels).toEqual(rows.map(([, label]) => label));
      expect(names).toEqual(
        [...new Set(rows.map(([, label]) => label))].sort((a, b) => (a < b ? -1 : 1)),
      );
    }),
    { numRuns: 150, seed: 1 },
  );
});

it("ends with data or a DataError of one line for any bytes and any format", async () => {
  const folder = await temporaryFolder();
  const csvLike = fc.array(
    fc.constantFrom("a", "1", ",", "\n", '"', "\r", " ", "\uFEFF", "NaN", "é"),
    { maxLength: 40 },
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    csvLike.map((parts) => Buffer.from(parts.join(""))),
    fc
      .uint8Array({ maxLength: 30 })
      .map((tail) => Buffer.concat([Buffer.from([0, 0, 8, 2]), tail])),
    fc
      .string()
      .map((header) =>
        Buffer.from(`\x93NUMPY\x01\x00\x40\x00{'descr': '<f4', ${header}`, "latin1"),
      ),
    fc.json().map((json) => Buffer.from(json)),
  );
  const format = fc.constantFrom("csv" as const, "idx" as const, "npy" as const, "jsonl" as const);
  await fc.assert(
    fc.asyncProperty(bytes, format, async (content, kind) => {
      const path = join(folder, "any");
      await writeFile(path, content);
      try {
        const data = await loadData(path, { format: kind });
        for (const value of Object.values(data.inputs)) expect(value.shape[0]).toBe(data.size);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        expect((error as DataError).message).not.toMatch(/[\n\r]/);
      }
    }),
    { numRuns: 400, seed: 2 },
  );
});
