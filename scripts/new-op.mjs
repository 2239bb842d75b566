// `npm run new:op -- <name> [--binary]`: writes a new elementwise primitive's file and test, and its line in every table
// that the compiler would ask for. What only its author knows is left as an error that the tests run into.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const usage = "usage: npm run new:op -- <camelCaseName> [--binary]";
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { binary: { type: "boolean" }, root: { type: "string" } },
});
const root = values.root ?? fileURLToPath(new URL("..", import.meta.url));
const [name = ""] = positionals;
const isBinary = values.binary === true;
const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const pascal = name.charAt(0).toUpperCase() + name.slice(1);
const factory = isBinary ? "binary" : "unary";
const at = (path) => join(root, path);

const ops = "packages/core/src/ops";
/** New files by path. */
const files = {
  [`${ops}/${kebab}.ts`]: opSource(),
  [`${ops}/${kebab}.test.ts`]: testSource(),
};
/** Where a line goes: after the first match of `after`, or to the end of the file. */
const insertions = [
  { path: `${ops}/table.ts`, line: `export { ${name} } from "./${kebab}.ts";` },
  {
    path: "packages/core/src/functional/elementwise.ts",
    after: isBinary ? /^export const pow = .*$/m : /^export const erf = .*$/m,
    line: isBinary
      ? `/** ${name}(a, b), broadcast. */\nexport const ${name} = (a: Operand, b: Operand): Value => binary("${name}", a, b);`
      : `/** ${name}(x). */\nexport const ${name} = (x: Value): Value => unary("${name}", x);`,
  },
  {
    path: "packages/core/src/functional.ts",
    after: isBinary ? /^ {2}pow,$/m : /^ {2}erf,$/m,
    line: `  ${name},`,
  },
  {
    path: `${ops}/gradients.test.ts`,
    after: isBinary ? /^ {2}div: .*$/m : /^ {2}erf: .*$/m,
    line: `  ${name}: ${factory}(f.${name}),`,
  },
  {
    path: `${ops}/infer.test.ts`,
    after: isBinary ? /^ {2}div: .*$/m : /^ {2}erf: .*$/m,
    line: `  ${name}: ${isBinary ? "broadcast" : "float"}("${name}"),`,
  },
  {
    path: "packages/backend-onnx/src/lower/elementwise.ts",
    after: isBinary ? /^export const pow: .*$/m : /^export const erf: .*$/m,
    line: `/** ${name}; the ONNX operator of this name, or a few of them. */\nexport const ${name}: Lowering<"${name}"> = direct("${pascal}");`,
  },
];

main();

function main() {
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) fail(`name must be in camelCase, got "${name}"; ${usage}`);
  for (const path of Object.keys(files)) {
    if (existsSync(at(path))) fail(`op must be new, got ${path}`);
  }
  // All texts are made before any is written, so that a missing anchor leaves the tree as it was.
  const edited = insertions.map((insertion) => [insertion.path, insert(insertion)]);
  for (const [path, text] of [...Object.entries(files), ...edited]) {
    writeFileSync(at(path), text);
    console.log(`wrote ${path}`);
  }
  console.log(`
Next:
  1. write the formula and its gradient in ${ops}/${kebab}.ts, and its line of documentation
  2. write expected values, from a table or by hand, in ${ops}/${kebab}.test.ts
  3. narrow the inputs in ${ops}/gradients.test.ts to where the formula is smooth
  4. check the lowering in packages/backend-onnx/src/lower/elementwise.ts
  5. npm run build && npx vitest run packages/core/src/ops packages/backend-onnx packages/conformance`);
}

function insert({ path, after, line }) {
  const text = readFileSync(at(path), "utf8");
  if (new RegExp(`^\\s*(export const )?${name}[:, ]`, "m").test(text)) {
    fail(`${name} must be new in ${path}, got a line with it`);
  }
  if (after === undefined) return `${text}${line}\n`;
  const match = after.exec(text);
  if (match === null)
    fail(`${path} must have a line like ${after}, got none; add by hand: ${line}`);
  const end = match.index + match[0].length;
  return `${text.slice(0, end)}\n${line}${text.slice(end)}`;
}

function fail(message) {
  console.error(`new-op: ${message}`);
  process.exit(2);
}

function opSource() {
  const operands = isBinary ? "a, b" : "x";
  return `// ${name}(${operands}): say in a line what it is.
import { ${factory} } from "./elementwise.ts";
import type { Primitive } from "./op.ts";

/** ${name} on each element; say what it gives at 0, infinity and NaN. */
export const ${name}: Primitive = ${factory}({
  name: "${name}",
  accepts: "float",
  apply: () => {
    throw new Error("${name}: formula must be written, got none");
  },
  // The gradient is a formula of ../functional.ts over inputs, output and grad, as in exp.ts.
  vjp: () => {
    throw new Error("${name}: gradient must be written, got none");
  },
});
`;
}

function testSource() {
  const operands = isBinary ? "[a, b]" : "[a]";
  const second = isBinary ? `const b = refTensor("f32[2]", [1, 2]);\n` : "";
  return `// Values of ${name} from another method than its own formula: name the table or the derivation.
import { expect, test } from "vitest";
import { evaluateOp, refTensor } from "../reference/program.ts";

const a = refTensor("f32[2]", [0, 1]);
${second}const expected: readonly number[] = [];

test("${name} agrees with the table", () => {
  const { data } = evaluateOp("${name}", ${operands}, {});
  expect(data).toHaveLength(expected.length);
  for (const [i, value] of data.entries()) expect(value).toBeCloseTo(expected[i]!, 12);
});
`;
}
