// The allowed arrows between packages, as data. The lint rules and the package.json test read this table,
// so a new arrow is one edit here, reviewed as what it is: a change of the architecture.

/** Workspace packages which the sources of a folder in packages/ may import. */
const arrowsOfFolder = {
  core: [],
  results: [],
  conformance: ["core"],
  data: ["core"],
  runtime: ["core"],
  tuner: ["core", "results"],
  bench: ["core", "results", "runtime", "data"],
  study: ["core", "results", "runtime", "bench", "tuner"],
  reporter: ["results"],
  // tuner: `optimizer: "auto"` searches, and `compile({ tuned })` reads the file of a study.
  fastgpu: ["core", "runtime", "data", "tuner"],
  cli: [
    "core",
    "results",
    "conformance",
    "data",
    "runtime",
    "bench",
    "tuner",
    "study",
    "reporter",
    "fastgpu",
  ],
};

/** Arrows of every backend package: the core, and the conformance suite for its own tests. */
const arrowsOfBackend = ["core"];
const testArrowsOfBackend = ["conformance"];

/** Packages which install a backend for their users without ever importing it. */
const installersOfBackends = ["fastgpu", "cli"];

/** @param {string} folder A folder name in packages/. @returns {string[] | undefined} Undefined for an unknown folder. */
export function allowedImports(folder) {
  return folder.startsWith("backend-") ? arrowsOfBackend : arrowsOfFolder[folder];
}

/** @param {string} folder A folder name in packages/. @returns {string[]} What its tests may import besides. */
export function allowedTestImports(folder) {
  return folder.startsWith("backend-") ? testArrowsOfBackend : [];
}

/** @param {string} folder A folder name in packages/. @returns {boolean} Whether its package.json may name backends. */
export function mayInstallBackends(folder) {
  return installersOfBackends.includes(folder);
}

/** @param {string} folder A folder name in packages/. @returns {string} The name it is published under. */
export function packageName(folder) {
  if (folder === "fastgpu") return "fastgpu";
  return folder === "cli" ? "fastgpu-bench" : `@fastgpu/${folder}`;
}
