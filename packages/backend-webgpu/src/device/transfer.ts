// Host tensors to and from buffers: sizes in whole words, element types as their bits.
import {
  allocate,
  dtypeBytes,
  sizeOf,
  viewBytes,
  type HostTensor,
  type TensorType,
} from "@fastgpu/core";

/** Writes a tensor into a buffer; the data may change after the call. */
export function upload(
  queue: GPUQueue,
  buffer: GPUBuffer,
  offsetBytes: number,
  { data }: HostTensor,
): void {
  const { byteLength } = data;
  if (byteLength === 0) return;
  const isShared = data.buffer instanceof SharedArrayBuffer;
  if (byteLength % 4 === 0 && !isShared) {
    queue.writeBuffer(buffer, offsetBytes, data.buffer, data.byteOffset, byteLength);
    return;
  }
  const words = new Uint8Array(Math.ceil(byteLength / 4) * 4);
  words.set(new Uint8Array(data.buffer, data.byteOffset, byteLength));
  queue.writeBuffer(buffer, offsetBytes, words);
}

/** Bytes of a tensor in whole words, as copies between buffers need them. */
export function copyBytes({ dtype, shape }: TensorType): number {
  return Math.ceil((sizeOf(shape) * dtypeBytes[dtype]) / 4) * 4;
}

/** A tensor from downloaded bytes. */
export function tensorAt(bytes: ArrayBuffer, offsetBytes: number, type: TensorType): HostTensor {
  const { dtype, shape } = type;
  const data = allocate(dtype, sizeOf(shape));
  data.set(viewBytes(dtype, bytes, offsetBytes, data.length));
  return { dtype, shape, data };
}

/** A tensor without elements. */
export function emptyTensor({ dtype, shape }: TensorType): HostTensor {
  return { dtype, shape, data: allocate(dtype, 0) };
}
