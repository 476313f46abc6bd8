// A coordinator that only shows pictures: LookService.WatchPreview on a socket, its streams in a test's hands.
import { deflateRawSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import { serveGrpc } from "../../host/grpc-server.ts";
import { LookService, type WatchPreviewRequest } from "../../proto/gen/arras/v1/look_pb.ts";
import {
  PreviewEncoding,
  type PreviewFrame,
  PreviewFrameSchema,
  PreviewTileSchema,
} from "../../proto/gen/arras/v1/preview_pb.ts";
import { until } from "./settled.ts";

export type LookCall = ServerDuplexStream<WatchPreviewRequest, PreviewFrame>;

export class LookStage {
  readonly calls: LookCall[] = [];
  /** Of all calls, in order: "wish 4", "acknowledge 1", "gone". */
  readonly asked: string[] = [];
  sessionIds: string[] = [];
  readonly #server: Awaited<ReturnType<typeof serveGrpc>>;

  private constructor(server: Awaited<ReturnType<typeof serveGrpc>>) {
    this.#server = server;
  }

  static async serve(address: string): Promise<LookStage> {
    const watched: LookCall[] = [];
    let welcome = (call: LookCall): unknown => watched.push(call);
    const implementation = { watchPreview: (call: LookCall) => welcome(call) };
    const server = await serveGrpc(address, [{ service: LookService, implementation: implementation as never }]);
    const stage = new LookStage(server);
    welcome = (call) => stage.#welcome(call);
    for (const call of watched) stage.#welcome(call);
    return stage;
  }

  get address(): string {
    return this.#server.address;
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  /** When so many things were asked. */
  async heard(count: number): Promise<readonly string[]> {
    await until(() => this.asked.length >= count);
    return this.asked;
  }

  #welcome(call: LookCall): void {
    this.calls.push(call);
    call.on("data", ({ sessionId, request }: WatchPreviewRequest) => {
      this.sessionIds.push(sessionId);
      const asked = request?.request;
      this.asked.push(
        asked?.case === "wish" ? `wish ${asked.value.framesPerSecond}` : `${asked?.case} ${asked?.value}`,
      );
    });
    call.on("cancelled", () => this.asked.push("gone"));
    call.on("error", () => {});
  }
}

export interface FrameOfGrey {
  readonly index: number;
  readonly isWhole?: boolean;
  readonly grey: number;
  readonly rect?: { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number };
}

/** One tile of one colour; `bits`: its half float. */
export function greyFrame({ index, isWhole = false, grey, rect = { x0: 0, y0: 0, x1: 2, y1: 2 } }: FrameOfGrey) {
  const pixelCount = (rect.x1 - rect.x0) * (rect.y1 - rect.y0);
  const bytes = new Uint8Array(2 * pixelCount).fill(grey & 255, 0, pixelCount).fill(grey >> 8, pixelCount);
  const content = deflateRawSync(bytes);
  const tile = create(PreviewTileSchema, { output: "beauty", rect, stridePx: 1, channelCount: 1, content });
  return create(PreviewFrameSchema, {
    frameIndex: BigInt(index),
    encoding: PreviewEncoding.HALF,
    tiles: [tile],
    isWhole,
  });
}
