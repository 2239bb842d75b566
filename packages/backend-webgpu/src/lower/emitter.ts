// Writes the value of a node at a position as WGSL statements, computing every node in between that is a map. Which nodes
// are read, or known from elsewhere, the environment says; the same walk without a reader is how fusion is decided.
import { sizeOf, toNumbers } from "@fastgpu/core";
import type { Wgsl } from "../kernels/kernel.ts";
import { fixed, render, scaled, sum, variable, type Affine, type Atom } from "./affine.ts";
import type { FunctionName } from "./functions.ts";
import { literal } from "./literals.ts";
import { Position } from "./position.ts";
import { valueTypeOf, type Node, type OpNode, type PrimitiveAttrs } from "./program.ts";
import { isScalarOp, narrowed, scalarValue } from "./scalar-ops.ts";

/** Where values come from. */
export interface Environment {
  readonly nodes: readonly Node[];
  /** Whether f16 is computed as f16 where that rounds no other way; default false. */
  readonly isHalfNative?: boolean;
  /** The value at the position as an expression, or undefined to compute it here from its operands. */
  resolve(node: Node, position: Position, emitter: Emitter): Wgsl | undefined;
}

interface Scope {
  readonly names: Map<string, Wgsl>;
}

/** Emits into nested scopes; a value is computed once per scope in which it is visible. */
export class Emitter {
  readonly uses: Set<FunctionName> = new Set();
  private readonly environment: Environment;
  private readonly lines: Wgsl[] = [];
  private readonly scopes: Scope[] = [{ names: new Map() }];
  private readonly counter: { next: number };

  /**
   * @param environment - where values come from
   * @param counter - shared by emitters of one module, so that their names differ
   */
  constructor(environment: Environment, counter: { next: number } = { next: 0 }) {
    this.environment = environment;
    this.counter = counter;
  }

  /** Everything written so far. */
  get text(): Wgsl {
    return this.lines.join("\n");
  }

  /** Writes a statement. */
  line(text: Wgsl): void {
    this.lines.push(text);
  }

  /** Writes a block; names made inside are unknown after it. */
  block(head: Wgsl, body: () => void): void {
    this.lines.push(`${head} {`);
    this.scopes.push({ names: new Map() });
    body();
    this.scopes.pop();
    this.lines.push("}");
  }

  /** Notes that a library function is called. */
  use = (name: FunctionName): Wgsl => {
    this.uses.add(name);
    return name;
  };

  /** A name that the module does not have yet. */
  fresh(prefix: string): Wgsl {
    return `${prefix}${this.counter.next++}`;
  }

  /** An index as an expression; its divisions become variables. */
  index(index: Affine): Wgsl {
    return render(index, (atom) => this.atom(atom));
  }

  /** The value of a node at a position, of the dtype's value type. */
  value(id: number, position: Position): Wgsl {
    const key = `${id}@${position.key}`;
    const known = this.find(key);
    if (known !== undefined) return known;
    const node = this.environment.nodes[id]!;
    const given = this.constantValue(node) ?? this.environment.resolve(node, position, this);
    const value = given ?? this.compute(node, position);
    return this.remember(key, isAtomic(value) ? value : this.let(value));
  }

  /** Names the value of an expression. */
  let(expression: Wgsl): Wgsl {
    const name = this.fresh("v");
    this.lines.push(`let ${name} = ${expression};`);
    return name;
  }

  private constantValue(node: Node): Wgsl | undefined {
    if (node.kind !== "constant" || sizeOf(node.type.shape) !== 1) return undefined;
    return this.literal(node.type.dtype, scalarOf(node));
  }

  private literal(dtype: Node["type"]["dtype"], value: number): Wgsl {
    const { text, uses } = literal(dtype, value);
    if (uses !== undefined) this.uses.add(uses);
    return text;
  }

  private find(key: string): Wgsl | undefined {
    for (let depth = this.scopes.length - 1; depth >= 0; depth--) {
      const name = this.scopes[depth]!.names.get(key);
      if (name !== undefined) return name;
    }
    return undefined;
  }

  private remember(key: string, name: Wgsl): Wgsl {
    this.scopes.at(-1)!.names.set(key, name);
    return name;
  }

