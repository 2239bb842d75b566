// Rounds, order, journal and resumption of a comparison, on sides that answer from a list instead of measuring.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  canonicalTrialKey,
  comparisonSchema,
  configurationKey,
  defaultCostProbability,
  defaultLooks,
  summarize,
  throughput,
  type Comparison,
  type ComparisonHeader,
  type Outcome,
  type TrialConfig,
  type TrialRecord,
} from "@fastgpu/results";
import { afterEach, beforeEach, expect, test } from "vitest";
import { executeComparison, type ComparisonOptions, type Side } from "../src/index.ts";

const environment: ComparisonHeader["environment"] = {
  os: { platform: "linux", release: "1", arch: "x64" },
  cpu: { model: "test machine", cores: 1 },
  memoryBytes: 1,
  node: "22",
  fastgpu: "0",
  engines: {},
  gpus: [],
  fingerprint: "aaaaaaaa",
};

const same = { name: "x", fastgpu: "0", fingerprint: "aaaaaaaa" };

const header: ComparisonHeader = {
  schema: comparisonSchema,
  startedAt: "2026-01-02T03:04:05Z",
  suite: "s",
  design: "paired",
  base: { ...same, commit: "1111111" },
  head: { ...same, commit: "2222222" },
  environment,
  settings: {
    looks: defaultLooks,
    familyError: 0.05,
    counters: "gate",
    costProbability: defaultCostProbability,
  },
  notices: [],
};

function config(name: string): TrialConfig {
  return {
    workload: { name, kind: "inference" },
    backend: "fake",
    device: "cpu",
    precision: "f32",
    batchSize: 1,
    seed: 0,
    repeat: 0,
  };
}

/** A process whose 40 steps take about `stepNs`. */
function ok(stepNs: number, dispatches = 1): Outcome {
  const latencyNs = Array.from({ length: 40 }, (_, i) => Math.round(stepNs + (i % 5)));
  return {
    state: "ok",
    measurements: {
      startToFirstSampleNs: 1,
      compileNs: 1,
      firstRunNs: 1,
      timerOverheadNs: 0,
      timing: {
        warmup: { iterations: 3, reason: "steady", elapsedNs: 3, windows: [], latencyNs: [] },
        latencyNs,
        latency: summarize(latencyNs),
        samplesPerSecond: throughput(1, latencyNs),
        samplesPerIteration: 1,
        iterationsPerSample: 1,
        stopReason: "enough",
        voidSamples: [],
      },
      memory: { peakRssBytes: 1000 },
      counters: { dispatches },
      check: {
        kind: "reference",
        reference: "",
        comparedValues: 1,
        nonFiniteValues: 0,
        maxAbsoluteError: 0,
        maxRelativeError: 0,
        tolerance: { absolute: 0, relative: 0 },
        passed: true,
      },
      metrics: {},
    },
  };
}

type Answer = (round: number) => Outcome;

/** A side that writes down what it is asked. */
function side(
  name: string,
  asked: string[],
  answers: Readonly<Record<string, Answer>>,
  workHash = "w",
): Side {
  const keyOf = (one: string): string => configurationKey(config(one));
  const byKey = new Map(
    Object.entries(answers).map(([one, answer]) => [keyOf(one), { one, answer }]),
  );
  return {
    description: {
      fastgpu: "0",
      suite: "s",
      environment,
      benchmarks: Object.keys(answers).map((one) => ({
        key: keyOf(one),
        config: config(one),
        workHash,
        margins: {},
        counterMargin: 0,
      })),
    },
    run: (key, round): Promise<TrialRecord> => {
      const found = byKey.get(key)!;
      asked.push(`${name} ${found.one} ${round}`);
      const trial = { ...config(found.one), repeat: round };
      return Promise.resolve({
        id: canonicalTrialKey(trial),
        config: trial,
        outcome: found.answer(round),
        durationNs: 1,
        startedAt: "2026-01-02T03:04:05Z",
      });
    },
    close: () => Promise.resolve(),
  };
}

let folder: string;
let journalPath: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fastgpu-compare-test-"));
  journalPath = join(folder, "comparison.jsonl");
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const fast: Answer = (round) => ok(1e6 + (round % 3) * 100);
const slow: Answer = (round) => ok(1.2e6 + (round % 4) * 100);

function compare(
  base: Side,
  head: Side,
  more: Partial<ComparisonOptions> = {},
): Promise<Comparison> {
  let nowMs = 0;
  return executeComparison({
    base,
    head,
    header,
    journalPath,
    signal: new AbortController().signal,
    nowMs: () => (nowMs += 1),
    ...more,
  });
}

