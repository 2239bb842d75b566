#!/usr/bin/env node
// Launcher of the command line. An installed package has dist/ and goes straight there; a source checkout
// that was never built is built once first, so that `npm ci && npx fastgpu-bench ...` is all one needs.
import { existsSync } from "node:fs";

const entry = new URL("../dist/main.js", import.meta.url);
if (!existsSync(entry)) await buildCheckout();
await import(entry.href);

/** Builds the checkout around this file; ends the process when there is none or the build fails. */
async function buildCheckout() {
  const { spawnSync } = await import("node:child_process");
  const { readdirSync } = await import("node:fs");
  const { fileURLToPath } = await import("node:url");
  const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
  const compiler = pathOf("../../../node_modules/typescript/bin/tsc");
  if (!existsSync(pathOf("../tsconfig.build.json")) || !existsSync(compiler)) {
    const missing = fileURLToPath(entry);
    console.error(`fastgpu-bench: ${missing} must exist, got no file; reinstall the package`);
    process.exit(1);
  }
  // Backends are loaded by name, so no reference leads from here to them. This package comes last: its
  // main.js then stands only where all the rest does, even after an interrupted build.
  const backends = readdirSync(pathOf("../..")).filter((name) => name.startsWith("backend-"));
  const projects = backends
    .map((name) => pathOf(`../../${name}/tsconfig.build.json`))
    .filter((path) => existsSync(path));
  projects.push(pathOf("../tsconfig.build.json"));
  console.error("building fastgpu (first run)...");
  const startMs = performance.now();
  const build = spawnSync(process.execPath, [compiler, "-b", ...projects], {
    stdio: ["ignore", 2, 2],
  });
  if (build.status !== 0) {
    console.error("fastgpu-bench: the build must succeed, got the errors above; run npm run build");
    process.exit(1);
  }
  console.error(`built in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}
