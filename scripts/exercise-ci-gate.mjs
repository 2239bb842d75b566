// Runs the CI kit as CI would: a scratch repository made of examples/ci-gate, the script of the GitHub Action on a commit
// that changes nothing and on one with a planted slowdown, and a look at what it wrote. A minute or two: comparisons start
// no round after 25 s and 90 s.
//
//     node scripts/exercise-ci-gate.mjs
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "fastgpu-ci-gate-"));
const launcher = join(root, "packages", "cli", "bin", "fastgpu-bench.js");

const git = (...args) => execFileSync("git", args, { cwd: folder, stdio: "pipe" });
const commit = (message) => {
  git("add", ".");
  git("commit", "--quiet", "-m", message);
};
const makeModel = (layers) =>
  execFileSync(process.execPath, ["make-model.mjs", String(layers)], { cwd: folder });

/** The comparison step of action.yml, with its outputs. */
function compareStep(name, budgetSeconds) {
  const [output, summary] = [`${folder}-${name}.output`, `${folder}-${name}.summary`];
  writeFileSync(output, "");
  writeFileSync(summary, "");
  const { status } = spawnSync("bash", [join(root, "ci", "compare.sh")], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    env: {
      ...process.env,
      FASTGPU_BENCH: `${process.execPath} ${launcher}`,
      FASTGPU_SUITE: "suite.json",
      FASTGPU_BASE: "HEAD~1",
      FASTGPU_HEAD: "HEAD",
      FASTGPU_ARGUMENTS: `--budget ${budgetSeconds}`,
      FASTGPU_FOLDER: name,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
    },
  });
  const result = {
    status,
    output: readFileSync(output, "utf8"),
    summary: readFileSync(summary, "utf8"),
  };
  for (const path of [output, summary]) rmSync(path);
  return result;
}

function expectStep(name, budgetSeconds, exitCode, verdict) {
  const { status, output, summary } = compareStep(name, budgetSeconds);
  const files = ["comparison.json", "comparison.html", "comparison.md", "junit.xml"];
  const absent = files.filter((file) => !existsSync(join(folder, name, file)));
  const problems = [
    ...(status === 0 ? [] : [`the step must end with 0, got ${status}`]),
    ...(output === `exit-code=${exitCode}\n`
      ? []
      : [`exit-code must be ${exitCode}, got ${output}`]),
    ...(verdict.test(summary)
      ? []
      : [`summary must match ${verdict}, got ${summary.slice(0, 200)}`]),
    ...absent.map((file) => `${file} must be written`),
  ];
  for (const problem of problems) console.error(`${name}: ${problem}`);
  return problems.length === 0;
}

try {
  cpSync(join(root, "examples", "ci-gate"), folder, { recursive: true });
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.email", "ci@example.org");
  git("config", "user.name", "CI");
  makeModel(8);
  commit("a model of eight layers");
  writeFileSync(join(folder, "notes.txt"), "nothing that costs time\n");
  commit("no change of speed");
  const isQuiet = expectStep("unchanged", 25, 0, /(PASS|UNDECIDED|IMPROVED): ci-gate/);
  makeModel(12);
  commit("planted: four more layers");
  const isCaught = expectStep("planted", 90, 1, /REGRESSED: ci-gate/);
  if (!isQuiet || !isCaught) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
