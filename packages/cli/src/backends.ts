// Which backends there are, by name: those installed with the command line and those the user's project adds.
// Nothing is imported here; a backend is loaded inside its own process only.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { UsageError } from "@fastgpu/core";
import { backendModule } from "@fastgpu/runtime";
import { didYouMean } from "./suggest.ts";
import { ownManifest, type Manifest } from "./version.ts";

const ownPrefix = "@fastgpu/backend-";

/** Names of the backends to try when the user names none, as given to `--backend`; FastGPU's own first. */
export function installedBackends(workingFolder: string): readonly string[] {
  const own = backendDependencies(ownManifest());
  const path = join(workingFolder, "package.json");
  const theirs = existsSync(path) ? backendDependencies(readManifest(path)) : [];
  return [...new Set([...own, ...theirs])];
}

/**
 * Checks names from `--backend`.
 *
 * @param given - comma-separated names, package names or paths; `all` or undefined for every installed one
 * @throws {UsageError} if one is not installed
 */
export function chooseBackends(
  given: string | undefined,
  workingFolder: string,
): readonly string[] {
  const installed = installedBackends(workingFolder);
  if (given === undefined || given === "all") return installed;
  const names = [...new Set(given.split(",").map((name) => name.trim()))];
  for (const name of names) {
    if (installed.includes(name) || isResolvable(backendModule(name), workingFolder)) continue;
    const hint = didYouMean(name, installed) || `; npm install ${backendModule(name)}`;
    throw new UsageError(
      `--backend: must be an installed backend (${installed.join(", ")}), a package or a file, got "${name}"${name === "" ? "" : hint}`,
    );
  }
  return names;
}

/** Where the module of a backend is found: its file, or undefined when it is not installed. */
export function isResolvable(specifier: string, workingFolder: string): boolean {
  if (specifier === "") return false;
  if (specifier.startsWith("file:")) return existsSync(new URL(specifier));
  const places = [resolve(workingFolder, "noop.js"), import.meta.url];
  return places.some((place) => {
    try {
      createRequire(place).resolve(specifier);
      return true;
    } catch {
      // Any failure to resolve means the same here: it cannot be loaded from this place.
      return false;
    }
  });
}

function backendDependencies({ dependencies = {} }: Manifest): string[] {
  return Object.keys(dependencies)
    .filter((name) => name.startsWith(ownPrefix) || /(^|\/)fastgpu-backend-/.test(name))
    .map((name) => (name.startsWith(ownPrefix) ? name.slice(ownPrefix.length) : name));
}

function readManifest(path: string): Manifest {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Manifest;
  } catch {
    // A broken manifest of the user's project is not our business; it only adds no backends.
    return { name: "", version: "" };
  }
}
