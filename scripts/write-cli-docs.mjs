// Writes docs/cli.md from the help of the command line itself: `npm run docs:cli`, after a build. A test of the
// command line compares the two.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../packages/cli/bin/fastgpu-bench.js", import.meta.url));
const target = fileURLToPath(new URL("../docs/cli.md", import.meta.url));

const top = help([]);
const [, list = ""] = /Commands:\n([^]*?)\n\n/.exec(top) ?? [];
const names = [...list.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name);
const commands = names.filter((name) => name !== "help");

const sections = commands.map((name) => `## ${name}\n\n${block(help([name]))}`);
writeFileSync(
  target,
  `# The command line

<!-- Written by \`npm run docs:cli\` from --help. -->

${block(top)}

Results go to stdout; progress, warnings and errors go to stderr. \`--json\` prints exactly one JSON document, also for an
error. Colours follow \`NO_COLOR\` and \`FORCE_COLOR\`. Where stderr is no terminal, it gets one line per trial.

${sections.join("\n\n")}
`,
);

function help(words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...words, "--help"], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`help of ${words.join(" ")} must be printed, got ${stderr}`);
  return stdout;
}

function block(text) {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}
