// When a merger whose node is to leave goes, and with what.
import { beforeEach, expect, it } from "vitest";
import { MergerLeaving } from "../../../coordinator/merger-leaving.ts";
import { ArrasError } from "../../../proto/errors.ts";
import { limits } from "../../../proto/limits.ts";
import { berth } from "../../fakes/session-plans.ts";
import { settled } from "../../fakes/settled.ts";
import { silentLog } from "../../fakes/silent-log.ts";

const refusal = new ArrasError("resources-insufficient", { message: "full", action: "a" });
const place = { berth: berth("merge"), attempt: 3 };
const longMs = 10 * limits.drainLastMs;

let done: string[];
let hasRoom: boolean;
let canWrite: boolean;
let leaving: MergerLeaving;

beforeEach(() => {
  [done, hasRoom, canWrite] = [[], true, true];
  leaving = new MergerLeaving({
    log: silentLog,
    reserve: async () => {
      if (!hasRoom) throw refusal;
      done.push("reserved");
    },
    writeCheckpoint: async () => {
      if (!canWrite) throw refusal;
      done.push("written");
    },
    leave: ({ attempt, error }) => void done.push(`left ${attempt}: ${error.message}`),
  });
});

const left = "left 3: Node n, where merge runs, is leaving the farm";

it("there is another place -> it is reserved, the film written, then it goes; said again meanwhile: once", async () => {
  leaving.drain(place, longMs, null);
  leaving.drain(place, longMs, null);
  await settled();
  expect(done).toEqual(["reserved", "written", left]);
});

it("the frame is finished well before -> it stays; it will not be -> it goes", async () => {
  leaving.drain(place, longMs, longMs - limits.drainLastMs - 1);
  await settled();
  expect(done).toEqual([]);
  leaving.drain(place, longMs, longMs - limits.drainLastMs);
  await settled();
  expect(done).toEqual(["reserved", "written", left]);
});

it("there is no other place -> it stays while others render, until shortly before the end", async () => {
  hasRoom = false;
  leaving.drain(place, limits.drainLastMs + 1, null);
  await settled();
  expect(done).toEqual([]);
  leaving.drain(place, limits.drainLastMs, null);
  await settled();
  expect(done).toEqual(["written", left]);
});

it("there is no other place and nobody renders -> it goes at once", async () => {
  hasRoom = false;
  leaving.drain(place, longMs, "idle");
  await settled();
  expect(done).toEqual(["written", left]);
});

it("its film cannot be written -> it stays, whatever else, and tries again when it is said again", async () => {
  [hasRoom, canWrite] = [false, false];
  leaving.drain(place, 1, "idle");
  await settled();
  expect(done).toEqual([]);
  canWrite = true;
  leaving.drain(place, 1, "idle");
  await settled();
  expect(done).toEqual(["written", left]);
});
