// A slow frame of this machine that stands still while pages open, however long that takes.
import { SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import { ViewerCommand } from "../../proto/gen/arras/v1/viewer_pb.ts";
import type { LiveClient } from "../integration/live-client.ts";
import { look } from "../integration/looking.ts";
import { fakeArgs, RunningCommand, slowFrame } from "../integration/run-command.ts";

export interface PausedFrame {
  readonly command: RunningCommand;
  /** Of its page. */
  readonly url: string;
  /** Who has paused it. */
  readonly program: LiveClient;
  /** When it goes on, it goes fast. */
  hurry(): void;
}

export async function pausedFrame(...args: readonly string[]): Promise<PausedFrame> {
  const { knobs, hurry } = slowFrame();
  const command = new RunningCommand(fakeArgs(knobs, ...args, "--gui", "--json"));
  const [, url = ""] = await command.said(/Look at it: (\S+)\n/);
  const { host: door, pathname, searchParams } = new URL(url);
  const token = searchParams.get("token") ?? "";
  const program = look(door, pathname.split("/").at(-1) ?? "", { token });
  await program.saw((event) => event.case === "session" && event.value.state === SessionState.RENDERING);
  program.send({ case: "command", value: ViewerCommand.PAUSE });
  return { command, url, program, hurry };
}
