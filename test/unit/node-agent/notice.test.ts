// A command that says whether the machine is taken away.
import { expect, it } from "vitest";
import type { Log } from "../../../host/log.ts";
import type { CommandOutcome } from "../../../node-agent/bounded-command.ts";
import { watchForNotice } from "../../../node-agent/notice.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { settled } from "../../fakes/settled.ts";

const no: CommandOutcome = { t: "ended", exitCode: 1, output: "" };
const yes: CommandOutcome = { t: "ended", exitCode: 0, output: "" };
const failed = (reason: string): CommandOutcome => ({ t: "failed", reason });

function watched(outcomes: readonly CommandOutcome[]) {
  const clock = new FakeClock();
  const told: string[] = [];
  let askedCount = 0;
  const log = { warn: ({ reason }: { reason: string }) => told.push(reason) } as unknown as Log;
  const ask = () => Promise.resolve(outcomes[askedCount++] ?? no);
  const end = watchForNotice({ clock, log, ask, noticed: () => told.push("noticed") });
  const next = async () => {
    await settled();
    clock.advance(limits.noticeIntervalMs);
    await settled();
  };
  return { told, end, next, clock, askedCount: () => askedCount };
}

it("it says no, then yes -> told once, and asked no more", async () => {
  const { told, next, askedCount, clock } = watched([no, no, yes]);
  for (let round = 0; round < 5; round += 1) await next();
  expect([told, askedCount(), clock.timerCount]).toEqual([["noticed"], 3, 0]);
});

it("it does not run -> said once for each reason, and asked on", async () => {
  const { told, next } = watched([failed("ENOENT"), failed("ENOENT"), no, failed("ENOENT"), failed("x"), yes]);
  for (let round = 0; round < 6; round += 1) await next();
  expect(told).toEqual(["ENOENT", "ENOENT", "x", "noticed"]);
});

it("it is ended, also while the command runs -> nothing more", async () => {
  const { told, next, end } = watched([no, yes]);
  end();
  await next();
  expect(told).toEqual([]);
});
