// Where this machine keeps what --resume needs. Pure.
import { join, resolve } from "node:path";

/** `given`: by the command line. Otherwise where users' programs keep their state (XDG Base Directory, STATE_HOME). */
export function stateFolder(
  given: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  homeFolder: string,
): string {
  const named = given ?? environment.ARRAS_STATE_DIR;
  if (named !== undefined && named !== "") return resolve(named);
  const { XDG_STATE_HOME: state } = environment;
  return join(state?.startsWith("/") ? state : join(homeFolder, ".local", "state"), "arras-render");
}
