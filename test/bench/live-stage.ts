// A real merge process with a 1080p film, contributions of a realistic picture for it, and the door's live sockets on a
// port of this process: what lies between a merged contribution and a viewer, without a farm around it.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { WebSocketServer } from "ws";
import { MergerLink } from "../../coordinator/merger-link.ts";
import type { Session } from "../../coordinator/session.ts";
import { LiveSocket } from "../../coordinator/viewer/live-socket.ts";
import { systemClock } from "../../host/clock.ts";
import { everybody } from "../../host/door/caller.ts";
import type { GrpcClient } from "../../host/grpc-client.ts";
import type { FilmSpec } from "../../proto/film-spec.ts";
import type { Acknowledgement, Contribution } from "../../proto/gen/arras/v1/film_pb.ts";
import { filmOutputs } from "../../proto/outputs.ts";
import { tileRect, tilingOf } from "../../proto/tiling.ts";
import { contributionMessage } from "../integration/film-client.ts";
import { LiveClient } from "../integration/live-client.ts";
import { type MergerProcess, sessionId, startMerger, token } from "../integration/merger-process.ts";
import { realisticPlanes, realisticRadiance, seededRandom } from "./realistic-contributions.ts";

export const stageFilm: FilmSpec = {
  widthPx: 1920,
  heightPx: 1080,
  cropWindow: { x0: 0, y0: 0, x1: 1920, y1: 1080 },
  tileSizePx: 64,
  outputs: filmOutputs([]),
  maxSpp: 4096,
};
const tiling = tilingOf(stageFilm.cropWindow, stageFilm.tileSizePx);
export const stageTileCount = tiling.tileCount;

/** Of a contribution: what makes fifty a second those of twenty cores. */
const unitRenderMs = 400;

export class LiveStage {
  readonly #merger: MergerProcess;
  readonly #link: MergerLink;
  readonly #server: Server;
  readonly #client: GrpcClient;
  readonly #contributions: ClientDuplexStream<Contribution, Acknowledgement>;
  readonly #messages: readonly Contribution[];
  readonly #sampleCounts = new Map<number, number>();
  readonly #unacknowledged: { readonly resolve: (nowMs: number) => void; readonly reject: (error: Error) => void }[] =
    [];

  private constructor(merger: MergerProcess, link: MergerLink, server: Server, messages: readonly Contribution[]) {
    this.#merger = merger;
    this.#link = link;
    this.#server = server;
    this.#messages = messages;
    this.#client = merger.client();
    this.#contributions = this.#client.duplex("contribute", { "arras-token": token });
    this.#contributions.on("data", () => this.#unacknowledged.shift()?.resolve(performance.now()));
    // It is cancelled at the end, when nothing is sent.
    this.#contributions.on("error", (error) => {
      for (const { reject } of this.#unacknowledged.splice(0)) reject(error);
    });
  }

  /** With one sample everywhere. */
  static async open(): Promise<LiveStage> {
    const merger = await startMerger();
    const link = new MergerLink({ address: merger.address, sessionId, token });
    await link.openFilm(1, stageFilm, { checkpoint: "", sessionSpec: new Uint8Array() });
    // As a coordinator does: a merger that nobody watches ends after a minute, and these rows take one.
    link.watch({ statuses: () => {}, broken: () => {} });
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    // As much of a session as a live socket asks for.
    const session = {
      looking: { link, watchFilm: () => () => {} },
      plan: { film: stageFilm, sceneName: "stage", budgetSpp: 4096, sessionId },
      watch: () => () => {},
      editing: { watch: () => () => {} },
      steering: { present: { budgetSpp: 4096 } },
    } as unknown as Session;
    sockets.on("connection", (socket) => {
      new LiveSocket(socket, {
        session,
        caller: everybody,
        clock: systemClock,
        isOnFarm: false,
        viewerCount: () => sockets.clients.size,
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const stage = new LiveStage(merger, link, server, await messagesOf());
    for (let tile = 0; tile < stageTileCount; tile++) await stage.merge(tile);
    return stage;
  }

  /** One more sample of a tile; resolves with the time of its acknowledgement: it is merged. */
  merge(tileIndex: number): Promise<number> {
    const begin = this.#sampleCounts.get(tileIndex) ?? 0;
    this.#sampleCounts.set(tileIndex, begin + 1);
    const message = this.#messages[tileIndex];
    if (message?.unit === undefined) throw new RangeError(`there is no tile ${tileIndex}`);
    const unit = { ...message.unit, samples: { ...message.unit.samples, begin, end: begin + 1 } };
    return new Promise((resolve, reject) => {
      this.#unacknowledged.push({ resolve, reject });
      this.#contributions.write({ ...message, unit } as Contribution);
    });
  }

  sampleCount(tileIndex: number): number {
    return this.#sampleCounts.get(tileIndex) ?? 0;
  }

  corner(tileIndex: number): { readonly x0: number; readonly y0: number } {
    return tileRect(tiling, tileIndex);
  }

  /** One that has seen the whole film; `reads` false: one that stands still after its first frame. */
  async viewer(reads = true): Promise<LiveClient> {
    const door = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const client = new LiveClient(door, sessionId, { acknowledges: reads });
    await client.wish();
    await client.saw((event) => event.case === "frame" && (event.value.isWhole || !reads));
    if (!reads) client.stall();
    return client;
  }

  async close(): Promise<void> {
    this.#contributions.cancel();
    this.#client.close();
    this.#link.close();
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#merger.stop();
  }
}

async function messagesOf(): Promise<Contribution[]> {
  const { radiance } = await realisticRadiance();
  const random = seededRandom(1);
  return Array.from({ length: stageTileCount }, (_, tileIndex) => {
    const rect = tileRect(tiling, tileIndex);
    const unit = { epoch: 1, tileIndex, rect, sampleBegin: 0, sampleEnd: 1, stridePx: 1 };
    const message = contributionMessage(unit, realisticPlanes(stageFilm, rect, 1, radiance, random), "mcrt_i0");
    return { ...message, renderMs: unitRenderMs };
  });
}
