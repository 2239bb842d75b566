// Entry of a short-lived child process: opens one execution provider and computes one product on it. Loading a provider
// may crash the process natively, so the backend's own process never probes. Prints what it found as one line of JSON.
import { readdir, readFile, readlink } from "node:fs/promises";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { ModelWriter } from "../model/model-writer.ts";
import { engineText } from "../session/engine-error.ts";
import { softwareDrivers, type ProbeAnswer } from "./probe.ts";

const [name = "", deviceId = "0"] = process.argv.slice(2);
const answer = await probe();
process.stdout.write(JSON.stringify(answer));

async function probe(): Promise<ProbeAnswer> {
  const type = { dtype: "f32", shape: [2, 2] } as const;
  const writer = new ModelWriter("probe");
  const x = writer.input("x", type);
  const y = writer.node("MatMul", [x, x]);
  writer.output(y, type);
  try {
    const session = await InferenceSession.create(writer.bytes(), {
      executionProviders: [
        name === "cuda" || name === "dml" ? { name, deviceId: Number(deviceId) } : name,
      ],
      logSeverityLevel: 4,
    });
    const result = await session.run({ x: new Tensor("float32", [1, 2, 3, 4], [2, 2]) });
    const product = String(result[y]?.data);
    if (product !== "7,10,15,22") return { failure: `wrong product ${product}`, drivers: [] };
    return { drivers: name === "webgpu" ? await vulkanDrivers() : [] };
  } catch (error) {
    return { failure: engineText(error), drivers: [] };
  }
}

/**
 * Vulkan drivers that this process has loaded, by file name; the engine does not say what it computes on. Every installed
 * driver is loaded, but one of a GPU keeps the GPU's file open when it found one.
 */
async function vulkanDrivers(): Promise<string[]> {
  try {
    const maps = await readFile("/proc/self/maps", "utf8");
    const names = maps.matchAll(
      /\/(libvulkan_\w+|libvk_swiftshader|libGLX_nvidia|libnvidia-vulkan\S*?)\.so/g,
    );
    const loaded = [...new Set([...names].map(([, file]) => file ?? ""))];
    return (await hasOpenGpu()) ? loaded : loaded.filter((driver) => driver in softwareDrivers);
  } catch {
    // Only Linux has these files; elsewhere the driver stays unknown.
    return [];
  }
}

async function hasOpenGpu(): Promise<boolean> {
  const folder = "/proc/self/fd";
  const links = await Promise.all(
    // The descriptor that reads the folder is gone by then.
    (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => "")),
  );
  return links.some((link) => /^\/dev\/(dri\/|nvidia|dxg|kgsl|mali)/.test(link));
}
