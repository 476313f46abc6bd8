// Pictures of a session.
import { expect, it } from "vitest";
import { sessionStages } from "./session-stage.ts";

const stageOf = sessionStages();

it("a picture is asked for -> the merger's, by the session's token; before a film is open -> session-state", async () => {
  const stage = stageOf();
  const request = {
    $typeName: "arras.v1.EncodeImageRequest" as const,
    sessionId: "s",
    token: "",
    format: { case: undefined },
  };
  expect(() => stage.session.looking.encodeImage(request)).toThrow(expect.objectContaining({ code: "session-state" }));
  await stage.rendering();
  const pieces: string[] = [];
  const { chunks } = stage.session.looking.encodeImage(request);
  for await (const { content } of chunks) pieces.push(Buffer.from(content).toString());
  expect(pieces).toEqual(["s secret"]);
  const late = stage.session.looking.encodeImage(request);
  await stage.session.close();
  // Whatever the merger's process said as it ended.
  expect(late.error(new Error("13 INTERNAL: Received RST_STREAM with code 2")).code).toBe("session-missing");
  expect(() => stage.session.looking.encodeImage(request)).toThrow(
    expect.objectContaining({ code: "session-missing" }),
  );
  late.chunks.on("error", () => {});
});
