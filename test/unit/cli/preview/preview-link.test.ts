// The command's look at a film, against a LookService that a test scripts, over a real socket and a clock that stands.
import { afterEach, describe, expect, it } from "vitest";
import { lookDoor } from "../../../../cli/preview/preview-door.ts";
import { PreviewLink } from "../../../../cli/preview/preview-link.ts";
import { toGrpcError } from "../../../../host/grpc-error.ts";
import { ArrasError } from "../../../../proto/errors.ts";
import { limits } from "../../../../proto/limits.ts";
import { FakeClock } from "../../../fakes/fake-clock.ts";
import { greyFrame, LookStage } from "../../../fakes/look-stage.ts";
import { until } from "../../../fakes/settled.ts";
import { socketFolder } from "../../../fakes/socket-folder.ts";

const freshAddress = socketFolder();
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Half floats of 1 and 2. */
const [one, two] = [0x3c00, 0x4000];

async function look() {
  const stage = await LookStage.serve(freshAddress());
  const door = lookDoor([stage.address]);
  const clock = new FakeClock();
  const drawn: number[] = [];
  const failures: ArrasError[] = [];
  const link = new PreviewLink({
    door,
    sessionId: "s",
    framesPerSecond: 4,
    clock,
    drawn: (tiles) => drawn.push(...tiles.map(({ rgba }) => rgba[0] ?? Number.NaN)),
    failed: (error) => failures.push(error),
  });
  ends.push(
    () => stage.close(),
    () => door.close(),
    () => link.close(),
  );
  await stage.heard(1);
  return { stage, clock, drawn, failures, link };
}

const gone = (code: "unavailable" | "session-missing") =>
  toGrpcError(new ArrasError(code, { message: "No.", action: "Try another one." }));

describe("the look at a film", () => {
  it("frames come -> drawn in their order, each acknowledged when it is", async () => {
    const { stage, drawn } = await look();
    stage.calls[0]?.write(greyFrame({ index: 1, grey: one }));
    stage.calls[0]?.write(greyFrame({ index: 2, grey: two }));
    expect(await stage.heard(3)).toEqual(["wish 4", "acknowledge 1", "acknowledge 2"]);
    expect([drawn, stage.sessionIds]).toEqual([
      [1, 2],
      ["s", "s", "s"],
    ]);
  });

  it("the merger goes, and a coordinator -> asked again, later and later, with a wish", async () => {
    const { stage, clock, failures } = await look();
    stage.calls[0]?.end();
    await until(() => clock.timerCount === 1);
    clock.advance(250);
    await until(() => stage.calls.length === 2);
    stage.calls[1]?.emit("error", gone("unavailable"));
    await until(() => clock.timerCount === 1);
    clock.advance(250);
    expect(clock.timerCount).toBe(1);
    clock.advance(250);
    await until(() => stage.asked.filter((each) => each === "wish 4").length === 3);
    expect(failures).toEqual([]);
  });

  it("what asking again does not help -> told once, and left", async () => {
    const { stage, clock, failures, link } = await look();
    stage.calls[0]?.emit("error", gone("session-missing"));
    await until(() => failures.length === 1);
    expect([failures[0]?.code, clock.timerCount]).toEqual(["session-missing", 0]);
    await link.finish();
  });

  it("a tile that is none -> told, and left", async () => {
    const { stage, failures } = await look();
    const frame = greyFrame({ index: 1, grey: one });
    for (const tile of frame.tiles) tile.content = tile.content.subarray(0, 2);
    stage.calls[0]?.write(frame);
    await until(() => failures.length === 1);
    expect(failures[0]?.code).toBe("message-malformed");
    await until(() => stage.asked.includes("gone"));
  });

  it("a tile that inflates to more than a tile -> refused without unpacking it", async () => {
    const { stage, failures } = await look();
    const large = greyFrame({ index: 1, grey: one, rect: { x0: 0, y0: 0, x1: 256, y1: 256 } });
    const [tile] = large.tiles;
    if (tile?.rect !== undefined) tile.rect = { ...tile.rect, x1: 1, y1: 1 };
    stage.calls[0]?.write(large);
    await until(() => failures.length === 1);
    expect(failures[0]?.code).toBe("message-malformed");
  });

  it("the session has ended -> a new stream until the whole film was drawn, whatever the old one still sends", async () => {
    const { stage, drawn, link } = await look();
    const finished = link.finish();
    await stage.heard(3);
    expect(stage.asked).toContain("wish 0");
    stage.calls[1]?.write(greyFrame({ index: 1, grey: one }));
    stage.calls[1]?.write(greyFrame({ index: 2, grey: two, isWhole: true }));
    await finished;
    expect(drawn).toEqual([1, 2]);
  });

  it("nothing comes any more at the end -> given up in time", async () => {
    const { stage, clock, link } = await look();
    const finished = link.finish();
    await stage.heard(3);
    clock.advance(limits.previewLastMsMax);
    await finished;
    expect(clock.timerCount).toBe(0);
  });
});
