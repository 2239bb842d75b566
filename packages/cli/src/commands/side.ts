// `side`: the program of one side of a comparison. `compare` starts it in a checkout and asks it for rounds; a user has no
// use for it.
import { openLocalSide, serveSide } from "@fastgpu/bench";
import { DevicePool } from "@fastgpu/runtime";
import { examples, type CommandDefinition, type SharedOptions } from "../command.ts";
import { exitCodes } from "../exit-code.ts";
import { describeFailure } from "../failure.ts";
import { addSideOptions, planSide, type SideOptions } from "../side-options.ts";

/** Answers rounds until its parent stops it. */
export const sideCommand: CommandDefinition = {
  configure(command) {
    addSideOptions(command.argument("<suite>", "name or path of a suite")).addHelpText(
      "after",
      examples(["fastgpu-bench compare --base main suite.json", "starts one for each side"]),
    );
  },
  async execute(context, command) {
    const options = command.opts<SideOptions & SharedOptions>();
    const [name = ""] = command.processedArgs as readonly string[];
    const pool = new DevicePool();
    try {
      const plan = await planSide(name, options, pool, context);
      const side = await openLocalSide(plan, { pool, signal: context.signal });
      await serveSide(side, process);
      return exitCodes.ok;
    } catch (error) {
      const failure = describeFailure(error);
      process.send?.({ kind: "refused", code: failure.code, message: failure.message });
      throw error;
    } finally {
      await pool.close();
      // The channel would keep the program alive.
      if (process.connected) process.disconnect();
    }
  },
};
