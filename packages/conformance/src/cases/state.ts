// What the port says about state, shared programs, fetching and lifetimes: scripts rather than single programs.
import {
  GraphBuilder,
  tensorFrom,
  toNumbers,
  type Device,
  type Executable,
  type Graph,
  type HostTensor,
  type State,
  type TensorMap,
} from "@fastgpu/core";
import { add, mul, sub } from "@fastgpu/core/functional";
import { agreedExactly, ConformanceError, type ConformanceCase } from "../case.ts";

/** A vector of whole numbers, exact on every device. */
const vector = (...values: readonly number[]): HostTensor =>
  tensorFrom("f32", [values.length], values);

/** Fails unless a tensor holds exactly these numbers. */
function expectNumbers(
  what: string,
  actual: HostTensor | undefined,
  expected: readonly number[],
): void {
  const found = actual === undefined ? [] : [...toNumbers(actual)];
  if (found.length === expected.length && found.every((v, i) => v === expected[i])) return;
  throw new ConformanceError(`${what}: must be [${expected.join()}], got [${found.join()}]`);
}

/** Fails unless the promise rejects. */
async function expectRejection(what: string, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch {
    return;
  }
  throw new ConformanceError(`${what}: must be refused, got a result`);
}

/** `total += x`, with outputs `before` and `after`, and `x` itself. */
function accumulator(): Graph {
  const b = new GraphBuilder("accumulate");
  const x = b.input("x", "f32", [3]);
  const total = b.state("total", "f32", [3]);
  const after = add(total, x);
  b.output("before", total);
  b.output("after", after);
  b.setNext("total", after);
  return b.build();
}

/** `first, second = second, first`; `kept` has no next value; `count` takes a constant. */
function swapper(): Graph {
  const b = new GraphBuilder("swap");
  const [first, second] = [b.state("first", "f32", [2]), b.state("second", "f32", [2])];
  const kept = b.state("kept", "i32", [1]);
  b.state("count", "f32", []);
  b.setNext("first", second);
  b.setNext("second", first);
  b.setNext("count", b.scalar(7, "f32"));
  b.output("kept", kept);
  return b.build();
}

/** Reads `total`, changes nothing. */
function reader(): Graph {
  const b = new GraphBuilder("read");
  b.output("twice", mul(b.state("total", "f32", [3]), 2));
  return b.build();
}

type Script = (device: Device, made: Disposables) => Promise<void>;

/** What a script makes; disposed of when it ends, however it ends. */
class Disposables {
  private readonly items: { dispose: () => Promise<void> }[] = [];

  async keep<T extends State | Executable>(making: Promise<T>): Promise<T> {
    const item = await making;
    this.items.unshift(item);
    return item;
  }

  async dispose(): Promise<void> {
    for (const item of this.items) await item.dispose();
  }
}

function script(name: string, body: Script): ConformanceCase {
  return {
    name: `state/${name}`,
    run: async (device) => {
      const made = new Disposables();
      try {
        await body(device, made);
      } finally {
        await made.dispose();
      }
      return agreedExactly;
    },
  };
}

const zeros = (): TensorMap => ({ total: vector(0, 0, 0) });
const ones = { x: vector(1, 2, 3) };

