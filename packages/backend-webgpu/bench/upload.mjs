// Is a ring of mapped buffers faster than `queue.writeBuffer`? Both by turns in one process, each upload waited for; medians over
// nine blocks of each, of the time and of the processor time of an upload.
//
//     node packages/backend-webgpu/bench/upload.mjs [bytes ...]
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);
const sizes = process.argv.slice(2).map(Number);
const usage = { mapWrite: 2, copySource: 4, copyTarget: 8, storage: 128 };
const gpu = create([]);
const adapter = await gpu.requestAdapter();
const { maxBufferSize } = adapter.limits;
const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize } });

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
};
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

console.log("| KiB | writeBuffer us | cpu us | ring us | cpu us |");
console.log("| --- | -------------- | ------ | ------- | ------ |");
for (const bytes of sizes.length > 0
  ? sizes
  : [5, 196, 392, 1024, 4096, 8192, 32_768].map((kib) => kib * 1024)) {
  const target = device.createBuffer({ size: bytes, usage: usage.storage | usage.copyTarget });
  const data = new Uint8Array(bytes).fill(7);
  const free = [];
  const write = async () => {
    device.queue.writeBuffer(target, 0, data.buffer, 0, bytes);
    device.queue.submit([device.createCommandEncoder().finish()]);
    await device.queue.onSubmittedWorkDone();
  };
  const ring = async () => {
    const made = { size: bytes, usage: usage.mapWrite | usage.copySource, mappedAtCreation: true };
    const staging = free.pop() ?? device.createBuffer(made);
    new Uint8Array(staging.getMappedRange()).set(data);
    staging.unmap();
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(staging, 0, target, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(usage.mapWrite);
    free.push(staging);
  };
  const count = Math.max(10, Math.min(200, Math.round(2e7 / bytes)));
  const block = async (upload) => {
    const [start, cpu] = [performance.now(), cpuMs()];
    for (let i = 0; i < count; i += 1) await upload();
    return [performance.now() - start, cpuMs() - cpu].map((ms) => (ms * 1e3) / count);
  };
  const times = { write: [], ring: [] };
  await block(write);
  await block(ring);
  for (let round = 0; round < 9; round += 1) {
    const order = [
      ["write", write],
      ["ring", ring],
    ];
    for (const [name, upload] of round % 2 === 0 ? order : order.toReversed()) {
      times[name].push(await block(upload));
    }
  }
  const cells = [times.write, times.ring].flatMap((blocks) =>
    [0, 1].map((which) => median(blocks.map((one) => one[which])).toFixed(0)),
  );
  console.log(`| ${bytes / 1024} | ${cells.join(" | ")} |`);
}
process.exit(0);
