// Every strategy against the contract, on spaces whose answers are known.
import { describe, expect, it } from "vitest";
import type { Observation, TrialOutcome } from "../observation.ts";
import { ParetoArchive } from "../pareto/pareto-archive.ts";
import type { Problem } from "../problem.ts";
import { Random } from "../random.ts";
import { Search } from "../search.ts";
import type { Configuration, SpaceDeclaration } from "../space/declaration.ts";
import { Space } from "../space/space.ts";
import { gaussianProcess } from "./gaussian-process/gaussian-process.ts";
import { strategyNames } from "./table.ts";

const minimize = [{ metric: "ms", direction: "minimize" }] as const;

function ok(ms: number, more: Readonly<Record<string, number>> = {}): TrialOutcome {
  const values = { ms, ...more };
  return {
    kind: "ok",
    values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, { value }])),
  };
}

/** Runs a search and returns its history. */
function run(
  search: Search,
  trials: number,
  measure: (configuration: Configuration) => TrialOutcome,
  isFound: (configuration: Configuration) => boolean = () => false,
): readonly Observation[] {
  for (let trial = 0; trial < trials; trial++) {
    const [proposal] = search.ask();
    if (proposal === undefined) break;
    search.tell({ ...proposal, outcome: measure(proposal.configuration) });
    if (isFound(proposal.configuration)) break;
  }
  return search.history;
}

const mixed: SpaceDeclaration = {
  parameters: {
    backend: { kind: "categorical", values: ["onnx", "webgpu", "tfjs"] },
    threads: { kind: "integer", min: 1, max: 8, when: { backend: ["onnx", "tfjs"] } },
    tile: { kind: "ordinal", values: [8, 16, 32, 64], when: { backend: "webgpu" } },
    batch: { kind: "integer", min: 1, max: 64, scale: "power-of-two" },
    fuse: { kind: "boolean" },
  },
  constraints: ["batch * tile <= 1024"],
};

/** Known optimum: webgpu, tile 32, batch 32, fused: 1. */
function cost(configuration: Configuration): number {
  const { backend, tile, fuse } = configuration;
  const [threads, batch] = [Number(configuration["threads"]), Number(configuration["batch"])];
  const base = backend === "webgpu" ? 1 : backend === "onnx" ? 2 : 4;
  const shape = tile === undefined ? 1 + 1 / threads : 1 + 0.2 * (Math.log2(Number(tile)) - 5) ** 2;
  return base * shape * (1 + 0.1 * (Math.log2(batch) - 5) ** 2) * (fuse === true ? 1 : 1.2);
}

describe.each(strategyNames.filter((name) => name !== "asha"))("%s", (strategy) => {
  const space = new Space(mixed);
  const problem: Problem = { space, objectives: minimize };
  const size = space.list()!.length;

  it("proposes valid configurations, each once, until none is left", () => {
    const history = run(new Search({ problem, strategy, seed: 1 }), size + 5, (c) => ok(cost(c)));
    const keys = history.map(({ configuration }) => space.keyOf(space.pointOf(configuration)));
    expect(new Set(keys).size).toBe(size);
    expect(keys).toHaveLength(size);
    for (const { configuration } of history) {
      expect(space.refusalOf(space.pointOf(configuration))).toBeUndefined();
    }
  });

  it("goes on to the end when every trial fails", () => {
    const small = new Space({
      parameters: {
        batch: { kind: "integer", min: 1, max: 16, scale: "power-of-two" },
        mode: { kind: "categorical", values: ["a", "b", "c"] },
      },
    });
    const search = new Search({ problem: { ...problem, space: small }, strategy, seed: 1 });
    const history = run(search, 20, () => ({ kind: "infeasible", reason: "no device" }));
    expect(history).toHaveLength(15);
    expect(search.ask()).toEqual([]);
  });

  it("proposes after a resume what it would have proposed, with failures and pending trials", () => {
    const measure = (c: Configuration): TrialOutcome =>
      c["batch"] === 64 ? { kind: "failed", cause: "out-of-memory" } : ok(cost(c));
    const first = new Search({ problem, strategy, seed: 4 });
    for (let round = 0; round < 6; round++) {
      const proposals = first.ask(round < 3 ? 3 : 9);
      for (const { configuration } of proposals) {
        first.tell({ configuration, outcome: measure(configuration) });
      }
      const resumed = new Search({ problem, strategy, seed: 4 });
      for (const observation of first.history) resumed.tell(observation);
      const [a, b] = [first, resumed].map((search) => JSON.stringify(search.ask(3)));
      expect(b).toBe(a);
      for (const { configuration } of resumed.pending) {
        first.tell({ configuration, outcome: measure(configuration) });
      }
      expect(first.pending).toEqual([]);
    }
  });

  it("works with integers and reals that cannot be listed", () => {
    const large = new Space({
      parameters: {
        rate: { kind: "real", min: 1e-5, max: 1, scale: "log" },
        size: { kind: "integer", min: 1, max: 100_000, scale: "log" },
        split: { kind: "simplex", parts: 4, total: 64 },
      },
    });
    if (strategy === "exhaustive") {
      const search = new Search({ problem: { ...problem, space: large }, strategy, seed: 1 });
      expect(() => search.ask()).toThrow("space must have at most");
      return;
    }
    const search = new Search({ problem: { ...problem, space: large }, strategy, seed: 1 });
    const history = run(search, 30, (c) => ok(Math.abs(Math.log10(Number(c["rate"])) + 3)));
    const keys = history.map(({ configuration }) => large.keyOf(large.pointOf(configuration)));
    expect(new Set(keys).size).toBe(30);
  });
});