const chains: ConformanceCase[] = [
  script("next values feed the next run", async (device, made) => {
    const state = await made.keep(device.createState(zeros()));
    const program = await made.keep(device.compile(accumulator(), state));
    for (let run = 1; run <= 5; run++) {
      const { before, after } = await program.run(ones);
      expectNumbers(`before of run ${run}`, before, [run - 1, 2 * (run - 1), 3 * (run - 1)]);
      expectNumbers(`after of run ${run}`, after, [run, 2 * run, 3 * run]);
    }
    expectNumbers("state", (await state.read())["total"], [5, 10, 15]);
  }),
  script("an output that is the current state is not the next one", async (device, made) => {
    const state = await made.keep(device.createState(zeros()));
    const program = await made.keep(device.compile(accumulator(), state));
    const first = await program.run(ones);
    await program.run(ones);
    await program.run(ones);
    expectNumbers("an output kept over later runs", first["before"], [0, 0, 0]);
    expectNumbers("an output kept over later runs", first["after"], [1, 2, 3]);
  }),
  script("slots swap, keep and take constants", async (device, made) => {
    const initial = {
      first: vector(1, 2),
      second: vector(3, 4),
      kept: tensorFrom("i32", [1], [9]),
      count: tensorFrom("f32", [], [0]),
    };
    const state = await made.keep(device.createState(initial));
    const program = await made.keep(device.compile(swapper(), state));
    for (let run = 1; run <= 3; run++) {
      const { kept } = await program.run({});
      expectNumbers("kept", kept, [9]);
      const values = await state.read();
      expectNumbers(`first after ${run}`, values["first"], run % 2 === 1 ? [3, 4] : [1, 2]);
      expectNumbers(`second after ${run}`, values["second"], run % 2 === 1 ? [1, 2] : [3, 4]);
      expectNumbers("count", values["count"], [7]);
      expectNumbers("kept", values["kept"], [9]);
    }
  }),
  script("one value may go to several slots and an input to one", async (device, made) => {
    const b = new GraphBuilder("copies");
    const x = b.input("x", "f32", [2]);
    const sum = add(x, x);
    for (const name of ["a", "b"]) {
      b.state(name, "f32", [2]);
      b.setNext(name, sum);
    }
    b.state("c", "f32", [2]);
    b.setNext("c", x);
    b.output("sum", sum);
    b.output("again", sum);
    const blank = { a: vector(0, 0), b: vector(0, 0), c: vector(0, 0) };
    const state = await made.keep(device.createState(blank));
    const program = await made.keep(device.compile(b.build(), state));
    const data = vector(1, 2);
    const { sum: result, again } = await program.run({ x: data });
    // Inputs may be reused as soon as the run has settled.
    data.data.fill(99);
    expectNumbers("sum", result, [2, 4]);
    expectNumbers("the same output under another name", again, [2, 4]);
    const values = await state.read();
    expectNumbers("a", values["a"], [2, 4]);
    expectNumbers("b", values["b"], [2, 4]);
    expectNumbers("c", values["c"], [1, 2]);
  }),
  script("a graph without inputs or state runs", async (device, made) => {
    const b = new GraphBuilder("constant");
    b.output("y", sub(b.constant(vector(5, 6)), 1));
    const program = await made.keep(device.compile(b.build()));
    expectNumbers("y", (await program.run({}))["y"], [4, 5]);
  }),
  script("outputs may be inputs, constants and repeated", async (device, made) => {
    const b = new GraphBuilder("pass");
    const x = b.input("x", "f32", [2]);
    b.output("x", x);
    b.output("same", x);
    b.output("constant", b.constant(vector(3, 4)));
    const program = await made.keep(device.compile(b.build()));
    const data = vector(1, 2);
    const first = await program.run({ x: data });
    await program.run({ x: vector(8, 9) });
    expectNumbers("x", first["x"], [1, 2]);
    expectNumbers("same", first["same"], [1, 2]);
    expectNumbers("constant", first["constant"], [3, 4]);
  }),
];

const sharing: ConformanceCase[] = [
  script("programs share a state, each sees what the others left", async (device, made) => {
    const state = await made.keep(device.createState(zeros()));
    const [one, two] = [
      await made.keep(device.compile(accumulator(), state)),
      await made.keep(device.compile(accumulator(), state)),
    ];
    const look = await made.keep(device.compile(reader(), state));
    await one.run(ones);
    await two.run(ones);
    await one.run(ones);
    expectNumbers("twice", (await look.run({}))["twice"], [6, 12, 18]);
    await two.dispose();
    await one.run(ones);
    expectNumbers("twice", (await look.run({}))["twice"], [8, 16, 24]);
  }),
  script("overlapping calls run in the order they were made", async (device, made) => {
    const state = await made.keep(device.createState(zeros()));
    const program = await made.keep(device.compile(accumulator(), state));
    const look = await made.keep(device.compile(reader(), state));
    const runs = Array.from({ length: 6 }, () => program.run(ones, []));
    const seen = look.run({});
    const after = state.read(["total"]);
    await Promise.all(runs);
    await program.sync();
    expectNumbers("twice", (await seen)["twice"], [12, 24, 36]);
    expectNumbers("total", (await after)["total"], [6, 12, 18]);
  }),
  script("two states of one device are apart", async (device, made) => {
    const states = [
      await made.keep(device.createState(zeros())),
      await made.keep(device.createState({ total: vector(100, 100, 100) })),
    ] as const;
    const programs = [
      await made.keep(device.compile(accumulator(), states[0])),
      await made.keep(device.compile(accumulator(), states[1])),
    ] as const;
    await programs[0].run(ones);
    await programs[1].run(ones);
    expectNumbers("first", (await states[0].read())["total"], [1, 2, 3]);
    expectNumbers("second", (await states[1].read())["total"], [101, 102, 103]);
  }),
  script("a state may hold slots that a program does not use", async (device, made) => {
    const state = await made.keep(device.createState({ ...zeros(), other: vector(1) }));
    const program = await made.keep(device.compile(accumulator(), state));
    await program.run(ones);
    const values = await state.read();
    expectNumbers("other", values["other"], [1]);
    expectNumbers("total", values["total"], [1, 2, 3]);
  }),
];