  private atom(atom: Atom): Wgsl {
    const known = this.find(atom.key);
    if (known !== undefined) return known;
    if (atom.kind === "variable") return atom.key;
    const operator = atom.kind === "quotient" ? "/" : "%";
    const name = this.fresh("i");
    this.lines.push(`let ${name} = ${this.index(atom.of)} ${operator} ${atom.by}u;`);
    return this.remember(atom.key, name);
  }

  /** An index that no formula describes, as a variable of its own. */
  private opaque(key: string, limit: number, expression: () => Wgsl): Affine {
    if (limit <= 1) return fixed(0);
    const known = this.find(key);
    if (known !== undefined) return variable(known, limit);
    const name = this.fresh("i");
    this.lines.push(`let ${name} = ${expression()};`);
    this.remember(key, name);
    return variable(name, limit);
  }

  private compute(node: Node, position: Position): Wgsl {
    if (node.kind !== "op") throw new TypeError(`node ${node.id} must be readable`);
    if (isScalarOp(node.op)) return this.scalar(node, node.op, position);
    return this.movement(node, position);
  }

  private scalar(node: OpNode, op: Parameters<typeof scalarValue>[0], position: Position): Wgsl {
    const types = node.inputs.map((id) => this.typeOf(id));
    const inputs = node.inputs.map((id, i) =>
      this.value(id, position.broadcastFrom(types[i]!.shape)),
    );
    const { isHalfNative = false } = this.environment;
    return scalarValue(op, { inputs, types, output: node.type, isHalfNative, use: this.use });
  }

  private movement(node: OpNode, position: Position): Wgsl {
    const [x = -1, second = -1] = node.inputs;
    const shape = x < 0 ? [] : this.typeOf(x).shape;
    switch (node.op) {
      case "reshape":
        return this.value(x, position.reshaped(shape));
      case "broadcastTo":
        return this.value(x, position.broadcastFrom(shape));
      case "transpose": {
        const { permutation } = node.attrs as PrimitiveAttrs<"transpose">;
        const axes = shape.map((_, axis) => position.axis(permutation.indexOf(axis)));
        return this.value(x, Position.at(shape, axes));
      }
      case "slice": {
        const { starts, strides } = node.attrs as PrimitiveAttrs<"slice">;
        const axes = shape.map((_, axis) =>
          sum(scaled(position.axis(axis), strides[axis]!), fixed(starts[axis]!)),
        );
        return this.value(x, Position.at(shape, axes));
      }
      case "reverse":
        return this.value(x, this.reversed(node, shape, position));
      case "iota":
        return this.iota(node, position);
      case "pad":
        return this.padded(node, position);
      case "concat":
        return this.joined(node, position);
      case "gather":
        return this.value(x, this.gathered(node, shape, second, position));
      case "randomUniform": {
        const key = (at: number): Wgsl =>
          `bitcast<u32>(${this.value(x, Position.flat(shape, fixed(at)))})`;
        const [key0, key1] = [key(0), key(1)];
        return `${this.use("threefry_uniform")}(${key0}, ${key1}, ${this.index(position.flat())})`;
      }
      default:
        throw new TypeError(`${node.op} must have a kernel of its own`);
    }
  }

  private reversed(node: OpNode, shape: readonly number[], position: Position): Position {
    const { axes } = node.attrs as PrimitiveAttrs<"reverse">;
    const turned = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
    const indices = shape.map((size, axis) => {
      const index = position.axis(axis);
      if (!turned.has(axis)) return index;
      return this.opaque(`${size}-${index.key}`, size, () => `${size - 1}u - ${this.index(index)}`);
    });
    return Position.at(shape, indices);
  }

  private iota(node: OpNode, position: Position): Wgsl {
    const { axis } = node.attrs as PrimitiveAttrs<"iota">;
    const index = position.axis(axis < 0 ? axis + node.type.shape.length : axis);
    const value = `${valueTypeOf(node.type.dtype)}(${this.index(index)})`;
    return narrowed(value, node.type.dtype, this.use);
  }

