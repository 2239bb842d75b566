// Which backends must be there: the environment variable FASTGPU_REQUIRE, so that a machine that is meant to have a device
// cannot pass its tests by losing it.

/**
 * True if the list asks for the backend.
 *
 * @param list - value of FASTGPU_REQUIRE: names separated by commas, `onnx,webgpu`; absent and empty ask for none
 */
export function isRequired(backend: string, list: string | undefined): boolean {
  return (list ?? "").split(",").some((name) => name.trim() === backend);
}
