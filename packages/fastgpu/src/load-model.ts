// Opens a saved model, ready to predict and to go on training.
import type { CompileOptions } from "./compile-options.ts";
import { readModelFolder, type LoadLimits } from "./files/model-folder.ts";
import type { SavedTraining } from "./files/model-file.ts";
import { Model } from "./model.ts";

/** Options of `loadModel`: where to run, which is never taken from the file. */
export interface LoadModelOptions
  extends Pick<CompileOptions, "backend" | "device" | "threads">, LoadLimits {}

/**
 * Loads a model from a folder that `Model.save` wrote. If it was compiled then, it is compiled now, and `fit` goes on
 * as if it had never stopped: bit for bit on the same backend, device and number of threads.
 *
 * @example `const model = await fg.loadModel("runs/digits");`
 * @throws {DataError} naming the file, if one is missing, damaged, too large or does not fit the other
 * @throws {BackendUnavailableError} with a fix, if no backend can run the model
 */
export async function loadModel(folder: string, options: LoadModelOptions = {}): Promise<Model> {
  const { maxBytes, ...place } = options;
  const limits = maxBytes === undefined ? {} : { maxBytes };
  const { model: spec, training, state, epochs } = await readModelFolder(folder, limits);
  const model = new Model({ spec });
  if (training !== undefined) await model.compile({ ...optionsOf(training), ...place });
  await model.writeState(state, epochs);
  return model;
}

function optionsOf({ objective, precision, stepsPerRun, seed }: SavedTraining): CompileOptions {
  const { loss, metrics, ...rest } = objective;
  const options = { ...rest, loss: unwrap(loss), precision, stepsPerRun, seed };
  const whole = metrics === undefined ? options : { ...options, metrics: unwrap(metrics) };
  // The step was built from these parts when the file was checked; their names are those of CompileOptions.
  return whole as CompileOptions;
}

/** `compile` takes the parts by output without the wrapper that the core uses. */
function unwrap(part: unknown): unknown {
  return typeof part === "object" && part !== null && "outputs" in part ? part.outputs : part;
}
