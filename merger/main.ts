// The merge computation: its order and its life on standard input, what it serves in served-film.ts.
import { systemClock } from "../host/clock.ts";
import { computationTitle } from "../host/computation-title.ts";
import { createLog } from "../host/log.ts";
import { noRehearsal, rehearseWhileWaiting } from "../host/rehearsal.ts";
import { readStandardInput } from "../host/standard-input.ts";
import { ArrasError } from "../proto/errors.ts";
import { announcementToLine, launchOrderFromLine } from "../proto/launch-order.ts";
import { whenAbandoned } from "./abandonment.ts";
import { OidnCommand } from "./denoise/oidn-command.ts";
import { rehearseFilm } from "./rehearsal.ts";
import { openOrderedFilm, serveFilm } from "./served-film.ts";

async function main(): Promise<void> {
  // Ctrl-C reaches the whole process group; the command then still fetches its image from here. The end is the input's.
  process.on("SIGINT", () => {});
  const input = readStandardInput(process.stdin);
  // Notes of the agent are for those who call the coordinator; it calls here.
  input.listen(() => {});
  const denoiser = new OidnCommand(process.env.ARRAS_OIDN_DENOISE || "oidnDenoise");
  if (!process.argv.includes(noRehearsal))
    rehearseWhileWaiting(input.firstLine, systemClock, (folder) => rehearseFilm(folder, denoiser));
  const order = launchOrderFromLine(await input.firstLine);
  process.title = computationTitle("merge", "merger/main.js", order);
  const log = createLog(order.computation, order.logLevel);
  const film = await serveFilm(order, denoiser, log);
  process.stdout.write(announcementToLine({ address: film.address }));
  openOrderedFilm(order, film.merger, log);
  const { sessionId: session } = order;
  log.info({ address: film.address, session }, "merger serves");
  const abandoned = whenAbandoned(systemClock, () => film.merger.hasWatchers).then(() =>
    log.warn({ session }, "nobody has watched the film for long: its coordinator is gone"),
  );
  await Promise.race([input.ended, abandoned, new Promise((resolve) => process.once("SIGTERM", resolve))]);
  await film.close();
}

main().then(
  () => process.exit(0),
  (thrown: unknown) => {
    const error = ArrasError.from(thrown);
    process.stderr.write(`${error.toString()}\n`);
    process.exit(error.exitCode);
  },
);
