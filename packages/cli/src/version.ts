// The version of this package, read from its manifest so that there is one place for it.
import { readFileSync } from "node:fs";

/** The part of a package.json that the command line reads. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** This package's own manifest. src and dist are equally deep. */
export function ownManifest(): Manifest {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return JSON.parse(text) as Manifest;
}