describe.each(["gp", "tpe", "evolutionary"])("%s learns", (strategy) => {
  it("so that it finds the optimum sooner than chance", () => {
    const space = new Space(mixed);
    const problem: Problem = { space, objectives: minimize };
    const size = space.list()!.length;
    let trials = 0;
    const repeats = 10;
    for (let seed = 0; seed < repeats; seed++) {
      const search = new Search({ problem, strategy, seed });
      trials += run(
        search,
        size,
        (c) => ok(cost(c)),
        (c) => cost(c) === 1,
      ).length;
    }
    // Random search needs (size + 1) / 2 on average, with a standard error of size / sqrt(12 x 10).
    expect(trials / repeats).toBeLessThan((size + 1) / 2 - 2.5 * (size / Math.sqrt(12 * repeats)));
  });
});

describe("the Gaussian process", () => {
  it("finds a needle: an optimum with one good neighbour in a landscape that leads elsewhere", () => {
    const space = new Space({
      parameters: Object.fromEntries(
        ["a", "b", "c"].map((name) => [name, { kind: "integer", min: 0, max: 7 } as const]),
      ),
    });
    const landscape = (c: Configuration): number => {
      const [a, b, d] = [Number(c["a"]), Number(c["b"]), Number(c["c"])];
      if (a === 6 && b === 1 && d === 6) return 1;
      if (a === 6 && b === 1 && d === 5) return 9.99;
      return 10 + 0.3 * ((a - 1) ** 2 + (b - 6) ** 2 + (d - 2) ** 2) ** 0.5;
    };
    const size = space.list()!.length;
    let trials = 0;
    const repeats = 6;
    for (let seed = 0; seed < repeats; seed++) {
      const search = new Search({ problem: { space, objectives: minimize }, strategy: "gp", seed });
      const isNeedle = (c: Configuration): boolean => landscape(c) === 1;
      trials += run(search, size, (c) => ok(landscape(c)), isNeedle).length;
    }
    // The model alone looks there last of all. Chance needs half of the space, with this standard error.
    expect(trials / repeats).toBeLessThan(size / 2 + size / Math.sqrt(12 * repeats));
  });

  it("learns where trials fail and keeps away", () => {
    const space = new Space({
      parameters: {
        batch: { kind: "integer", min: 1, max: 512, scale: "power-of-two" },
        width: { kind: "ordinal", values: [32, 64, 128, 256, 512] },
        threads: { kind: "integer", min: 1, max: 8 },
        precision: { kind: "categorical", values: ["f32", "f16"] },
      },
    });
    const fails = ({ batch, width, precision }: Record<string, unknown>): boolean =>
      Number(batch) * Number(width) * (precision === "f32" ? 2 : 1) > 12_000;
    const points = space.list()!.map((point) => space.configurationOf(point));
    const share = points.filter(fails).length / points.length;
    expect(share).toBeGreaterThan(0.25);
    const search = new Search({
      problem: { space, objectives: minimize },
      strategy: "gp",
      seed: 3,
    });
    // Fast where memory is nearly full, so that the optimum lies at the edge of the failing region.
    const history = run(search, 80, (c) =>
      fails(c)
        ? { kind: "failed", cause: "out-of-memory" }
        : ok(1e6 / (Number(c["batch"]) * Number(c["width"])) + Number(c["threads"])),
    );
    const late = history.slice(40).filter(({ outcome }) => outcome.kind === "failed").length;
    expect(late / 40).toBeLessThan(0.1 + share / 4);
  });

  it("keeps bounds on other metrics", () => {
    const space = new Space(mixed);
    const problem: Problem = {
      space,
      objectives: [{ metric: "throughput", direction: "maximize" }],
      bounds: [{ metric: "ms", atMost: 6 }],
    };
    const measure = (c: Configuration): TrialOutcome =>
      ok(cost(c) * Math.sqrt(Number(c["batch"])), { throughput: Number(c["batch"]) / cost(c) });
    const admissible = space
      .list()!
      .map((point) => measure(space.configurationOf(point)))
      .flatMap((outcome) =>
        outcome.kind === "ok" && outcome.values["ms"]!.value <= 6 ? [outcome] : [],
      );
    const optimum = Math.max(...admissible.map(({ values }) => values["throughput"]!.value));
    const found = [0, 1, 2].map((seed) => {
      const history = run(new Search({ problem, strategy: "gp", seed }), 40, measure);
      const values = history.flatMap(({ outcome }) =>
        outcome.kind === "ok" && outcome.values["ms"]!.value <= 6
          ? [outcome.values["throughput"]!.value]
          : [],
      );
      return Math.max(...values) / optimum;
    });
    expect(Math.min(...found)).toBeGreaterThan(0.97);
  });

  it("covers the front of two objectives", () => {
    const space = new Space(mixed);
    const problem: Problem = {
      space,
      objectives: [...minimize, { metric: "mb", direction: "minimize" }],
    };
    const memory = (c: Configuration): number =>
      10 * Number(c["batch"]) + (c["fuse"] === true ? 40 : 0);
    const measure = (c: Configuration): TrialOutcome => ok(cost(c), { mb: memory(c) });
    const archiveOf = (configurations: readonly Configuration[]): ParetoArchive<Configuration> => {
      const archive = new ParetoArchive<Configuration>();
      for (const c of configurations) archive.add([cost(c), memory(c)], c);
      return archive;
    };
    const reference = [20, 700];
    const all = archiveOf(space.list()!.map((point) => space.configurationOf(point)));
    const history = run(new Search({ problem, strategy: "gp", seed: 2 }), 60, measure);
    const found = archiveOf(history.map(({ configuration }) => configuration));
    expect(found.hypervolume(reference) / all.hypervolume(reference)).toBeGreaterThan(0.98);
  });

  it("goes straight to what an earlier study or a guess points at", () => {
    const space = new Space(mixed);
    const problem: Problem = { space, objectives: minimize };
    const earlier = run(new Search({ problem, strategy: "random", seed: 8 }), 60, (c) =>
      ok(3 * cost(c)),
    );
    const trialsOf = (strategy: ReturnType<typeof gaussianProcess>): number => {
      const history = run(new Search({ problem, strategy, seed: 5 }), 100, (c) => ok(cost(c)));
      return history.findIndex(({ configuration }) => cost(configuration) === 1) + 1;
    };
    expect(trialsOf(gaussianProcess(problem, { earlier }))).toBeLessThanOrEqual(12);
    expect(trialsOf(gaussianProcess(problem, { guess: (c) => Math.sqrt(cost(c)) }))).toBe(1);
    // A guess that says nothing must not keep it from finding the optimum.
    const random = Random.of(1);
    expect(trialsOf(gaussianProcess(problem, { guess: () => random.next() }))).toBeLessThanOrEqual(
      70,
    );
  });
});

