// Moves tensors between the host and an accelerator's memory. The binding has no call for it, and the engine's own
// getData() on a tensor over there aborts the process (version 1.30), so tensors go through sessions that do nothing but
// leave their output on the wanted side.
import { formatType, type HostTensor, type TensorType } from "@fastgpu/core";
import { InferenceSession, type Tensor } from "onnxruntime-node";
import { ModelWriter } from "../model/model-writer.ts";
import { engineError } from "./engine-error.ts";
import { dataOf } from "./host-tensor.ts";

type Side = "cpu" | "gpu-buffer";

/** A session that copies its input. */
interface Copier {
  readonly session: InferenceSession;
  readonly output: string;
}

/** Copies to and from one accelerator; sessions are made when first needed, one per type and direction. */
export class AcceleratorMemory {
  private readonly options: InferenceSession.SessionOptions;
  private readonly copiers = new Map<string, Copier>();

  /** @param options - of the device's sessions */
  constructor(options: InferenceSession.SessionOptions) {
    this.options = options;
  }

  /** A copy in host memory. */
  async download(tensor: Tensor, type: TensorType): Promise<HostTensor> {
    return { ...type, data: dataOf(await this.copy(tensor, type, "cpu"), type.dtype) };
  }

  /** A copy in the accelerator's memory; the caller disposes it. */
  upload(tensor: Tensor, type: TensorType): Promise<Tensor> {
    return this.copy(tensor, type, "gpu-buffer");
  }

  /** Frees the sessions, not the tensors. */
  async dispose(): Promise<void> {
    const sessions = [...this.copiers.values()].map(({ session }) => session.release());
    this.copiers.clear();
    await Promise.all(sessions);
  }

  private async copy(tensor: Tensor, type: TensorType, side: Side): Promise<Tensor> {
    try {
      const { session, output } = await this.copierFor(type, side);
      const { [output]: copied } = await session.run({ x: tensor });
      if (copied?.location !== side) {
        throw new TypeError(`tensor must be at ${side}, got ${copied?.location ?? "none"}`);
      }
      return copied;
    } catch (error) {
      throw engineError(`a copy of ${formatType(type)} to ${side}`, error);
    }
  }

  private async copierFor(type: TensorType, side: Side): Promise<Copier> {
    const key = `${formatType(type)} ${side}`;
    let copier = this.copiers.get(key);
    if (copier === undefined) {
      const writer = new ModelWriter("copy");
      const output = writer.node("Identity", [writer.input("x", type)]);
      writer.output(output, type);
      const options = { ...this.options, preferredOutputLocation: side };
      copier = { session: await InferenceSession.create(writer.bytes(), options), output };
      this.copiers.set(key, copier);
    }
    return copier;
  }
}
