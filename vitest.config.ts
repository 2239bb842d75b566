// Test configuration: one project per package, resolved from TypeScript source so that unit tests need no
// build. Only child processes and worker threads start from dist, which is why `npm test` builds first.
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const conditions = ["@fastgpu/source", "module", "node", "development|production"];
const folders = readdirSync(new URL("packages", import.meta.url)).filter(
  (name) => !name.startsWith("."),
);

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
    projects: [
      ...folders.map((folder) => ({
        extends: true as const,
        test: {
          name: folder,
          root: `packages/${folder}`,
          include: ["src/**/*.test.ts", "test/**/*.test.ts"],
          // Software Vulkan compiles each kernel for the first time where nothing is cached, and runs it once.
          ...(folder === "backend-webgpu" ? { env: { GALLIVM_PERF: "nopt" } } : {}),
        },
      })),
      {
        extends: true as const,
        test: { name: "repository", root: "scripts", include: ["**/*.test.ts"] },
      },
    ],
  },
});
