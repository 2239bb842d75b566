#!/usr/bin/env node
// Launcher of the command line. An installed package has dist/ and goes straight there; a source checkout
// that was never built is built once first, so that `npm ci && npx fastgpu-bench ...` is all one needs.
import { existsSync } from "node:fs";

const entry = new URL("../dist/main.js", import.meta.url);
if (!existsSync(entry)) await buildCheckout();
await import(entry.href);

/** Runs `tsc -b` in the checkout around this file; ends the process when there is none or the build fails. */
async function buildCheckout() {
  const { spawnSync } = await import("node:child_process");
  const { fileURLToPath } = await import("node:url");
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const compiler = fileURLToPath(
    new URL("../../../node_modules/typescript/bin/tsc", import.meta.url),
  );
  if (!existsSync(new URL("../tsconfig.build.json", import.meta.url)) || !existsSync(compiler)) {
    console.error(
      `fastgpu-bench: dist/main.js must exist, got none in ${root}; reinstall the package`,
    );
    process.exit(1);
  }
  console.error("building fastgpu (first run)...");
  const startMs = performance.now();
  const build = spawnSync(
    process.execPath,
    [compiler, "-b", "packages/cli", "packages/backend-onnx"],
    {
      cwd: root,
      stdio: ["ignore", 2, 2],
    },
  );
  if (build.status !== 0) {
    console.error("fastgpu-bench: the build must succeed, got the errors above; run npm run build");
    process.exit(1);
  }
  console.error(`built in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}
