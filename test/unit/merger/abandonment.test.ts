// A merger whose coordinator is gone.
import { expect, it } from "vitest";
import { whenAbandoned } from "../../../merger/abandonment.ts";
import { limits } from "../../../proto/limits.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { settled } from "../../fakes/settled.ts";

it("nobody watches for as long as the limit -> abandoned; a watcher between -> the time begins anew", async () => {
  const clock = new FakeClock();
  let isWatched = false;
  let isAbandoned = false;
  void whenAbandoned(clock, () => isWatched).then(() => {
    isAbandoned = true;
  });
  clock.advance(limits.coordinatorAwayMsMax - 2_000);
  isWatched = true;
  clock.advance(1_000);
  isWatched = false;
  clock.advance(limits.coordinatorAwayMsMax - 1_000);
  await settled();
  expect(isAbandoned).toBe(false);
  clock.advance(1_000);
  await settled();
  expect(isAbandoned).toBe(true);
  expect(clock.timerCount).toBe(0);
});
