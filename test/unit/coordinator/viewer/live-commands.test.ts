// What a page asks to be changed -> what its session does.
import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import type { Session } from "../../../../coordinator/session.ts";
import { type ChangeRequest, change } from "../../../../coordinator/viewer/live-commands.ts";
import { PixelRectSchema } from "../../../../proto/gen/arras/v1/common_pb.ts";
import type { SceneEdits } from "../../../../proto/gen/arras/v1/edits_pb.ts";
import { ViewerCommand, type ViewerRequest, ViewerRequestSchema } from "../../../../proto/gen/arras/v1/viewer_pb.ts";

function sessionOf(done: string[]) {
  const steering = {
    pause: async () => void done.push("pause"),
    resume: async () => void done.push("resume"),
    raiseBudget: async (spp: number) => void done.push(`budget ${spp}`),
    setRegion: async (rect: { x1: number } | undefined, isAlone: boolean, by: string) =>
      void done.push(`region ${rect?.x1}${isAlone ? " alone" : ""} by ${by}`),
  };
  const editing = {
    edit: async ({ lights }: SceneEdits, editor: string) => void done.push(`edits ${lights[0]?.id} by ${editor}`),
  };
  const restart = async () => done.push("restart");
  const stop = async () => done.push("stop");
  return { steering, editing, stop, restart } as unknown as Session;
}

async function asked(...requests: NonNullable<Parameters<typeof create<typeof ViewerRequestSchema>>[1]>["request"][]) {
  const done: string[] = [];
  for (const request of requests) {
    const made: ViewerRequest["request"] = create(
      ViewerRequestSchema,
      request === undefined ? {} : { request },
    ).request;
    await change(sessionOf(done), made as ChangeRequest, "ada");
  }
  return done;
}

it("each request that changes the session -> done once", async () => {
  expect(
    await asked(
      { case: "command", value: ViewerCommand.PAUSE },
      { case: "command", value: ViewerCommand.RESUME },
      { case: "command", value: ViewerCommand.STOP },
      { case: "command", value: ViewerCommand.RESTART },
      { case: "budgetSpp", value: 16 },
      { case: "region", value: { rect: create(PixelRectSchema, { x1: 8, y1: 8 }) } },
      { case: "region", value: { rect: create(PixelRectSchema, { x1: 9, y1: 8 }), alone: true } },
      { case: "region", value: {} },
      { case: "edits", value: { lights: [{ id: "lamp", off: true }] } },
    ),
  ).toEqual([
    "pause",
    "resume",
    "stop",
    "restart",
    "budget 16",
    "region 8 by ada",
    "region 9 alone by ada",
    "region undefined by ada",
    "edits lamp by ada",
  ]);
});

it("a command of another version -> usage", async () => {
  await expect(asked({ case: "command", value: 99 as ViewerCommand })).rejects.toMatchObject({ code: "usage" });
});
