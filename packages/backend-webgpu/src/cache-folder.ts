// Where this package keeps what makes later processes faster.
import { homedir } from "node:os";
import { join } from "node:path";

/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of one kind of cache: in `FASTGPU_CACHE_DIR`, else in the user's folder for caches. */
export function cacheFolder(
  name: string,
  environment: Environment,
  platform: string = process.platform,
): string {
  const given = environment["FASTGPU_CACHE_DIR"];
  if (given !== undefined && given !== "") return join(given, name);
  const home = homedir();
  const caches =
    platform === "win32"
      ? (environment["LOCALAPPDATA"] ?? join(home, "AppData", "Local"))
      : platform === "darwin"
        ? join(home, "Library", "Caches")
        : (environment["XDG_CACHE_HOME"] ?? join(home, ".cache"));
  return join(caches, "fastgpu", name);
}
