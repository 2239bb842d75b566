// The program of a side: answers requests for rounds until its parent stops it or goes away.
import { UsageError } from "@fastgpu/core";
import { sideProtocol, type FromSide, type ToSide } from "./side-protocol.ts";
import type { Side } from "./side.ts";

/** The IPC channel of a child process; `process` has it. */
export interface SideChannel {
  readonly send?: ((message: FromSide) => unknown) | undefined;
  on(event: "message", listener: (message: ToSide) => void): unknown;
  on(event: "disconnect", listener: () => void): unknown;
  disconnect?(): void;
}

/**
 * Serves a side.
 *
 * @returns When the parent says stop or is gone.
 * @throws {UsageError} if there is no channel, because a user called it by hand
 */
export async function serveSide(side: Side, channel: SideChannel): Promise<void> {
  const { send } = channel;
  if (send === undefined) {
    throw new UsageError("side: must be started by compare, got no channel to it; run compare");
  }
  const answer = (message: FromSide): void => {
    // The parent may be gone; the disconnect says so.
    send.call(channel, message);
  };
  let last: Promise<void> = Promise.resolve();
  const stopped = new Promise<void>((resolve) => {
    channel.on("disconnect", resolve);
    channel.on("message", (message) => {
      if (message.kind === "stop") {
        resolve();
        return;
      }
      // One at a time: two processes beside each other would measure each other.
      last = last.then(async () => {
        answer({ kind: "trial", trial: await side.run(message.key, message.round) });
      });
      last.catch(resolve);
    });
  });
  answer({ kind: "ready", protocol: sideProtocol, description: side.description });
  await stopped;
  await last;
}
