// Lint rules of the workspace. The package arrows come from eslint/arrows.js; everything else that a rule of
// the style guide can check by machine is here, so that reviews need not.
import { readdirSync } from "node:fs";
import { createTypeScriptImportResolver } from "eslint-import-resolver-typescript";
import importX from "eslint-plugin-import-x";
import jsdoc from "eslint-plugin-jsdoc";
import tseslint from "typescript-eslint";
import { allowedImports, allowedTestImports, packageName } from "./eslint/arrows.js";

const root = import.meta.dirname;
const tests = ["**/*.test.ts", "packages/*/test/**/*.ts", "scripts/**/*.ts"];
const folders = readdirSync(new URL("packages", import.meta.url)).filter(
  (name) => !name.startsWith("."),
);

/** A regular expression source for every workspace import that is not in `names`. */
function otherWorkspaceImports(names) {
  const allowed = names.map((name) => `${packageName(name)}(/|$)`).join("|");
  const exceptions = allowed === "" ? "" : `(?!${allowed})`;
  return `^${exceptions}(@fastgpu/|fastgpu(-bench)?(/|$))`;
}

/** The rules that leave `folder` only its arrows: static, dynamic and type imports, and re-exports. */
function arrowRules(folder, names) {
  const forbidden = otherWorkspaceImports(names);
  const message = `packages/${folder} may import only: ${names.map(packageName).join(", ") || "no workspace package"} (eslint/arrows.js)`;
  // A selector regex ends at the first slash, so slashes are written as a class.
  const selector = forbidden.replaceAll("/", "\\u002F");
  return {
    "no-restricted-imports": ["error", { patterns: [{ regex: forbidden, message }] }],
    "no-restricted-syntax": [
      "error",
      ...restrictedSyntax,
      { selector: `ImportExpression > Literal[value=/${selector}/]`, message },
      { selector: `TSImportType > TSLiteralType > Literal[value=/${selector}/]`, message },
      { selector: `TSImportType > Literal[value=/${selector}/]`, message },
    ],
  };
}

const restrictedSyntax = [
  { selector: "TSEnumDeclaration", message: "no enums; use a union of literals" },
  { selector: "TSModuleDeclaration[kind!='global']", message: "no namespaces; use a module" },
  { selector: "TSParameterProperty", message: "no parameter properties; write the field out" },
  {
    selector: "ExportAllDeclaration",
    message: "an index is an explicit list; name what is exported",
  },
];

export default tseslint.config(
  {
    ignores: [
      "**/dist/",
      "**/.tsbuild/",
      "**/node_modules/",
      "**/.cache/",
      "bench/",
      "fastgpu-results/",
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ["**/*.ts"] })),
  {
    files: ["**/*.ts"],
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: ["vitest.config.ts"],
          defaultProject: "scripts/tsconfig.json",
        },
        tsconfigRootDir: root,
      },
    },
    plugins: { jsdoc, "import-x": importX },
    settings: {
      "import-x/resolver-next": [
        createTypeScriptImportResolver({
          project: ["packages/*/tsconfig.build.json", "packages/*/tsconfig.test.json"],
          conditionNames: ["@fastgpu/source", "types", "import", "node", "default"],
          noWarnOnMultipleProjects: true,
        }),
      ],
      jsdoc: { mode: "typescript" },
    },
    rules: {
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", 60],
      "no-restricted-syntax": ["error", ...restrictedSyntax],
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "import-x/no-default-export": "error",
      "import-x/no-relative-packages": "error",
      "import-x/extensions": ["error", "always", { ignorePackages: true, checkTypeImports: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": [
        "error",
        { fixStyle: "separate-type-imports" },
      ],
      "jsdoc/require-jsdoc": [
        "error",
        {
          publicOnly: true,
          enableFixer: false,
          require: { FunctionDeclaration: true, ClassDeclaration: true, MethodDefinition: false },
          contexts: [
            "ExportNamedDeclaration > TSInterfaceDeclaration",
            "ExportNamedDeclaration > TSTypeAliasDeclaration",
            "ExportNamedDeclaration > VariableDeclaration",
          ],
        },
      ],
      "jsdoc/no-types": "error",
      "jsdoc/check-param-names": [
        "error",
        { checkDestructured: false, disableMissingParamChecks: true },
      ],
      "jsdoc/check-tag-names": "error",
      "jsdoc/empty-tags": "error",
    },
  },
  ...folders.map((folder) => ({
    files: [`packages/${folder}/**/*.ts`],
    rules: {
      ...arrowRules(folder, allowedImports(folder) ?? []),
      "import-x/no-extraneous-dependencies": [
        "error",
        {
          devDependencies: tests,
          includeTypes: true,
          // The test runner is a dependency of the workspace, everything else of the package.
          packageDir: [root, `${root}/packages/${folder}`],
        },
      ],
    },
  })),
  ...folders.map((folder) => ({
    files: [`packages/${folder}/**/*.test.ts`, `packages/${folder}/test/**/*.ts`],
    rules: arrowRules(folder, [
      folder,
      ...(allowedImports(folder) ?? []),
      ...allowedTestImports(folder),
    ]),
  })),
  {
    // Index arithmetic is checked by the loops around it; `arr[i]!` keeps these files readable.
    files: ["ops", "composites", "autodiff", "kernels", "stats", "reference", "random"]
      .map((name) => `**/${name}/**/*.ts`)
      .concat("packages/backend-*/src/lower/**/*.ts", "packages/tuner/src/**/*.ts", tests),
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
  {
    // Tables of rules and kernel texts read better in one piece.
    files: ["**/ops/**/*.ts", "**/kernels/**/*.ts", "**/*.wgsl.ts"],
    rules: { "max-lines-per-function": "off" },
  },
  {
    // The backend port: a backend package's default export is its `Backend`.
    files: ["packages/backend-*/src/index.ts", "vitest.config.ts"],
    rules: { "import-x/no-default-export": "off" },
  },
  {
    files: tests,
    rules: {
      "max-lines": ["error", 600],
      "max-lines-per-function": "off",
      "jsdoc/require-jsdoc": "off",
    },
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    rules: { "max-lines": ["error", 400], "max-lines-per-function": ["error", 60] },
  },
);
