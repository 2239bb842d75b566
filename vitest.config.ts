// Test configuration: one project per package, resolved from TypeScript source so that unit tests need no
// build. Only child processes and worker threads start from dist, which is why `npm test` builds first.
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { configDefaults, defineConfig } from "vitest/config";

const conditions = ["@fastgpu/source", "module", "node", "development|production"];
const folders = readdirSync(new URL("packages", import.meta.url)).filter(
  (name) => !name.startsWith("."),
);

// For scripts that count: each run of vitest writes a report of its own there.
const reportFolder = process.env["FASTGPU_TEST_REPORTS"];
const outputFile = `${reportFolder}/${process.pid}.json`;

const unit = ["src/**/*.test.ts", "test/**/*.test.ts"];
const endToEnd = "**/*.e2e.test.ts";

/** The tests of a folder: those that stay in this process, and those that start others, as users and devices do. */
function projectsOf(name: string, root: string, include: string[], more: object = {}) {
  const exclude = [...configDefaults.exclude, endToEnd];
  return [
    { extends: true as const, test: { name, root, include, exclude, ...more } },
    {
      extends: true as const,
      test: { name: `${name}-e2e`, root, include: [endToEnd], ...more },
    },
  ];
}

// Software Vulkan compiles each kernel for the first time where nothing is cached, and runs it once.
const webgpuOptions = { env: { GALLIVM_PERF: "nopt" } };

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["@fastgpu/source", "node"] } },
  test: {
    // Modules are loaded once per worker, not once per file: a third less time. No test mocks a module.
    isolate: false,
    // One worker fewer than cores is the default, which leaves one of two idle: much of the time tests wait for processes.
    maxWorkers: availableParallelism(),
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: reportFolder === undefined ? ["default"] : ["default", ["json", { outputFile }]],
    projects: [
      ...folders.flatMap((folder) =>
        projectsOf(
          folder,
          `packages/${folder}`,
          unit,
          folder === "backend-webgpu" ? webgpuOptions : {},
        ),
      ),
      ...projectsOf("repository", "scripts", ["**/*.test.ts"]),
    ],
  },
});
