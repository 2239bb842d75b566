// The table of verdicts and exit codes, row by row.

import { expect, test } from "vitest";
import { check, config, measurements, timing, trial } from "../../test/fixtures.ts";
import { defaultLooks } from "../stats/looks.ts";
import type { Measurements } from "../measurements.ts";
import type { Environment, RunRecord } from "../record.ts";
import type { Outcome, TrialRecord } from "../trial.ts";
import { compareRecords } from "./compare-records.ts";
import { compareRounds } from "./compare-rounds.ts";
import type { ComparisonSettings, Round } from "./comparison.ts";
import { defaultCostProbability, gateMetricNames, processValue } from "./gate-metric.ts";
import { marginOf } from "./margins.ts";
import { processEvidence } from "./process-evidence.ts";
import { voidReason } from "./settle.ts";
import type { BenchmarkEvidence } from "./settle.ts";
import { comparisonExitCode, completeComparison } from "./verdict.ts";

const settings: ComparisonSettings = {
  looks: defaultLooks,
  familyError: 0.05,
  counters: "gate",
  costProbability: defaultCostProbability,
};

/** 40 steps of about a microsecond; `noise` shifts the whole process. */
function steps(factor: number, noise = 0): number[] {
  return Array.from({ length: 40 }, (_, i) =>
    Math.round(1e6 * factor * (1 + noise) + (i % 7) * 1e3),
  );
}

function ok(factor = 1, noise = 0, changes: Partial<Measurements> = {}): TrialRecord {
  return trial({
    state: "ok",
    measurements: measurements({ timing: timing(steps(factor, noise)), ...changes }),
  });
}

function evidence(trials: readonly (readonly [TrialRecord, TrialRecord])[]): BenchmarkEvidence {
  const rounds = trials.map(([base, head], round): Round => {
    const [a, b] = [
      processEvidence(base, defaultCostProbability),
      processEvidence(head, defaultCostProbability),
    ];
    const reason = voidReason(a, b);
    return {
      round,
      first: round % 2 === 0 ? "base" : "head",
      base: a,
      head: b,
      ...(reason === undefined ? {} : { voidReason: reason }),
    };
  });
  return { key: "k", config: config(), presence: "both", margins: {}, noiseFloors: {}, rounds };
}

/** Rounds whose head takes `factor` times as long; both sides wobble by `noise`. */
function rounds(n: number, factor: number, noise = 0.001): BenchmarkEvidence {
  return evidence(
    Array.from({ length: n }, (_, i) => [
      ok(1, noise * Math.sin(i * 12.9898)),
      ok(factor, noise * Math.sin(i * 78.233)),
    ]),
  );
}

const out: Outcome = { state: "out-of-memory", message: "7 GiB wanted", where: "device" };
const crash: Outcome = { state: "crashed", message: "SIGSEGV", stderrTail: "" };

/** Verdict, exit code and exit code with --strict of benchmarks. */
function ended(...evidences: readonly BenchmarkEvidence[]): readonly [string, number, number] {
  const benchmarks = compareRounds(evidences, settings);
  const header = {} as Parameters<typeof completeComparison>[0];
  const end = { status: "complete", finishedAt: "2026-01-02T03:04:05Z" } as const;
  const comparison = completeComparison(header, benchmarks, end);
  return [
    comparison.verdict,
    comparisonExitCode(comparison, { isStrict: false }),
    comparisonExitCode(comparison, { isStrict: true }),
  ];
}

test("pass, improvement and regression", () => {
  expect(ended(rounds(10, 1))).toEqual(["PASS", 0, 0]);
  expect(ended(rounds(10, 0.9))).toEqual(["IMPROVED", 0, 0]);
  expect(ended(rounds(10, 1.1))).toEqual(["REGRESSED", 1, 1]);
});

test("undecided is 0, and 4 with --strict; it says what could have been seen", () => {
  const noisy = rounds(30, 1.02, 0.08);
  expect(ended(noisy)).toEqual(["UNDECIDED", 0, 4]);
  const [benchmark] = compareRounds([noisy], settings);
  expect(benchmark).toMatchObject({ wantedRounds: 0 });
  expect(benchmark?.reason).toMatch(/30 rounds would have shown \+\d+\.\d% with 90% power/);
});

test("more rounds are wanted only while something is open", () => {
  const wanted = (one: BenchmarkEvidence): number | undefined =>
    compareRounds([one], settings)[0]?.wantedRounds;
  expect(wanted(evidence([]))).toBe(1);
  expect(wanted(rounds(1, 1))).toBe(10);
  expect(wanted(rounds(10, 1))).toBe(0);
  expect(wanted(rounds(10, 1.02, 0.08))).toBe(20);
});

