// Texts of strangers, made harmless.

import fc from "fast-check";
import { marked } from "marked";
import { expect, test } from "vitest";
import { markdownText, plainText, scriptJson } from "./safe-text.ts";

const nasty = fc.string({
  unit: fc.constantFrom(
    ..."ab <>&\"'`*_[]()#+-!|~{}\\/:@.1\n\r\t\u001B\u0007\u2028\u202E\uD800=".split(""),
  ),
  maxLength: 40,
});

test("plain text is one line without controls", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      expect(plainText(text)).not.toMatch(/[\p{Cc}\p{Surrogate}\u2028\u2029\u202A-\u202E]/u);
    }),
  );
  expect(plainText("a\r\nb\u001B[31mc")).toBe("a b\uFFFD[31mc");
  expect(plainText("größe 名前 😀")).toBe("größe 名前 😀");
});

test("Markdown in a table cell renders as the text it was, without markup", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const cell = `| ${markdownText(text)} |\n| --- |\n`;
      const html = marked.parse(cell, { gfm: true, async: false });
      const tags = [...html.matchAll(/<\/?([a-z]\w*)/gi)].map(([, tag]) => tag);
      expect(tags.filter((tag) => !["table", "thead", "tbody", "tr", "th"].includes(tag!))).toEqual(
        [],
      );
    }),
    { numRuns: 2000 },
  );
});

test("JSON for a script element parses to the same and holds no markup", () => {
  fc.assert(
    fc.property(fc.jsonValue(), nasty, (value, text) => {
      const json = scriptJson(JSON.stringify([value, text, "</script><!--\u2028"]));
      expect(json).not.toMatch(/[<\u2028\u2029]/);
      expect(JSON.parse(json)).toEqual(
        JSON.parse(JSON.stringify([value, text, "</script><!--\u2028"])),
      );
    }),
  );
});
