// `compare --base`: checkouts of two commits, a program for each, rounds of both.
import { realpathSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  executeComparison,
  findCommits,
  hasFile,
  launcherOf,
  openCheckout,
  shippedSuites,
  startSide,
  type Checkout,
  type CommitPair,
  type Side,
} from "@fastgpu/bench";
import { UsageError } from "@fastgpu/core";
import { comparisonSchema, type Comparison, type SideIdentity } from "@fastgpu/results";
import type { Context } from "../context.ts";
import type { ExitCode } from "../exit-code.ts";
import { openGate } from "../gate-options.ts";
import { sideArguments } from "../side-options.ts";
import type { CompareOptions } from "./compare-options.ts";
import { comparisonJournal } from "./comparison-folder.ts";
import type { ComparisonProgress } from "./comparison-progress.ts";
import { withMargins } from "./with-margins.ts";

const ownLauncher = fileURLToPath(new URL("../../bin/fastgpu-bench.js", import.meta.url));
/** Planning loads the data and opens every model once. */
const startTimeoutMs = 600_000;

/** Everything about one call. */
export interface CommitComparison {
  readonly suite: string;
  readonly base: string;
  readonly folder: string;
  readonly options: CompareOptions;
  readonly context: Context;
  readonly progress: ComparisonProgress;
  /** Writes the reports; before the checkouts are removed, which takes a while. */
  readonly finish: (comparison: Comparison) => Promise<ExitCode>;
}

/**
 * Compares two commits. The checkouts are removed at the end, also after an error; one that resists costs a line and not
 * the answer.
 *
 * @throws {UsageError} if a ref, checkout, installation, build or suite is wrong
 */
export async function compareCommits(request: CommitComparison): Promise<ExitCode> {
  const { options, context, base, progress } = request;
  const pair = await findCommits({
    folder: context.workingFolder,
    base,
    ...(options.head === undefined ? {} : { head: options.head }),
  });
  await requireSuite(request.suite, pair, context);
  const checkouts: Checkout[] = [];
  const sides: Side[] = [];
  try {
    for (const side of ["base", "head"] as const) {
      checkouts.push(await checkOut(side, pair, request));
    }
    const notices = [...pair.notices];
    const foreign = checkouts.filter((checkout) => launcherOf(checkout) === undefined).length;
    if (foreign > 0) {
      notices.push(
        `${foreign === 2 ? "neither commit" : "one commit only"} has a fastgpu-bench of its own: measured with the one that compares`,
      );
    }
    for (const [index, checkout] of checkouts.entries()) {
      sides.push(await open(index === 0 ? "base" : "head", checkout, request));
    }
    return await request.finish(await compare(sides, pair, notices, request));
  } finally {
    await Promise.all(sides.map((side) => side.close()));
    for (const checkout of checkouts) {
      await checkout.remove().catch((error: unknown) => {
        progress.step(error instanceof Error ? error.message : String(error));
      });
    }
  }
}

function checkOut(
  side: "base" | "head",
  pair: CommitPair,
  { options, context, progress }: CommitComparison,
): Promise<Checkout> {
  const { install, build } = options;
  return openCheckout({
    repository: pair.repository,
    commit: pair[side],
    side,
    folder: context.workingFolder,
    ...(install === undefined ? {} : { install }),
    ...(build === undefined ? {} : { build }),
    onStep: (step) => {
      progress.step(step);
    },
    signal: context.signal,
  });
}

function open(
  name: "base" | "head",
  checkout: Checkout,
  { suite, options, context }: CommitComparison,
): Promise<Side> {
  const launcher = launcherOf(checkout);
  return startSide(
    {
      name,
      launcher: launcher ?? ownLauncher,
      args: [suiteIn(checkout, suite, context), ...sideArguments(options)],
      workingFolder: checkout.folder,
      startTimeoutMs,
    },
    context.signal,
  );
}

/** The suite as the program of a checkout finds it: a shipped name, or the same path in the checkout. */
function suiteIn(checkout: Checkout, suite: string, { workingFolder }: Context): string {
  if (shippedSuites.includes(suite)) return suite;
  return join(checkout.folder, relative(workingFolder, resolve(workingFolder, suite)));
}

/** @throws {UsageError} if a commit does not have the suite; before anything is checked out */
async function requireSuite(
  suite: string,
  pair: CommitPair,
  { workingFolder }: Context,
): Promise<void> {
  if (shippedSuites.includes(suite)) return;
  for (const side of ["base", "head"] as const) {
    if (await hasFile(pair.repository, pair[side], resolve(realpathSync(workingFolder), suite))) {
      continue;
    }
    throw new UsageError(
      `compare: suite must be one of ${shippedSuites.join(", ")} or a file that ${side} has, got no ${suite} in ${pair[side].slice(0, 12)}; commit it, or compare with a commit that has it`,
    );
  }
}

async function compare(
  sides: readonly Side[],
  pair: CommitPair,
  notices: string[],
  { folder, options, context, progress, base: baseName }: CommitComparison,
): Promise<Comparison> {
  const [base, head] = sides;
  if (base === undefined || head === undefined) throw new UsageError("compare: two sides must run");
  const { environment, suite } = head.description;
  const configs = head.description.benchmarks.map(({ config }) => config);
  const gate = await openGate(options, environment, configs, context);
  const { settings, noiseFloors } = gate;
  notices.push(...gate.notices);
  if (base.description.environment.fingerprint !== environment.fingerprint) {
    notices.push("base and head bring different engines, so a change may be the engine's");
  }
  return executeComparison({
    base: withMargins(base, options.margin),
    head: withMargins(head, options.margin),
    header: {
      schema: comparisonSchema,
      startedAt: new Date().toISOString(),
      suite,
      design: "paired",
      base: identity(baseName, pair.base, base),
      head: identity(options.head ?? "HEAD", pair.head, head),
      environment,
      settings,
      notices,
    },
    noiseFloors,
    allowsSuiteChange: options.allowSuiteChange === true,
    journalPath: join(folder, comparisonJournal),
    isResumed: options.resume === true,
    onEvent: progress.onEvent,
    signal: context.signal,
    ...(options.budget === undefined ? {} : { budgetMs: options.budget }),
    nowMs: context.nowMs,
  });
}

function identity(name: string, commit: string, { description }: Side): SideIdentity {
  return {
    name,
    commit,
    fastgpu: description.fastgpu,
    fingerprint: description.environment.fingerprint,
  };
}