test("missing in head is an error, new in head is none", () => {
  expect(ended(rounds(10, 1), { ...evidence([]), presence: "base" })).toEqual(["MISSING", 2, 2]);
  expect(ended(rounds(10, 1), { ...evidence([]), presence: "head" })).toEqual(["PASS", 0, 0]);
});

test("a crash or memory running out in head is 5 and named; in base only it is not comparable", () => {
  const first = (a: TrialRecord, b: TrialRecord): BenchmarkEvidence => evidence([[a, b]]);
  expect(ended(first(ok(), trial(crash)))).toEqual(["CRASHED", 5, 5]);
  expect(ended(first(ok(), trial(out)))).toEqual(["CRASHED", 5, 5]);
  expect(compareRounds([first(ok(), trial(out))], settings)[0]?.reason).toBe(
    "head out-of-memory in round 1: out of memory on the device: 7 GiB wanted",
  );
  expect(ended(first(trial(crash), trial(crash)))).toEqual(["CRASHED", 5, 5]);
  expect(ended(first(trial(crash), ok()))).toEqual(["NOT_COMPARABLE", 3, 3]);
});

test("whatever else ends a process of head is 5 too, with its words; a stop by the user is no verdict", () => {
  const ends: readonly (readonly [Outcome, RegExp])[] = [
    [
      { state: "timeout", message: "no answer", limitNs: 6e10 },
      /^head timeout in round 1: no answer$/,
    ],
    [{ state: "failed", message: "SHAPE" }, /^head failed in round 1: SHAPE$/],
    [
      { state: "incorrect", message: "an error of 1", check: { ...check, passed: false } },
      /^head incorrect in round 1: an error of 1$/,
    ],
    [{ ...out, where: "host" }, /^head out-of-memory in round 1: out of memory on the host/],
  ];
  for (const [outcome, words] of ends) {
    const failed = evidence([[ok(), trial(outcome)]]);
    expect(ended(failed)).toEqual(["CRASHED", 5, 5]);
    expect(compareRounds([failed], settings)[0]?.reason).toMatch(words);
    expect(compareRounds([failed], settings)[0]?.metrics).toEqual([]);
  }
  const cancelled = evidence([[ok(), trial({ state: "cancelled", message: "stopped" })]]);
  expect(ended(cancelled)[1]).toBe(3);
});

test("what no gated metric is measured of cannot be compared", () => {
  const untimed = {
    ...rounds(10, 2),
    margins: Object.fromEntries(gateMetricNames.map((name) => [name, false])),
  };
  expect(ended(untimed)).toEqual(["NOT_COMPARABLE", 3, 3]);
  expect(compareRounds([untimed], settings)[0]?.reason).toBe("no gated metric was measured");
});

test("only new benchmarks are nothing to compare", () => {
  expect(ended({ ...evidence([]), presence: "head" })).toEqual(["NOTHING_MEASURED", 3, 3]);
});

test("what no side can run is shown; what only head cannot run is missing", () => {
  const no: Outcome = { state: "unsupported", message: "no f16", reason: "no f16" };
  expect(ended(rounds(10, 1), evidence([[trial(no), trial(no)]]))).toEqual(["PASS", 0, 0]);
  expect(ended(evidence([[trial(no), trial(no)]]))).toEqual(["NOTHING_MEASURED", 3, 3]);
  expect(ended(evidence([[ok(), trial(no)]]))).toEqual(["MISSING", 2, 2]);
});

test("nothing measured is 3", () => {
  expect(ended()).toEqual(["NOTHING_MEASURED", 3, 3]);
  expect(ended(evidence([]))).toEqual(["NOT_MEASURED", 3, 3]);
});

test("another machine is 3 whatever the numbers", () => {
  const elsewhere = { ...rounds(10, 2), incomparable: "machines differ" };
  expect(ended(elsewhere)).toEqual(["NOT_COMPARABLE", 3, 3]);
});

test("more than a fifth of void rounds is INVALID, fewer are left out", () => {
  const hot = (): TrialRecord => {
    const voids = Array.from({ length: 20 }, (_, i) => i);
    return trial({
      state: "ok",
      measurements: measurements({ timing: timing(steps(1), voids) }),
    });
  };
  const withVoids = (n: number): BenchmarkEvidence =>
    evidence(Array.from({ length: 12 }, (_, i) => [ok(), i < n ? hot() : ok()]));
  expect(ended(withVoids(3))).toEqual(["INVALID", 3, 3]);
  expect(compareRounds([withVoids(2)], settings)[0]).toMatchObject({ verdict: "PASS" });
});

