// What the adapter's f32 units reach when nothing is loaded: independent multiplications and additions of registers, counted
// as two operations each. The share of it that a product reaches says how much its loads and stores cost.
import { report } from "../../lib/contender.mjs";
import { installWebgpu } from "../../lib/webgpu-globals.mjs";

const adapterName = await installWebgpu();
const adapter = await navigator.gpu.requestAdapter();
const device = await adapter.requestDevice();
const [chains, steps, lanes, groups] = [8, 512, 64, 1024];
const names = Array.from({ length: chains }, (_, i) => `s${i}`);
const code = `
@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(${lanes}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = f32(id.x) * 1e-9 + 0.5;
  ${names.map((name, i) => `var ${name} = vec4f(f32(id.x) + ${i}.25);`).join("\n  ")}
  for (var k = 0u; k < ${steps / 8}u; k++) {
    ${Array.from({ length: 8 }, () => names.map((name) => `${name} = fma(${name}, vec4f(m), vec4f(1.25));`).join(" ")).join("\n    ")}
  }
  out[id.x] = dot(${names.join(" + ")}, vec4f(1));
}`;
const pipeline = await device.createComputePipelineAsync({
  layout: "auto",
  compute: { module: device.createShaderModule({ code }) },
});
const buffer = device.createBuffer({
  size: lanes * groups * 4,
  usage: GPUBufferUsage.STORAGE,
});
const bindings = device.createBindGroup({
  layout: pipeline.getBindGroupLayout(0),
  entries: [{ binding: 0, resource: { buffer } }],
});
const stepNs = [];
for (let i = 0; i < 6; i += 1) {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindings);
  pass.dispatchWorkgroups(groups);
  pass.end();
  const from = process.hrtime.bigint();
  device.queue.submit([encoder.finish()]);
  await device.queue.onSubmittedWorkDone();
  stepNs.push(Number(process.hrtime.bigint() - from));
}
report({ adapter: adapterName, stepNs, flops: 2 * 4 * chains * steps * lanes * groups });
