// Builds graphs node by node; every node is type-checked when it is added, so errors name the op that caused them.
import { GraphError } from "../errors.ts";
import { definitionOf } from "./definitions.ts";
import type { DType } from "./dtype.ts";
import type { AttrsOf, Graph, GraphNode, OpName, Port, StateSlot } from "./graph.ts";
import type { Shape } from "./shape.ts";
import { formatType, tensorFrom, type HostTensor } from "./tensor.ts";
import type { Emitter, Value } from "./value.ts";

/** A graph under construction. Not reusable after `build()`. */
export class GraphBuilder implements Emitter {
  readonly name: string;
  private readonly nodes: GraphNode[] = [];
  private readonly values: Value[] = [];
  private readonly inputs: Port[] = [];
  private readonly outputs: Port[] = [];
  private readonly slots = new Map<string, { node: number; next?: number }>();
  private scope: string | undefined;

  /** @param name - name of the program, for messages and profiles */
  constructor(name: string) {
    this.name = name;
  }

  /** Adds a named input. */
  input(name: string, dtype: DType, shape: Shape): Value {
    if (this.inputs.some((port) => port.name === name)) {
      throw new GraphError(`graph ${this.name}: input names must be unique, got "${name}" twice`);
    }
    const value = this.append({ op: "input", inputs: [], attrs: { name }, type: { dtype, shape } });
    this.inputs.push({ name, node: value.id });
    return value;
  }

  /** Adds a state slot and returns its current value; a second call with the same name and type returns the same. */
  state(name: string, dtype: DType, shape: Shape): Value {
    const type = { dtype, shape };
    const slot = this.slots.get(name);
    if (slot !== undefined) {
      const value = this.valueOf(slot.node);
      if (formatType(value.type) !== formatType(type)) {
        throw new GraphError(
          `graph ${this.name}: state "${name}" must keep its type, got ${formatType(value.type)} and ${formatType(type)}`,
        );
      }
      return value;
    }
    const value = this.append({ op: "state", inputs: [], attrs: { name }, type });
    this.slots.set(name, { node: value.id });
    return value;
  }

  /** Says what a state slot holds after the run; a second call replaces the first. */
  setNext(name: string, value: Value): void {
    const slot = this.slots.get(name);
    if (slot === undefined) {
      throw new GraphError(`graph ${this.name}: state "${name}" must exist before its next value`);
    }
    const expected = formatType(this.valueOf(slot.node).type);
    if (formatType(value.type) !== expected) {
      throw new GraphError(
        `graph ${this.name}: next value of state "${name}" must be ${expected}, got ${formatType(value.type)}`,
      );
    }
    slot.next = this.own(value).id;
  }

  /** Adds a constant; the tensor is kept, not copied. */
  constant(value: HostTensor): Value {
    const type = { dtype: value.dtype, shape: value.shape };
    return this.append({ op: "constant", inputs: [], attrs: {}, type, value });
  }

  /** Adds a scalar constant. */
  scalar(value: number, dtype: DType): Value {
    return this.constant(tensorFrom(dtype, [], [value]));
  }

  /**
   * Appends a node and infers its type.
   *
   * @throws {ShapeError} if inputs or attributes break the op's type rule
   */
  op<K extends OpName>(op: K, inputs: readonly Value[], attrs: AttrsOf<K>): Value {
    const definition = definitionOf(op);
    const { arity, variadic } = definition;
    if (inputs.length < arity || (inputs.length > arity && variadic !== true)) {
      throw new GraphError(`${op}: takes ${arity} inputs, got ${inputs.length}`);
    }
    const type = definition.infer(
      inputs.map((value) => this.own(value).type),
      attrs,
    );
    const ids = inputs.map((value) => value.id);
    // The generic parameter ties op and attrs together; the union of nodes cannot express that for a variable K.
    return this.append({ op, inputs: ids, attrs, type } as unknown as Unnumbered<GraphNode>);
  }

  /** The node behind a value of this graph, so that passes can match patterns in what they have emitted. */
  nodeOf(value: Value): GraphNode {
    const node = this.nodes[this.own(value).id];
    if (node === undefined) throw new GraphError(`graph ${this.name}: no node ${value.id}`);
    return node;
  }

  /**
   * The value of a node, by id.
   *
   * @throws {GraphError} if there is no such node
   */
  valueOf(id: number): Value {
    const value = this.values[id];
    if (value === undefined) throw new GraphError(`graph ${this.name}: no node ${id}`);
    return value;
  }

  /** Names a result. */
  output(name: string, value: Value): void {
    if (this.outputs.some((port) => port.name === name)) {
      throw new GraphError(`graph ${this.name}: output names must be unique, got "${name}" twice`);
    }
    this.outputs.push({ name, node: this.own(value).id });
  }

  /** Nodes added while `body` runs carry this scope; scopes nest with "/". */
  within<T>(scope: string, body: () => T): T {
    const outer = this.scope;
    this.scope = outer === undefined ? scope : `${outer}/${scope}`;
    try {
      return body();
    } finally {
      this.scope = outer;
    }
  }

  /** The finished graph. */
  build(): Graph {
    const state: StateSlot[] = [...this.slots].map(([name, slot]) => ({ name, ...slot }));
    return {
      name: this.name,
      nodes: [...this.nodes],
      inputs: [...this.inputs],
      outputs: [...this.outputs],
      state,
    };
  }

  private append(node: Unnumbered<GraphNode>): Value {
    const id = this.nodes.length;
    const scoped = this.scope === undefined ? {} : { scope: this.scope };
    this.nodes.push({ ...node, ...scoped, id });
    const { dtype, shape } = node.type;
    const value: Value = { id, type: node.type, dtype, shape, emitter: this };
    this.values.push(value);
    return value;
  }

  private own(value: Value): Value {
    if (value.emitter !== this) {
      throw new GraphError(
        `graph ${this.name}: values must come from this graph, got one of another`,
      );
    }
    return value;
  }
}

type Unnumbered<T> = T extends { readonly id: number } ? Omit<T, "id" | "scope"> : never;
