// The thread of a search: a `Search` behind messages. Started by `SearchThread`, from dist.
import { parentPort, workerData } from "node:worker_threads";
import { FastGpuError } from "@fastgpu/core";
import { Search } from "../search.ts";
import { Space } from "../space/space.ts";
import type { ThreadReply, ThreadRequest, ThreadSetup } from "./protocol.ts";

const { space, strategy, seed, prior = {}, ...rest } = workerData as ThreadSetup;
const problem = { space: new Space(space), ...rest };
const search = new Search({ problem, strategy, seed, prior });

parentPort?.on("message", (request: ThreadRequest) => {
  parentPort?.postMessage(answer(request));
});

function answer(request: ThreadRequest): ThreadReply {
  const { id } = request;
  try {
    if (request.kind === "ask") {
      return { id, kind: "proposals", proposals: search.ask(request.count) };
    }
    search.tell(request.observation);
    return { id, kind: "told" };
  } catch (error) {
    // Anything else is a fault of the program and ends the thread, which its owner sees.
    if (!(error instanceof FastGpuError)) throw error;
    return { id, kind: "error", code: error.code, message: error.message };
  }
}
