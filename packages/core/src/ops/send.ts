// Hands a tensor to another rank.
import { recv } from "../functional.ts";
import { streamedBytes, type Primitive } from "./op.ts";

/** The receiving rank and the name of the message; a pair of ranks uses a tag once per direction and run. */
export interface SendAttrs {
  readonly to: number;
  readonly tag: string;
}

/** x -> x; on several devices rank `to` gets it by the recv with the same tag. */
export const send: Primitive<SendAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x]) => x!,
  // The gradient travels the way back.
  vjp: ({ grad, attrs: { to, tag } }) => [recv(grad, to, `${tag}/grad`)],
  evaluate: ([x]) => x!.data.slice(),
  flops: () => 0,
  bytes: streamedBytes,
};
