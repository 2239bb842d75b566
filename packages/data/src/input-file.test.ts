// Errors of the file system that a test cannot bring about everywhere (root may read everything).
import { expect, it } from "vitest";
import { DataError } from "@fastgpu/core";
import { printable, readError } from "./input-file.ts";

it("names the rule for each error code, and keeps the cause", () => {
  const denied = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
  const error = readError("a.csv", denied);
  expect(error.message).toBe("a.csv: file must be readable, got permission denied");
  expect(error.cause).toBe(denied);
  expect(readError("a.csv", Object.assign(new Error("bad"), { code: "EIO" })).message).toBe(
    "a.csv: file must be readable, got EIO",
  );
  expect(readError("a.csv", new Error("odd\nlines")).message).toMatch(
    /got Error: odd\\u000alines$/,
  );
  const own = new DataError("a.csv:2: row must end");
  expect(readError("a.csv", own)).toBe(own);
});

it("prints any text on one line, cut to a length", () => {
  expect(printable("a\u001b[31m\r\nb\u2028")).toBe("a\\u001b[31m\\u000d\\u000ab\\u2028");
  expect(printable("xxxxx", 3)).toBe("xxx...");
});
