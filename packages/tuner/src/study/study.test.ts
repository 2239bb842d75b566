// Studies on a function: what is asked, told and written down, and that a study cut off anywhere goes on as if it had
// not been.
import { expect, test } from "vitest";
import type { Observation, TrialOutcome } from "../observation.ts";
import { Random } from "../random.ts";
import { Search } from "../search.ts";
import { countReasons, feasibleTrials, paretoFront } from "./standing.ts";
import { parseStudyLines, studySchema, type StudyHeader, type StudyLine } from "./study-line.ts";
import { problemOfStudy } from "./problem-of-study.ts";
import { runSearch, type Measure, type StudyOptions } from "./study.ts";
import type { StudyState } from "./study-state.ts";

const header: StudyHeader = {
  schema: studySchema,
  studyId: "s",
  startedAt: "2026-01-01T00:00:00Z",
  subject: { suite: "small" },
  space: {
    parameters: {
      x: { kind: "integer", min: 0, max: 9 },
      y: { kind: "categorical", values: ["a", "b", "c"] },
    },
  },
  objectives: [{ metric: "speed", direction: "maximize" }],
  bounds: [{ metric: "memory", atMost: 8 }],
  strategy: "random",
  seed: 3,
  baseline: { x: 0, y: "a" },
};

/** Faster with x, twice as fast with b; needs x of memory; c does not run. Noise depends on nothing but its place. */
function outcomeOf(x: number, y: string, repeat: number): TrialOutcome {
  if (y === "c") return { kind: "failed", cause: "crashed" };
  const noise = 1 + 0.01 * Random.of(x, repeat).normal();
  const speed = (10 + x) * (y === "b" ? 2 : 1) * noise;
  return { kind: "ok", values: { speed: { value: speed }, memory: { value: x } } };
}

const measure: Measure = ({ configuration: { x, y }, repeat }) =>
  Promise.resolve({ outcome: outcomeOf(Number(x), String(y), repeat), durationMs: 10 });

interface Ran {
  readonly state: StudyState;
  readonly lines: readonly StudyLine[];
}

async function study(
  options: Partial<StudyOptions> & { readonly header?: StudyHeader } = {},
  earlier: readonly StudyLine[] = [],
): Promise<Ran> {
  const own = options.header ?? header;
  const problem = problemOfStudy(own);
  const lines: StudyLine[] = earlier.length > 0 ? [...earlier] : [{ kind: "header", header: own }];
  const state = await runSearch({
    problem,
    search: new Search({ problem, strategy: own.strategy, seed: own.seed }),
    lines: [...lines] as [StudyLine, ...StudyLine[]],
    limits: { trials: 20 },
    repeats: { atMost: 3 },
    slack: 0.1,
    measure,
    append: (line) => {
      lines.push(line);
      return Promise.resolve();
    },
    signal: new AbortController().signal,
    ...options,
  });
  return { state, lines };
}

test("the default comes first, every trial is asked before it is told, and the best keeps the bounds", async () => {
  const { state, lines } = await study({ limits: { trials: 30 } });
  expect(state.end).toBe("trials");
  expect(state.trials[0]).toMatchObject({ origin: "baseline", configuration: { x: 0, y: "a" } });
  const order = lines.map(({ kind }) => kind);
  expect(order.slice(0, 3)).toEqual(["header", "ask", "process"]);
  // 30 configurations: all of them, so the best is x = 8 (memory <= 8) with b.
  expect(feasibleTrials(state)[0]?.configuration).toEqual({ x: 8, y: "b" });
  expect(Object.fromEntries(countReasons(state))).toEqual({
    crashed: 10,
    "breaks memory <= 8": 2,
  });
  const { trials } = state;
  const processes = (at: (trial: (typeof trials)[number]) => boolean): number =>
    Math.max(...trials.filter(at).map((trial) => trial.processes.length));
  expect(processes(({ origin }) => origin === "baseline")).toBe(3);
  // Nothing near the best so far can be ruled out by one process; what is far behind gets one only.
  expect(processes(({ configuration }) => configuration["y"] === "b")).toBeGreaterThan(1);
  expect(trials.filter((trial) => trial.processes.length === 1).length).toBeGreaterThan(10);
});

test("cut off after any line, a study asks exactly what it would have asked", async () => {
  const whole = await study();
  expect(whole.lines.length).toBeGreaterThan(60);
  for (let kept = 1; kept < whole.lines.length; kept++) {
    const resumed = await study({}, whole.lines.slice(0, kept));
    expect(resumed.lines).toEqual(whole.lines);
  }
});

test("a journal of another seed is refused", async () => {
  const { lines } = await study();
  const other = { ...header, seed: 4 };
  await expect(
    study({ header: other }, [{ kind: "header", header: other }, ...lines.slice(1)]),
  ).rejects.toThrow(/study: trial 1 must be what its strategy and seed propose/);
});

