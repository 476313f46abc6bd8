// One mcrt process: its order and its life on standard input, what it does in wired-mcrt.ts.
import { systemClock } from "../../host/clock.ts";
import { computationTitle } from "../../host/computation-title.ts";
import { createLog } from "../../host/log.ts";
import { noRehearsal, rehearseWhileWaiting } from "../../host/rehearsal.ts";
import { readStandardInput } from "../../host/standard-input.ts";
import { announcementToLine, launchOrderFromLine } from "../../proto/launch-order.ts";
import { softwareVersion } from "../../proto/version.ts";
import { rehearseMcrt } from "./rehearsal.ts";
import { WiredMcrt } from "./wired-mcrt.ts";

async function main(): Promise<void> {
  const input = readStandardInput(process.stdin);
  if (!process.argv.includes(noRehearsal)) rehearseWhileWaiting(input.firstLine, systemClock, rehearseMcrt);
  const order = launchOrderFromLine(await input.firstLine);
  const log = createLog("mcrt", order.logLevel).child({ session: order.sessionId, computation: order.computation });
  // A terminal sends Ctrl-C to the whole group; only the launcher decides what it means.
  process.on("SIGINT", () => {});
  process.title = computationTitle("mcrt", "node-agent/mcrt/main.js", order);
  process.stdout.write(announcementToLine({ address: "" }));

  const end = async (code: number) => {
    await mcrt.close();
    process.exit(code);
  };
  const mcrt = new WiredMcrt(order, log, (code) => void end(code));
  input.listen((line) => mcrt.hear(line));
  log.debug({ version: softwareVersion, threads: order.threadCount }, "mcrt started");
  void input.ended.then(() => end(0));
}

void main();
