// Values [n, c, h, w] in the engine's blocked layout [n, c / b, h, w, b] beside the plain one, and gradients of pools as
// the pieces that go to each position of the tiles. What comes out of a blocked kernel stays in blocks; each other form is
// made when something first asks for it.
import { type TensorType } from "@fastgpu/core";
import type { Edge, ModelWriter } from "../model/model-writer.ts";
import { dataTypeOf } from "../model/element-type.ts";
import { castTo, reshapeTo } from "./lowering.ts";

/** Operator set of the engine's internal operators. */
export const blockedDomain = "com.microsoft.nchwc";

/** A value cut into tiles: one blocked tensor [n, c, h / wh, w / ww] for each position in them, row-major. */
export interface Pieces {
  readonly edges: readonly Edge[];
  readonly window: readonly [height: number, width: number];
}

/** The forms in which the values of one model exist. Names of values are those of their plain form. */
export class Layouts {
  /** Channels in a block. */
  readonly block: number;
  private readonly writer: ModelWriter;
  private readonly inBlocks = new Map<Edge, Edge>();
  private readonly inPieces = new Map<Edge, Pieces>();
  /** Values whose plain form does not exist yet. */
  private readonly pending = new Map<Edge, TensorType>();

  constructor(writer: ModelWriter, block: number) {
    this.writer = writer;
    this.block = block;
  }

  /** Names a value that exists in blocks. */
  keep(blocked: Edge, type: TensorType): Edge {
    const name = this.writer.reserve();
    this.inBlocks.set(name, blocked);
    this.pending.set(name, type);
    return name;
  }

  /** Names a value that exists in pieces. */
  keepPieces(pieces: Pieces, type: TensorType): Edge {
    const name = this.writer.reserve();
    this.inPieces.set(name, pieces);
    this.pending.set(name, type);
    return name;
  }

  /** Whether a value exists in blocks, be that in pieces. */
  has(value: Edge): boolean {
    return this.inBlocks.has(value) || this.inPieces.has(value);
  }

  /** Whether the plain form does not exist yet. */
  isPending(value: Edge): boolean {
    return this.pending.has(value);
  }

  /** The pieces of a value, if it exists in pieces. */
  pieces(value: Edge): Pieces | undefined {
    return this.inPieces.get(value);
  }

  /** The blocked form of a value of f32 [n, c, h, w], c a multiple of the block. */
  blocked(value: Edge): Edge {
    const known = this.inBlocks.get(value);
    if (known !== undefined) return known;
    const pieces = this.inPieces.get(value);
    const type = this.pending.get(value);
    const made =
      pieces !== undefined && type !== undefined
        ? this.join(pieces, type)
        : this.writer.node("ReorderInput", [value], { domain: blockedDomain });
    this.inBlocks.set(value, made);
    return made;
  }

  /** The plain form of any value. */
  plain(value: Edge): Edge {
    const type = this.pending.get(value);
    if (type === undefined) return value;
    const { writer } = this;
    const [, channels = 1] = type.shape;
    const blocked = this.blocked(value);
    const options = { domain: blockedDomain, attributes: { channels } };
    if (type.dtype === "f32") {
      writer.named(value, "ReorderOutput", [blocked], options);
    } else {
      // The engine reorders floats alone.
      const ordered = writer.node("ReorderOutput", [castTo(writer, blocked, "f32")], options);
      writer.named(value, "Cast", [ordered], castAttributes(type));
    }
    writer.describe(value, type);
    this.pending.delete(value);
    return value;
  }

  /** Puts pieces back where they belong: rows of each tile side by side, then the rows of tiles. */
  private join({ edges, window: [height, width] }: Pieces, { shape }: TensorType): Edge {
    const { writer, block } = this;
    const [batch = 1, channels = 1, rows = 1, columns = 1] = shape;
    const outer = (batch * channels * rows) / (block * height);
    const lines = Array.from({ length: height }, (_, row) => {
      const parts = edges
        .slice(row * width, (row + 1) * width)
        .map((piece) => reshapeTo(writer, piece, [(outer * columns) / width, 1, block]));
      const line = writer.node("Concat", parts, { attributes: { axis: 1 } });
      return reshapeTo(writer, line, [outer, 1, columns * block]);
    });
    return reshapeTo(writer, writer.node("Concat", lines, { attributes: { axis: 1 } }), shape);
  }
}

function castAttributes({ dtype }: TensorType): { attributes: { to: number } } {
  return { attributes: { to: dataTypeOf[dtype] } };
}