test("a value that is no number is a failure of its trial, not of the study", async () => {
  const values = { speed: { value: NaN }, memory: { value: 1 } };
  const { state } = await study({
    limits: { trials: 4 },
    measure: () => Promise.resolve({ outcome: { kind: "ok", values }, durationMs: 1 }),
  });
  expect(state.trials.map(({ outcome }) => outcome)).toEqual(
    Array(4).fill({
      kind: "failed",
      cause: "error",
      detail: "speed must be a finite number, got NaN",
    }),
  );
  expect(feasibleTrials(state)).toEqual([]);
});

test("the user stops it: the trial in progress is not told, and goes on later", async () => {
  const controller = new AbortController();
  const stopping: Measure = (request) => {
    if (request.configuration["y"] === "b") controller.abort();
    return controller.signal.aborted ? Promise.resolve(undefined) : measure(request);
  };
  const stopped = await study({ measure: stopping, signal: controller.signal });
  expect(stopped.state.end).toBe("interrupted");
  expect(stopped.lines.at(-1)?.kind).toBe("ask");
  const whole = await study();
  expect((await study({}, stopped.lines)).lines).toEqual(whole.lines);
});

test("a trial is told what it must reach, and one that was ended early is not repeated", async () => {
  const asked: (number | undefined)[] = [];
  const { state } = await study({
    limits: { trials: 6 },
    measure: async (request) => {
      asked.push(request.mustReach);
      const measurement = await measure(request);
      return measurement && { ...measurement, isRaced: !request.isBaseline };
    },
  });
  expect(asked.slice(0, 3)).toEqual([undefined, undefined, undefined]);
  const outcome = state.trials[0]?.outcome;
  const baseline = outcome?.kind === "ok" ? outcome.values["speed"]?.value : undefined;
  expect(asked[3]).toBeCloseTo((baseline ?? NaN) / 1.1, 9);
  expect(state.trials.slice(1).map(({ processes }) => processes.length)).toEqual(Array(5).fill(1));
});

test("several objectives give the front that no trial beats", async () => {
  const two: StudyHeader = {
    ...header,
    objectives: [
      { metric: "speed", direction: "maximize" },
      { metric: "memory", direction: "minimize" },
    ],
    bounds: [],
  };
  const { state } = await study({ header: two, limits: { trials: 30 }, repeats: { atMost: 1 } });
  const front = paretoFront(state).map(({ configuration }) => configuration);
  // b is twice as fast for the same memory; each x of it trades one for the other.
  expect(front.every(({ y }) => y === "b")).toBe(true);
  expect(front.map(({ x }) => Number(x)).sort((a, b) => a - b)).toEqual([
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ]);
});

test("an exhausted space and a spent budget end the search", async () => {
  expect((await study({ limits: { trials: 99 } })).state).toMatchObject({ end: "exhausted" });
  const { state } = await study({ limits: { trials: 99, busyMs: 100 } });
  expect(state.end).toBe("budget");
});

test("bounds that leave no value are refused before anything runs", () => {
  const bounds = [
    { metric: "memory", atMost: 4 },
    { metric: "memory", atLeast: 5 },
  ];
  expect(() => problemOfStudy({ ...header, bounds })).toThrow(
    "problem: bounds on memory must leave a value, got at least 5 and at most 4",
  );
  const space = { ...header.space, constraints: ["x < 0"] };
  expect(() => problemOfStudy({ ...header, space })).toThrow(
    /must leave at least one configuration/,
  );
});

test("a line that was cut off is left out, one in the middle is named", async () => {
  const { lines } = await study({ limits: { trials: 3 } });
  const text = lines.map((line) => JSON.stringify(line)).join("\n");
  expect(parseStudyLines(`${text}\n`, "s.jsonl")).toEqual(lines);
  expect(parseStudyLines(text.slice(0, -9), "s.jsonl")).toEqual(lines.slice(0, -1));
  expect(() => parseStudyLines(text.replace('"ask"', '"task"'), "s.jsonl")).toThrow(
    /^s\.jsonl:2: line must be one of a study/,
  );
  expect(() => parseStudyLines("", "s.jsonl")).toThrow(/first line must be a header/);
});

test("a strategy is never told a configuration that a strategy of the caller's did not name", async () => {
  const told: Observation[] = [];
  const problem = problemOfStudy(header);
  const inner = new Search({ problem, strategy: "random", seed: 3 });
  await study({
    limits: { trials: 5 },
    search: {
      ask: (count) => inner.ask(count),
      tell: (observation) => {
        told.push(observation);
        inner.tell(observation);
      },
    },
  });
  expect(told).toHaveLength(5);
  expect(told.map(({ configuration }) => configuration)).toContainEqual(header.baseline);
});