test("a trial that is void itself makes its round void, and no crash of head", () => {
  const throttled = trial({
    state: "invalid",
    message: "samples: at most 20% may be void",
    measurements: measurements(),
  });
  const withVoids = (n: number, side: "base" | "head"): BenchmarkEvidence =>
    evidence(
      Array.from({ length: 12 }, (_, i) => {
        const other = i < n ? throttled : ok();
        return side === "base" ? [other, ok()] : [ok(), other];
      }),
    );
  for (const side of ["base", "head"] as const) {
    expect(ended(withVoids(3, side))).toEqual(["INVALID", 3, 3]);
    expect(ended(withVoids(2, side))).toEqual(["PASS", 0, 0]);
    const [benchmark] = compareRounds([withVoids(3, side)], settings);
    expect(benchmark?.reason).toBe(
      `3 of 12 rounds are void (${side}: samples: at most 20% may be void); measure on a quieter machine`,
    );
  }
  // A crash in a void round is still one, and counters do not depend on the clock.
  expect(ended(evidence([[throttled, trial(crash)]]))).toEqual(["CRASHED", 5, 5]);
  const extra = ok(1, 0, { counters: { dispatches: 2 } });
  expect(ended(evidence([[throttled, extra]]))).toEqual(["REGRESSED", 1, 1]);
  // Until the first look there is hope for better rounds.
  expect(compareRounds([evidence([[throttled, ok()]])], settings)[0]).toMatchObject({
    verdict: "NOT_MEASURED",
    reason: "all 1 rounds are void (base: samples: at most 20% may be void)",
    wantedRounds: 1,
  });
});

test("an extra dispatch is a regression after one round, unless counters are only reported", () => {
  const extra = ok(1, 0, { counters: { dispatches: 2, bytesUp: 401_408 } });
  const round = evidence([[ok(), extra]]);
  expect(ended(round)).toEqual(["REGRESSED", 1, 1]);
  expect(compareRounds([round], settings)[0]).toMatchObject({
    reason: "counters: dispatches 1 -> 2",
    wantedRounds: 0,
  });
  const only = { ...settings, counters: "only" } as const;
  expect(compareRounds([rounds(1, 3)], only)[0]).toMatchObject({
    verdict: "PASS",
    wantedRounds: 0,
  });
  const report = { ...settings, counters: "report" } as const;
  expect(compareRounds([round], report)[0]).toMatchObject({ wantedRounds: 10 });
});

test("the gravest verdict wins", () => {
  const crashed = evidence([[ok(), trial(crash)]]);
  const absent: BenchmarkEvidence = { ...evidence([]), presence: "base" };
  expect(ended(rounds(10, 1.1), absent, crashed)[1]).toBe(5);
  expect(ended(rounds(10, 1.1), absent)[1]).toBe(2);
  expect(ended(rounds(10, 1.1), rounds(30, 1.02, 0.08))[1]).toBe(1);
  const elsewhere = { ...rounds(10, 1), incomparable: "machines differ" };
  expect(ended(rounds(10, 1.1), elsewhere)[1]).toBe(1);
  expect(ended(elsewhere, rounds(30, 1.02, 0.08))[2]).toBe(3);
  expect(ended(rounds(10, 1), rounds(30, 1.02, 0.08))).toEqual(["UNDECIDED", 0, 4]);
});

test("only the tail got slower: the guard convicts", () => {
  const slowTail = (factor: number, i: number): TrialRecord => {
    const samples = steps(1, 0.001 * Math.sin(i * 3.7));
    return trial({
      state: "ok",
      measurements: measurements({
        timing: timing(samples.map((ns, k) => (k % 10 === 0 ? Math.round(ns * 2 * factor) : ns))),
      }),
    });
  };
  const tail = evidence(
    Array.from({ length: 20 }, (_, i) => [slowTail(1, i), slowTail(1.3, i + 50)]),
  );
  const [benchmark] = compareRounds([tail], settings);
  expect(benchmark).toMatchObject({ verdict: "REGRESSED" });
  expect(benchmark?.reason).toMatch(/^p95 \+30\.\d%.*, tail \+3\d\.\d%/);
});

test("a slower tail is seen where other work disturbs each process differently", () => {
  // A quarter of the steps is disturbed, up to threefold and differently in each process; head is 30% slower in a tenth.
  const disturbed = (factor: number, process: number): TrialRecord => {
    const load = 1.2 + 1.8 * ((process * 0.618034) % 1);
    const samples = Array.from({ length: 400 }, (_, i) => {
      const rank = ((i * 149) % 400) / 400;
      if (rank < 0.75) return Math.round(1e6 * (1 + 0.05 * rank));
      return Math.round(1e6 * load * (1 + rank - 0.75) * (rank >= 0.9 ? factor : 1));
    });
    return trial({ state: "ok", measurements: measurements({ timing: timing(samples) }) });
  };
  const [benchmark] = compareRounds(
    [
      evidence(
        Array.from({ length: 30 }, (_, i) => [disturbed(1, 2 * i), disturbed(1.3, 2 * i + 1)]),
      ),
    ],
    settings,
  );
  const verdicts = new Map(benchmark?.metrics.map(({ name, verdict }) => [name, verdict]));
  expect(verdicts.get("p95")).toBe("UNDECIDED");
  expect(verdicts.get("tail")).toBe("REGRESSED");
  expect(benchmark).toMatchObject({ verdict: "REGRESSED" });
});

