// The proof on functions with known ratios.
import { expect, test } from "vitest";
import { Random } from "../random.ts";
import { contendersOf, judgeProof, runProof } from "./proof.ts";
import { studySchema, type StudyLine } from "./study-line.ts";
import type { Measure } from "./study.ts";
import { studyStateOf, withLine, type StudyState } from "./study-state.ts";

/** A study of one parameter whose trials x = 0 (the default), 1, 2, ... had these speeds. */
function searched(speeds: readonly number[], atMost?: number): StudyState {
  const lines: StudyLine[] = [
    {
      kind: "header",
      header: {
        schema: studySchema,
        studyId: "s",
        startedAt: "2026-01-01T00:00:00Z",
        subject: {},
        space: { parameters: { x: { kind: "integer", min: 0, max: 9 } } },
        objectives: [{ metric: "speed", direction: "maximize" }],
        bounds: atMost === undefined ? [] : [{ metric: "p95", atMost }],
        strategy: "random",
        seed: 0,
        baseline: { x: 0 },
      },
    },
  ];
  speeds.forEach((value, trial) => {
    const origin = trial === 0 ? "baseline" : "strategy";
    const values = { speed: { value }, p95: { value: 1 } };
    lines.push({ kind: "ask", trial, configuration: { x: trial }, origin });
    lines.push({ kind: "tell", trial, outcome: { kind: "ok", values } });
  });
  return studyStateOf(lines);
}

/** Speeds by x with a drift that grows from process to process and a little noise. */
function drifting(speeds: readonly number[], p95: readonly number[] = []): Measure {
  let count = 0;
  return ({ configuration: { x } }) => {
    const at = Number(x);
    const drift = 1 + 0.01 * count++;
    const value = (speeds[at] ?? NaN) * drift * (1 + 0.001 * Random.of(count).normal());
    const values = { speed: { value }, p95: { value: p95[at] ?? 1 } };
    return Promise.resolve({ outcome: { kind: "ok", values }, durationMs: 1 });
  };
}

const looks = { rounds: 10, contenders: 3 };

async function proven(
  state: StudyState,
  measure: Measure,
): Promise<{ readonly state: StudyState; readonly order: readonly unknown[] }> {
  const order: unknown[] = [];
  const after = await runProof(state, {
    ...looks,
    measure,
    append: (line) => {
      if (line.kind === "proof") order.push(line.contender);
      return Promise.resolve();
    },
    signal: new AbortController().signal,
  });
  return { state: after, order };
}

test("rounds turn, so that drift cancels, and the interval holds the true ratio", async () => {
  const speeds = [100, 125, 120];
  const { state, order } = await proven(searched(speeds), drifting(speeds));
  expect(order.slice(0, 6)).toEqual(["baseline", 1, 2, 2, 1, "baseline"]);
  const proof = judgeProof(state, looks);
  const [first, second] = proof?.contenders ?? [];
  expect(proof?.winner).toBe(0);
  expect(proof?.confidence).toBeCloseTo(0.9875, 12);
  expect(first?.gains[0]?.estimate).toBeCloseTo(0.25, 1);
  expect(first?.gains[0]?.interval?.low).toBeLessThan(0.25);
  expect(first?.gains[0]?.interval?.high).toBeGreaterThan(0.25);
  expect(second?.gains[0]?.interval?.low).toBeGreaterThan(0.1);
});

test("what only looked fast in the search does not win", async () => {
  // The search saw 130 and 128; in truth they are as fast as the default, or slower.
  const { state } = await proven(searched([100, 130, 128]), drifting([100, 100, 90]));
  const proof = judgeProof(state, looks);
  expect(proof?.winner).toBeUndefined();
  expect(proof?.contenders[1]?.gains[0]?.interval?.high).toBeLessThan(0);
});

test("an undecided contender gets more rounds until a look decides, one that cannot gain much gets none", async () => {
  // 8% faster with a spread of 8% from process to process: too little to see in 10 rounds.
  const noisy: Measure = ({ configuration: { x }, repeat }) => {
    const truth = [100, 108, 90][Number(x)] ?? NaN;
    const value = truth * (1 + 0.08 * Random.of(7, repeat, Number(x)).normal());
    const values = { speed: { value }, p95: { value: 1 } };
    return Promise.resolve({ outcome: { kind: "ok", values }, durationMs: 1 });
  };
  const { state, order } = await proven(searched([100, 130, 128]), noisy);
  const roundsOf = (lane: unknown): number => order.filter((one) => one === lane).length;
  const proof = judgeProof(state, looks);
  expect(proof?.contenders.map(({ standing }) => standing)).toEqual(["better", "behind"]);
  expect(roundsOf(2)).toBe(10);
  expect([20, 40]).toContain(roundsOf(1));
  expect(roundsOf("baseline")).toBe(roundsOf(1));
  expect(proof?.winner).toBe(0);
  const cut = state.proof.slice(0, 37).reduce(withLine, searched([100, 130, 128]));
  const resumed = await proven(cut, noisy);
  expect(resumed.order).toEqual(order.slice(37));
});

test("a contender that breaks a bound or dies in the proof is refused, the next one wins", async () => {
  const state = searched([100, 130, 128, 125], 2);
  const steady = drifting([100, 130, 128, 125], [1, 2.5, 1, 1]);
  const measure: Measure = async (request) =>
    request.configuration["x"] === 2 && request.repeat === 3
      ? { outcome: { kind: "failed", cause: "crashed" }, durationMs: 1 }
      : steady(request);
  const result = await proven(state, measure);
  const proof = judgeProof(result.state, looks);
  expect(proof?.contenders.map(({ trial, refusal, rounds }) => [trial, refusal, rounds])).toEqual([
    [1, "p95 is 2.5 in the proof", 10],
    [2, "round 4 ended as failed", 4],
    [3, undefined, 10],
  ]);
  expect(proof?.winner).toBe(2);
});

test("only a close race has runners-up, and a proof that was cut off goes on", async () => {
  expect(contendersOf(searched([100, 130, 110, 128]), 3).map(({ number }) => number)).toEqual([
    1, 3,
  ]);
  const speeds = [100, 125];
  const whole = await proven(searched(speeds), drifting(speeds));
  const half = whole.state.proof.slice(0, 7).reduce(withLine, searched(speeds));
  const resumed = await proven(half, drifting(speeds));
  expect(resumed.order).toEqual(whole.order.slice(7));
});

test("too few rounds give an estimate without an interval, and no winner", async () => {
  const speeds = [100, 125];
  const { state } = await proven(searched(speeds), drifting(speeds));
  const few = { ...state, proof: state.proof.slice(0, 8) };
  const proof = judgeProof(few, looks);
  expect(proof?.contenders[0]?.gains[0]).not.toHaveProperty("interval");
  expect(proof?.winner).toBeUndefined();
});

test("a default that breaks round after round ends the proof, and is no reason to keep it", async () => {
  const speeds = [100, 125];
  const measured = drifting(speeds);
  const broken: Measure = (request) =>
    request.isBaseline
      ? Promise.resolve({ outcome: { kind: "failed", cause: "crashed" }, durationMs: 1 })
      : measured(request);
  const { state, order } = await proven(searched(speeds), broken);
  expect(order.filter((one) => one === "baseline")).toHaveLength(3);
  const proof = judgeProof(state, looks);
  expect(proof).toMatchObject({ isDefaultBroken: true });
  expect(proof?.winner).toBeUndefined();
});
