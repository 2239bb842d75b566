// Takes a tensor from another rank.
import { send } from "../functional.ts";
import { streamedBytes, type Primitive } from "./op.ts";

/** The sending rank and the name of the message. */
export interface RecvAttrs {
  readonly from: number;
  readonly tag: string;
}

/** x -> what rank `from` sent under the tag, of the type of x; x itself on one device. */
export const recv: Primitive<RecvAttrs> = {
  kind: "primitive",
  arity: 1,
  infer: ([x]) => x!,
  // The gradient travels the way back.
  vjp: ({ grad, attrs: { from, tag } }) => [send(grad, from, `${tag}/grad`)],
  evaluate: ([x]) => x!.data.slice(),
  flops: () => 0,
  bytes: streamedBytes,
};