const access: ConformanceCase[] = [
  script("fetch returns what is named and nothing else", async (device, made) => {
    const state = await made.keep(device.createState(zeros()));
    const program = await made.keep(device.compile(accumulator(), state));
    const nothing = await program.run(ones, []);
    const one = await program.run(ones, ["after"]);
    if (Object.keys(nothing).length > 0 || Object.keys(one).join() !== "after") {
      throw new ConformanceError(
        `fetch: must return [] and [after], got [${Object.keys(nothing).join()}] and [${Object.keys(one).join()}]`,
      );
    }
    expectNumbers("after", one["after"], [2, 4, 6]);
  }),
  script("read copies, write replaces some slots", async (device, made) => {
    const initial: TensorMap = { ...zeros(), other: vector(5) };
    const state = await made.keep(device.createState(initial));
    const program = await made.keep(device.compile(accumulator(), state));
    initial["total"]?.data.fill(77);
    const before = await state.read(["total"]);
    await program.run(ones);
    expectNumbers("a copy read earlier", before["total"], [0, 0, 0]);
    const values = vector(10, 20, 30);
    await state.write({ total: values });
    values.data.fill(0);
    const { after } = await program.run(ones);
    expectNumbers("after", after, [11, 22, 33]);
    const all = await state.read();
    expectNumbers("other", all["other"], [5]);
    expectNumbers("total", all["total"], [11, 22, 33]);
  }),
  script("every dtype is stored as it is", async (device, made) => {
    const initial: TensorMap = Object.fromEntries(
      device.info.dtypes.map((dtype) => [dtype, tensorFrom(dtype, [2, 2], [0, 1, 1, 0])] as const),
    );
    const state = await made.keep(device.createState({ ...initial, empty: vector() }));
    const values = await state.read();
    for (const dtype of device.info.dtypes) expectNumbers(dtype, values[dtype], [0, 1, 1, 0]);
    expectNumbers("empty", values["empty"], []);
  }),
  script("a frozen state is read once", async (device, made) => {
    const state = await made.keep(device.createState({ total: vector(1, 2, 3) }));
    const frozen = await made.keep(device.compile(reader(), state, { freezeState: true }));
    const live = await made.keep(device.compile(reader(), state));
    await state.write({ total: vector(10, 20, 30) });
    expectNumbers("live", (await live.run({}))["twice"], [20, 40, 60]);
    expectNumbers("frozen", (await frozen.run({}))["twice"], [2, 4, 6]);
  }),
];

const refusals: ConformanceCase[] = [
  script("bad calls are refused and leave the state alone", async (device, made) => {
    const state = await made.keep(device.createState(zeros()));
    const program = await made.keep(device.compile(accumulator(), state));
    await expectRejection("a missing input", () => program.run({}));
    await expectRejection("an input of another shape", () => program.run({ x: vector(1, 2) }));
    await expectRejection("an input of another dtype", () =>
      program.run({ x: tensorFrom("i32", [3], [1, 2, 3]) }),
    );
    await expectRejection("an unknown output", () => program.run(ones, ["nothing"]));
    expectNumbers("total", (await state.read())["total"], [0, 0, 0]);
    const { after } = await program.run(ones);
    expectNumbers("a run after refusals", after, [1, 2, 3]);
  }),
  script("a program needs its slots", async (device, made) => {
    await expectRejection("a program with slots and no state", () => device.compile(accumulator()));
    const state = await made.keep(device.createState({ other: vector(1) }));
    await expectRejection("a state without the slot", () => device.compile(accumulator(), state));
    const narrow = await made.keep(device.createState({ total: vector(1) }));
    await expectRejection("a slot of another shape", () => device.compile(accumulator(), narrow));
    await expectRejection("reading an unknown slot", () => state.read(["nothing"]));
    await expectRejection("writing another shape", () => state.write({ other: vector(1, 2) }));
  }),
  script("a disposed program is refused", async (device, made) => {
    const state = await made.keep(device.createState(zeros()));
    const program = await device.compile(accumulator(), state);
    await program.dispose();
    await expectRejection("a run of a disposed program", () => program.run(ones));
  }),
];

/** Cases of state and lifetimes. */
export const stateCases: readonly ConformanceCase[] = [
  ...chains,
  ...sharing,
  ...access,
  ...refusals,
];
