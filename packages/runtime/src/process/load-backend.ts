// Finds a backend's module by name. This is the only place that imports one.
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { BackendUnavailableError, type Backend } from "@fastgpu/core";

/** `onnx` stands for `@fastgpu/backend-onnx`; anything with a slash, dot or `backend` in it is a module itself. */
export function backendModule(name: string): string {
  return /^[a-z0-9]+$/.test(name) ? `@fastgpu/backend-${name}` : name;
}

/**
 * Imports a backend: from the user's folder first, so that third-party backends work, then from FastGPU's own.
 *
 * @throws {BackendUnavailableError} if there is no such module or it is no backend
 */
export async function loadBackend(name: string): Promise<Backend> {
  const specifier = backendModule(name);
  const loaded = (await importFrom(specifier)) as { readonly default?: unknown };
  if (!isBackend(loaded.default)) {
    throw new BackendUnavailableError(
      `backend ${name}: default export of ${specifier} must be a Backend, got ${typeof loaded.default}`,
      { fix: "export default { name, devices, open } from the module" },
    );
  }
  return loaded.default;
}

async function importFrom(specifier: string): Promise<unknown> {
  const isPath = /^(\.|\/|file:|[A-Za-z]:[\\/])/.test(specifier);
  const candidates = [(): string => fromWorkingDirectory(specifier)];
  // A path means the user's folder; only packages are looked for here too.
  if (!isPath) candidates.push((): string => import.meta.resolve(specifier));
  let cause: unknown;
  for (const candidate of candidates) {
    let url: string;
    try {
      url = candidate();
    } catch (error) {
      cause = error;
      continue;
    }
    return import(url);
  }
  const [state, fix] = isPath
    ? ["exist", "give the path of a module"]
    : ["be installed", `npm install ${specifier}`];
  throw new BackendUnavailableError(`backend: module must ${state}, got no "${specifier}"`, {
    fix,
    cause,
  });
}

function fromWorkingDirectory(specifier: string): string {
  if (specifier.startsWith("file:")) return specifier;
  const require = createRequire(resolve("noop.js"));
  return pathToFileURL(require.resolve(specifier)).href;
}

function isBackend(value: unknown): value is Backend {
  return (
    typeof value === "object" &&
    value !== null &&
    "name" in value &&
    "devices" in value &&
    typeof value.devices === "function" &&
    "open" in value &&
    typeof value.open === "function"
  );
}
