// Which backends "auto" means: those that can be imported from here or from the user's folder. Nothing is loaded.
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { backendModule } from "@fastgpu/runtime";
import { BackendUnavailableError, UsageError } from "@fastgpu/core";

/** FastGPU's own backends, by name. */
const ownBackends = ["onnx", "webgpu", "tfjs"] as const;

/**
 * The backends to choose from.
 *
 * @param request - one, several, or `"auto"`
 * @throws {UsageError} for an empty list
 * @throws {BackendUnavailableError} with the command that installs one, if `"auto"` finds none
 */
export function backendCandidates(request: string | readonly string[]): readonly string[] {
  if (typeof request !== "string") {
    if (request.length > 0) return request;
    throw new UsageError(`compile: backend must name one or more, got an empty list`);
  }
  if (request !== "auto") return [request];
  const found = ownBackends.filter((name) => isInstalled(backendModule(name)));
  if (found.length > 0) return found;
  throw new BackendUnavailableError(
    `compile: a backend must be installed for "auto", got none of ${ownBackends.join(", ")}`,
    { fix: `npm install ${backendModule("onnx")}` },
  );
}

function isInstalled(specifier: string): boolean {
  // By way of paths and not of the loader: resolving must not run a module of the user.
  const origins = [import.meta.url, resolve("noop.js")];
  return origins.some((origin) => {
    try {
      createRequire(origin).resolve(`${specifier}/package.json`);
      return true;
    } catch {
      return false;
    }
  });
}
