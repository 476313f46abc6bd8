// Who may go, who waits, who is turned away.
import { expect, it } from "vitest";
import { Turns } from "../../../coordinator/turns.ts";
import { settled } from "../../fakes/settled.ts";

const turns = () => new Turns({ atOnceMax: 2, waitingMax: 1, noun: "uploads" });
const never = new AbortController().signal;

it("two may go, a third waits until one leaves, a fourth is turned away", async () => {
  const line = turns();
  const leave = await line.take(never);
  await line.take(never);
  let hasTurn = false;
  const third = line.take(never).then((left) => {
    hasTurn = true;
    return left;
  });
  await settled();
  expect(hasTurn).toBe(false);
  await expect(line.take(never)).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/2 uploads/),
  });
  leave();
  leave();
  (await third)();
  await line.take(never);
});

it("who waits is called off -> cancelled, and its place in line is free", async () => {
  const line = turns();
  const leave = await line.take(never);
  await line.take(never);
  const calledOff = new AbortController();
  const waiting = line.take(calledOff.signal);
  calledOff.abort();
  await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
  const next = line.take(never);
  leave();
  await next;
});

it("called off before it came -> cancelled, and takes no turn", async () => {
  const line = turns();
  await expect(line.take(AbortSignal.abort())).rejects.toMatchObject({ code: "cancelled" });
  await line.take(never);
  await line.take(never);
});

it("turns given back while nobody waits -> as many as before", async () => {
  const line = turns();
  for (let i = 0; i < 5; i++) {
    const [one, two] = [await line.take(never), await line.take(never)];
    one();
    two();
    one();
  }
  await line.take(never);
  await line.take(never);
  const waiting = line.take(never);
  await settled();
  await expect(line.take(never)).rejects.toMatchObject({ code: "unavailable" });
  void waiting;
});
