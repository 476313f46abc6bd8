// Asks the operator's command, again and again, whether this machine is about to be taken away (a spot notice): exit
// code 0 says so.
import type { Clock, Timer } from "../host/clock.ts";
import type { Log } from "../host/log.ts";
import { limits } from "../proto/limits.ts";
import type { CommandOutcome } from "./bounded-command.ts";

export interface NoticeWorld {
  readonly clock: Clock;
  readonly log: Log;
  /** The command's end. Never rejects. */
  ask(): Promise<CommandOutcome>;
  /** Called once, at the first notice; after it nothing is asked any more. */
  noticed(): void;
}

/** Returns the function that ends it. */
export function watchForNotice({ clock, log, ask, noticed }: NoticeWorld): () => void {
  let timer: Timer | undefined;
  let isEnded = false;
  /** What was said of it last: the same complaint every few seconds helps nobody. */
  let toldReason: string | undefined;
  const look = async () => {
    const outcome = await ask();
    if (isEnded) return;
    if (outcome.t === "ended" && outcome.exitCode === 0) {
      noticed();
      return;
    }
    const reason = outcome.t === "failed" ? outcome.reason : undefined;
    if (reason !== undefined && reason !== toldReason)
      log.warn({ reason }, "the command of --drain-when does not run: a notice would be missed");
    toldReason = reason;
    timer = clock.after(limits.noticeIntervalMs, () => void look());
  };
  void look();
  return () => {
    isEnded = true;
    timer?.cancel();
  };
}
