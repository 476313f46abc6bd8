// What may go wrong between a page, or a program, and a farm's session: acknowledgements that are lost, a connection that
// breaks in a frame, a slow line, many who stand still.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it, onTestFinished } from "vitest";
import { GrpcClient } from "../../host/grpc-client.ts";
import { LookService, type WatchPreviewRequest, WatchPreviewRequestSchema } from "../../proto/gen/arras/v1/look_pb.ts";
import {
  PreviewEncoding,
  type PreviewFrame,
  type PreviewRequest,
  PreviewRequestSchema,
  PreviewWishSchema,
} from "../../proto/gen/arras/v1/preview_pb.ts";
import { SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../proto/limits.ts";
import { areaPx } from "../../proto/rect.ts";
import { doorsOf, startFarm } from "./farm-parts.ts";
import type { LiveClient } from "./live-client.ts";
import { look, onlySessionId } from "./looking.ts";
import { natsServerPresent } from "./nats-server.ts";
import { beginSlowFrame } from "./run-command.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const present = natsServerPresent();
const size = { width: 256, height: 192 };
const tileCount = 12;

/** Coordinators and a node; a frame of twelve tiles in its middle at the first of them, until it is hurried. */
async function startFrame({ coordinatorCount = 1, costMsPerSample = 0.05, spp = 32 } = {}) {
  const { coordinators } = await startFarm({ coordinatorCount, nodeCount: 1 });
  const frame = ["--size", `${size.width}x${size.height}`, "--spp", `${spp}`, "--num-mcrt", "1", "--num-cores", "1"];
  const { command, hurry } = await beginSlowFrame([...frame, ...doorsOf(coordinators[0])], costMsPerSample);
  const sessionId = await onlySessionId(coordinators[0].door);
  /** The frame is finished, and its session stays until `seen`: the command would close it at once. */
  const finished = async (seen: Promise<unknown>) => {
    command.signal("SIGSTOP");
    hurry();
    await seen;
    command.signal("SIGCONT");
    expect((await command.finished).exitCode).toBe(0);
  };
  return { coordinators, finished, sessionId };
}

const frameCount = ({ events }: LiveClient) => events.filter((event) => event.case === "frame").length;
/** Values of one channel, of all frames together. */
const sentPixelCount = ({ events }: LiveClient) =>
  events
    .flatMap((event) => (event.case === "frame" ? event.value.tiles : []))
    .reduce((sum, { rect, stridePx }) => sum + (rect === undefined ? 0 : areaPx(rect) / stridePx ** 2), 0);
const hasEnded = (event: LiveClient["events"][number]) =>
  event.case === "session" && event.value.state === SessionState.FINISHED;
/** Of the tiles that it was sent: how many have that many samples. */
function finishedTileCount(client: LiveClient, spp: number): number {
  let count = 0;
  for (let y = 0; y < size.height; y += 64)
    for (let x = 0; x < size.width; x += 64) if (client.tile("beauty", x, y)?.sppMean === spp) count += 1;
  return count;
}

describe.skipIf(!present)("the line between a viewer and a session", () => {
  it("every other acknowledgement is lost -> the next stands for both, and all of the film comes", async () => {
    const { coordinators, finished, sessionId } = await startFrame();
    const page = look(coordinators[0].door, sessionId, { acknowledges: (frameIndex) => frameIndex % 2n === 0n });
    await page.wish();
    await finished(page.saw(() => finishedTileCount(page, 32) === tileCount));
  });

  it("the connection breaks in the middle of a frame, twice -> connected again, all of the film first, then what changes", async () => {
    const { coordinators, finished, sessionId } = await startFrame();
    const proxy = await TcpProxy.start(Number(coordinators[0].port));
    proxy.conditions = { delayMs: 0, bytesPerSecond: 100_000 };
    for (let broken = 0; broken < 2; broken++) {
      const page = look(proxy.address, sessionId);
      await page.wish();
      await page.saw((event) => event.case === "frame");
      proxy.breakAll();
      await page.closed;
    }
    proxy.conditions = { delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY };
    const page = look(proxy.address, sessionId);
    await page.wish();
    await page.saw((event) => event.case === "frame" && event.value.isWhole);
    await finished(page.saw(() => finishedTileCount(page, 32) === tileCount));
  });

  it("fifty look, forty-nine of them never acknowledge -> two frames and one whole picture at most for each of those, the film for the other", async () => {
    const { coordinators, finished, sessionId } = await startFrame();
    const still = Array.from({ length: 49 }, () => look(coordinators[0].door, sessionId, { acknowledges: false }));
    await Promise.all(still.map((page) => page.wish()));
    const page = look(coordinators[0].door, sessionId);
    await page.wish();
    await page.saw((event) => event.case === "link" && event.value.viewerCount === 50);
    await finished(Promise.all([page.saw(hasEnded), page.saw(() => finishedTileCount(page, 32) === tileCount)]));
    for (const each of still) {
      expect(frameCount(each)).toBeLessThanOrEqual(limits.previewFramesInFlightMax);
      expect(sentPixelCount(each)).toBeLessThanOrEqual(size.width * size.height);
    }
  });

  it("a slow line -> automatic quality takes pictures; the film's last state comes all the same", async () => {
    const { coordinators, finished, sessionId } = await startFrame({ costMsPerSample: 0.01, spp: 128 });
    const proxy = await TcpProxy.start(Number(coordinators[0].port));
    proxy.conditions = { delayMs: 20, bytesPerSecond: 300_000 };
    const page = look(proxy.address, sessionId);
    await page.wish({ encoding: PreviewEncoding.AUTO });
    await page.saw((event) => event.case === "link" && event.value.encoding === PreviewEncoding.WEBP);
    await page.saw((event) => event.case === "frame" && event.value.encoding === PreviewEncoding.WEBP);
    await finished(page.saw(() => finishedTileCount(page, 128) === tileCount));
  });

  it("a program at another coordinator's door, over gRPC -> the film's frames as it acknowledges, and moving pictures over HTTP", async () => {
    const { coordinators, finished, sessionId } = await startFrame({ coordinatorCount: 2 });
    const exr = await fetch(`http://${coordinators[1].door}/sessions/${sessionId}/picture.exr?aov=beauty`);
    // OpenEXR's magic number.
    expect([exr.status, Buffer.from(await exr.arrayBuffer()).readUInt32LE(0)]).toEqual([200, 20000630]);
    const client = new GrpcClient({ address: coordinators[1].door, service: LookService, peer: "the door" });
    onTestFinished(() => client.close());
    const stream = client.duplex<WatchPreviewRequest, PreviewFrame>("watchPreview");
    stream.on("error", () => {});
    const ask = (request: PreviewRequest["request"]) =>
      stream.write(
        create(WatchPreviewRequestSchema, { sessionId, request: create(PreviewRequestSchema, { request }) }),
      );
    ask({ case: "wish", value: create(PreviewWishSchema, { outputs: ["samples"], encoding: PreviewEncoding.HALF }) });
    const newest = new Map<string, number>();
    const whole = new Promise<void>((resolve) => {
      stream.on("data", ({ frameIndex, tiles }) => {
        for (const { rect, sppMean } of tiles) newest.set(`${rect?.x0} ${rect?.y0}`, sppMean);
        if ([...newest.values()].filter((spp) => spp === 32).length === tileCount) resolve();
        ask({ case: "acknowledge", value: frameIndex });
      });
    });
    const moving = await fetch(`http://${coordinators[1].door}/sessions/${sessionId}/preview.mjpeg?size=64&fps=10`);
    let body = "";
    const read = (async () => {
      for await (const bytes of moving.body ?? []) body += Buffer.from(bytes).toString("latin1");
    })();
    const pictureCount = () => body.split("content-type: image/jpeg").length - 1;
    await expect.poll(pictureCount).toBeGreaterThan(1);
    await finished(whole);
    await read;
    stream.cancel();
  });
});
