// Reduces an untrusted protobuf message to the fields that checking it needs, before anything is allocated for it: a
// small file may otherwise unfold into millions of objects or into nesting that overflows the stack. Nothing is
// interpreted here.
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { DataError } from "@fastgpu/core";

/** Deepest nesting of messages; that of the protobuf library inside ONNX Runtime. */
const DEPTH_LIMIT = 100;

/** Most fields that are kept; the largest models in use, with 100,000 nodes, have about a million. */
const FIELD_LIMIT = 4_000_000;

interface Walk {
  readonly bytes: Uint8Array;
  readonly reader: BinaryReader;
  readonly writer: BinaryWriter;
  readonly skipped: ReadonlySet<DescField>;
  fields: number;
}

/**
 * Copies a message without some of its fields and without fields unknown to its schema.
 *
 * @param bytes - the encoded message
 * @param skipped - fields to leave out wherever they occur
 * @throws {DataError} if the bytes are no such message, are nested too deep, or hold too many fields
 */
export function outlineMessage(
  bytes: Uint8Array,
  schema: DescMessage,
  skipped: ReadonlySet<DescField>,
): Uint8Array {
  const writer = new BinaryWriter();
  const walk: Walk = { bytes, reader: new BinaryReader(bytes), writer, skipped, fields: 0 };
  outline(walk, schema, bytes.length, 1);
  return writer.finish();
}

function outline(walk: Walk, schema: DescMessage, end: number, depth: number): void {
  if (depth > DEPTH_LIMIT) {
    throw new DataError(`messages must nest at most ${DEPTH_LIMIT} deep, got more`);
  }
  const { reader, writer, bytes } = walk;
  const byNumber = fieldsOf(schema);
  while (reader.pos < end) {
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    if (wireType === WireType.StartGroup || wireType === WireType.EndGroup) {
      throw new DataError(`fields must not be groups, got one at byte ${start}`);
    }
    const field = byNumber.get(number);
    if (field === undefined || walk.skipped.has(field)) {
      reader.skip(wireType, number);
    } else {
      walk.fields++;
      if (walk.fields > FIELD_LIMIT) {
        throw new DataError(`a model must have at most ${FIELD_LIMIT} fields, got more`);
      }
      if (field.message === undefined || wireType !== WireType.LengthDelimited) {
        reader.skip(wireType, number);
        writer.raw(bytes.subarray(start, reader.pos));
      } else {
        const length = reader.uint32();
        const inner = reader.pos + length;
        if (inner > end) throw overrun(start);
        writer.tag(number, WireType.LengthDelimited).fork();
        outline(walk, field.message, inner, depth + 1);
        writer.join();
      }
    }
    if (reader.pos > end) throw overrun(start);
  }
}

function overrun(start: number): DataError {
  return new DataError(
    `a field must end inside its message, got one that does not at byte ${start}`,
  );
}

const tables = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldsOf(schema: DescMessage): ReadonlyMap<number, DescField> {
  let table = tables.get(schema);
  if (table === undefined) {
    table = new Map(schema.fields.map((field) => [field.number, field]));
    tables.set(schema, table);
  }
  return table;
}