test("rounds go ABBA, in turn over the benchmarks, and stop with the verdict", async () => {
  const asked: string[] = [];
  const comparison = await compare(
    side("base", asked, { a: fast, b: fast }),
    side("head", asked, { a: slow, b: fast }),
  );
  expect(asked.slice(0, 8)).toEqual([
    "base a 0",
    "head a 0",
    "base b 0",
    "head b 0",
    "head a 1",
    "base a 1",
    "head b 1",
    "base b 1",
  ]);
  expect(asked).toHaveLength(40);
  expect(comparison.benchmarks.map(({ verdict }) => verdict)).toEqual(["REGRESSED", "PASS"]);
  expect(comparison).toMatchObject({ verdict: "REGRESSED", status: "complete" });
  expect(comparison.benchmarks[0]?.metrics[0]?.change).toBeCloseTo(0.2, 2);
});

test("a changed counter ends a benchmark after one round; a crash too", async () => {
  const asked: string[] = [];
  const crash: Answer = () => ({ state: "crashed", message: "SIGSEGV", stderrTail: "" });
  const { benchmarks } = await compare(
    side("base", asked, { a: fast, b: fast }),
    side("head", asked, { a: () => ok(1e6, 2), b: crash }),
  );
  expect(benchmarks.map(({ verdict }) => verdict)).toEqual(["REGRESSED", "CRASHED"]);
  expect(asked).toHaveLength(4);
});

test("a benchmark that is only in base is missing, one that is only in head is new, none is run", async () => {
  const asked: string[] = [];
  const { benchmarks, verdict } = await compare(
    side("base", asked, { gone: fast }),
    side("head", asked, { come: fast }),
  );
  expect(benchmarks.map((one) => one.verdict)).toEqual(["MISSING", "NEW"]);
  expect({ verdict, asked }).toEqual({ verdict: "MISSING", asked: [] });
});

test("another definition of the work is refused unless allowed", async () => {
  const sides = (): [Side, Side] => [
    side("base", [], { a: fast }),
    side("head", [], { a: fast }, "v"),
  ];
  await expect(compare(...sides())).rejects.toThrow(
    /benchmarks must be the same work in base and head, got other definitions of a:inference.*--allow-suite-change/,
  );
  const allowed = await compare(...sides(), { allowsSuiteChange: true });
  expect(allowed.verdict).toBe("PASS");
});

test("a resumed comparison repeats no finished round, also after a torn line", async () => {
  const controller = new AbortController();
  const asked: string[] = [];
  const sides = (): [Side, Side] => [
    side("base", asked, { a: fast }),
    side("head", asked, { a: slow }),
  ];
  const partial = await compare(...sides(), {
    signal: controller.signal,
    onEvent: (event) => {
      if (event.kind === "round" && event.round === 3) controller.abort();
    },
  });
  expect(partial.status).toBe("partial");
  writeFileSync(journalPath, `${readFileSync(journalPath, "utf8")}{"kind":"round","key":"a`);
  asked.length = 0;
  const resumed = await compare(...sides(), { isResumed: true });
  expect(asked[0]).toBe("base a 4");
  expect(asked).toHaveLength(12);
  expect(resumed.benchmarks[0]?.rounds).toHaveLength(10);
  const whole = await compare(...sides());
  expect(resumed.benchmarks).toEqual(whole.benchmarks);
});

test("a journal of other commits or a damaged one is not resumed", async () => {
  const sides = (): [Side, Side] => [side("base", [], { a: fast }), side("head", [], { a: fast })];
  await compare(...sides());
  const other = { ...header, head: { ...header.head, commit: "3333333" } };
  await expect(compare(...sides(), { isResumed: true, header: other })).rejects.toThrow(
    "must have the head of the journal, 2222222, got 3333333",
  );
  const lines = readFileSync(journalPath, "utf8").split("\n");
  writeFileSync(journalPath, [lines[0], "nonsense", ...lines.slice(1)].join("\n"));
  await expect(compare(...sides(), { isResumed: true })).rejects.toThrow(
    /comparison\.jsonl:2: line must be an entry of a comparison, got nonsense/,
  );
  const newer = (lines[0] ?? "").replace("fastgpu.comparison/1", "fastgpu.comparison/9");
  writeFileSync(journalPath, `${newer}\n`);
  await expect(compare(...sides(), { isResumed: true })).rejects.toThrow(
    "schema must be fastgpu.comparison/1, got fastgpu.comparison/9",
  );
});

test("after its budget nothing more is started, and what is open is undecided", async () => {
  const asked: string[] = [];
  const comparison = await compare(
    side("base", asked, { a: fast }),
    side("head", asked, { a: fast }),
    { budgetMs: 5 },
  );
  expect(comparison).toMatchObject({ status: "partial", verdict: "UNDECIDED" });
  expect(asked.length).toBeLessThan(20);
});

test("noise floors of the machine widen the margins", async () => {
  const { benchmarks } = await compare(
    side("base", [], { a: fast }),
    side("head", [], { a: slow }),
    {
      noiseFloors: () => ({ latency: 0.15, throughput: 0.15 }),
    },
  );
  expect(benchmarks[0]?.metrics[0]).toMatchObject({
    name: "latency",
    margin: 0.3,
    marginSource: "noise-floor",
    verdict: "PASS",
  });
});