  private padded(node: OpNode, position: Position): Wgsl {
    const { low, interior, value } = node.attrs as PrimitiveAttrs<"pad">;
    const [x] = node.inputs;
    const { shape } = this.typeOf(x!);
    const { dtype } = node.type;
    const fill = this.literal(dtype, dtype === "bool" ? Number(value !== 0) : value);
    const result = this.fresh("v");
    this.lines.push(`var ${result} = ${narrowed(fill, dtype, this.use)};`);
    if (sizeOf(shape) === 0) return result;
    const conditions: Wgsl[] = [];
    const steps = shape.map((size, axis) => {
      const [before, gap] = [low[axis]!, interior[axis]! + 1];
      const index = position.axis(axis);
      const covered = (size - 1) * gap + 1;
      const text = this.index(index);
      if (before > 0) conditions.push(`${text} >= ${before}u`);
      if (node.type.shape[axis]! > before + covered)
        conditions.push(`${text} < ${before + covered}u`);
      if (gap > 1) conditions.push(`(${text} - ${before}u) % ${gap}u == 0u`);
      return { size, before, gap, text, index };
    });
    const read = (): void => {
      const axes = steps.map(({ size, before, gap, text, index }) => {
        if (before === 0 && gap === 1) return index;
        const shifted = before === 0 ? text : `(${text} - ${before}u)`;
        return this.opaque(`pad ${before} ${gap} ${index.key}`, size, () =>
          gap === 1 ? shifted : `${shifted} / ${gap}u`,
        );
      });
      this.lines.push(`${result} = ${this.value(x!, Position.at(shape, axes))};`);
    };
    if (conditions.length === 0) read();
    else this.block(`if (${conditions.join(" && ")})`, read);
    return result;
  }

  private joined(node: OpNode, position: Position): Wgsl {
    const { axis } = node.attrs as PrimitiveAttrs<"concat">;
    const rank = node.type.shape.length;
    const at = axis < 0 ? axis + rank : axis;
    const index = position.axis(at);
    const text = this.index(index);
    const result = this.fresh("v");
    this.lines.push(`var ${result}: ${valueTypeOf(node.type.dtype)};`);
    let start = 0;
    const parts = node.inputs
      .map((id) => {
        const part = { id, start, shape: this.typeOf(id).shape };
        start += part.shape[at]!;
        return part;
      })
      .filter(({ shape }) => sizeOf(shape) > 0);
    for (const [i, part] of parts.entries()) {
      const size = part.shape[at]!;
      const end = part.start + size;
      const isLast = i === parts.length - 1;
      const condition = isLast ? "" : `if (${text} < ${end}u)`;
      this.block(i === 0 ? condition : `else ${condition}`, () => {
        const axes = part.shape.map((_, other) => {
          if (other !== at) return position.axis(other);
          if (index.most < size) return index;
          return this.opaque(`concat ${part.start} ${index.key}`, size, () =>
            part.start === 0 ? text : `${text} - ${part.start}u`,
          );
        });
        this.lines.push(`${result} = ${this.value(part.id, Position.at(part.shape, axes))};`);
      });
    }
    return result;
  }

  private gathered(
    node: OpNode,
    shape: readonly number[],
    indices: number,
    position: Position,
  ): Position {
    const { axis } = node.attrs as PrimitiveAttrs<"gather">;
    const at = axis < 0 ? axis + shape.length : axis;
    const indexShape = this.typeOf(indices).shape;
    const inner = Position.at(
      indexShape,
      indexShape.map((_, i) => position.axis(at + i)),
    );
    const row = this.value(indices, inner);
    // Out of range is undefined but must not read elsewhere, so it is clamped.
    const last = shape[at]! - 1;
    const picked = this.opaque(
      `gather ${row} ${shape[at]!}`,
      shape[at]!,
      () => `u32(clamp(${row}, 0i, ${last}i))`,
    );
    const axes = shape.map((_, i) => {
      if (i === at) return picked;
      return position.axis(i < at ? i : i + indexShape.length - 1);
    });
    return Position.at(shape, axes);
  }

  private typeOf(id: number): Node["type"] {
    return this.environment.nodes[id]!.type;
  }
}

/** The only element of a constant, as a number. */
function scalarOf(node: Extract<Node, { kind: "constant" }>): number {
  return toNumbers(node.value)[0]!;
}

/** True for names and literals, which need no name of their own. */
function isAtomic(expression: Wgsl): boolean {
  return /^(\w[\w.]*|\(-[\w.]+\))$/.test(expression);
}