test("metrics are the numbers of a process: a low quantile, its throughput, the tail", () => {
  const record = trial({
    state: "ok",
    measurements: measurements({ timing: timing(Array.from({ length: 101 }, (_, i) => i + 1)) }),
  });
  expect(processValue(record, "latency")).toBe(6);
  expect(processValue(record, "median")).toBe(51);
  expect(processValue(record, "p95")).toBe(96);
  // The slowest ten are 92 to 101, the 85th percentile is 86.
  expect(processValue(record, "tail")).toBeCloseTo(96.46 / 86, 3);
  // Windows of one sample: the batch of 128 in 6 ns.
  expect(processValue(record, "throughput")).toBeCloseTo(128e9 / 6, 3);
  expect(processValue(record, "quietTail")).toBeUndefined();
  expect(processValue(record, "peakMemory")).toBe(1_000_000);
  expect(processValue(record, "trainingTime")).toBeUndefined();
  expect(processValue(trial(crash), "latency")).toBeUndefined();
});

test("a margin is the suite's, the default, or twice the noise floor", () => {
  expect(marginOf("latency", {})).toEqual({ ratio: 0.025, source: "default" });
  expect(marginOf("latency", { latency: 0.1 }, 0.02)).toEqual({ ratio: 0.1, source: "suite" });
  expect(marginOf("latency", { latency: 0.01 }, 0.02)).toEqual({
    ratio: 0.04,
    source: "noise-floor",
  });
  expect(marginOf("latency", { latency: false }, 0.02)).toBeUndefined();
  expect(marginOf("compile", {})).toBeUndefined();
});

const environment: Environment = {
  os: { platform: "linux", release: "1", arch: "x64" },
  cpu: { model: "test machine", cores: 2 },
  memoryBytes: 1,
  node: "22",
  fastgpu: "0",
  engines: {},
  gpus: [],
  fingerprint: "aaaaaaaa",
};

function record(factor: number, processes: number, changes: Partial<RunRecord> = {}): RunRecord {
  const trials = Array.from({ length: processes }, (_, repeat) =>
    trial(
      { state: "ok", measurements: measurements({ timing: timing(steps(factor, repeat / 1000)) }) },
      { repeat },
    ),
  );
  return {
    schema: "fastgpu.record/2",
    runId: "r",
    startedAt: "2026-01-02T03:04:05Z",
    status: "complete",
    suite: { name: "s", hash: "0123456789abcdef" },
    seed: 0,
    environment,
    plannedTrials: processes,
    trials,
    ...changes,
  };
}

const rules = { margins: {}, noiseFloors: {} };

test("stored records: an unpaired test on the same machine, nothing on another", () => {
  const verdicts = (base: RunRecord, head: RunRecord): readonly string[] =>
    compareRecords(base, head, settings, rules).map(({ verdict }) => verdict);
  expect(verdicts(record(1, 5), record(1.1, 5))).toEqual(["REGRESSED"]);
  expect(verdicts(record(1, 5), record(1, 5))).toEqual(["PASS"]);
  expect(verdicts(record(1, 5), record(0.9, 5))).toEqual(["IMPROVED"]);
  // 1 / C(8, 4) = .014 can never be below .01.
  expect(verdicts(record(1, 4), record(2, 4))).toEqual(["UNDECIDED"]);
  const elsewhere = { ...environment, fingerprint: "bbbbbbbb", memoryBytes: 2 };
  const [benchmark] = compareRecords(
    record(1, 5),
    record(2, 5, { environment: elsewhere }),
    settings,
    rules,
  );
  expect(benchmark).toMatchObject({
    verdict: "NOT_COMPARABLE",
    reason: "machines differ: memory 1 against memory 2",
  });
  expect(verdicts(record(1, 5), record(1, 5, { trials: [] }))).toEqual(["MISSING"]);
});

test("records of different suites are refused", () => {
  const other = record(1, 5, { suite: { name: "t", hash: "fedcba9876543210" } });
  expect(() => compareRecords(record(1, 5), other, settings, rules)).toThrow(
    /records must be of the same suite, got s 0123456789ab and t fedcba987654/,
  );
});