describe("asha", () => {
  const space = new Space({
    parameters: { rate: { kind: "real", min: 1e-4, max: 1, scale: "log" } },
  });
  const problem: Problem = { space, objectives: [{ metric: "loss", direction: "minimize" }] };

  it("promotes the best third of each rung and spends little on the rest", () => {
    const search = new Search({ problem, strategy: "asha", seed: 6 });
    const loss = (rate: number, fidelity: number): number =>
      Math.abs(Math.log10(rate) + 2) + 0.05 / fidelity ** 0.5;
    for (let trial = 0; trial < 120; trial++) {
      const [proposal] = search.ask();
      const { configuration, fidelity = 1 } = proposal!;
      const value = loss(Number(configuration["rate"]), fidelity);
      search.tell({ ...proposal!, outcome: { kind: "ok", values: { loss: { value } } } });
    }
    const counts = [1 / 27, 1 / 9, 1 / 3, 1].map(
      (rung) =>
        search.history.filter(({ fidelity = 1 }) => Math.abs(fidelity / rung - 1) < 1e-9).length,
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(120);
    // A rung holds the third of the one below: 81, 27, 9, 3 of 120.
    [81, 27, 9, 3].forEach((expected, rung) => {
      expect(Math.abs(counts[rung]! - expected)).toBeLessThanOrEqual(5);
    });
    const full = search.history.filter(({ fidelity = 1 }) => fidelity === 1);
    for (const { configuration } of full) {
      expect(Math.abs(Math.log10(Number(configuration["rate"])) + 2)).toBeLessThan(0.4);
    }
  });

  it("resumes with the same proposals", () => {
    const first = new Search({ problem, strategy: "asha", seed: 2 });
    for (let trial = 0; trial < 30; trial++) {
      const [proposal] = first.ask();
      const value = Number(proposal!.configuration["rate"]);
      first.tell({ ...proposal!, outcome: { kind: "ok", values: { loss: { value } } } });
    }
    const resumed = new Search({ problem, strategy: "asha", seed: 2 });
    for (const observation of first.history) resumed.tell(observation);
    expect(resumed.ask(4)).toEqual(first.ask(4));
  });
});
