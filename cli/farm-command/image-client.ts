// The command's way to a coordinator's ImageService: finished images of sessions that have ended.
import { create } from "@bufbuild/protobuf";
import { GrpcClient } from "../../host/grpc-client.ts";
import type { DoorAccess } from "../../host/read-access.ts";
import type { ImageChunk } from "../../proto/gen/arras/v1/film_pb.ts";
import {
  FetchKeptImageRequestSchema,
  ImageService,
  type KeptImages,
  type ListImagesReply,
  ListImagesRequestSchema,
} from "../../proto/gen/arras/v1/images_pb.ts";

const requestTimeoutMs = 10_000;

export class ImageClient {
  readonly #client: GrpcClient;

  constructor(door: { readonly address: string; readonly access?: DoorAccess }) {
    this.#client = new GrpcClient({ ...door, service: ImageService, peer: "the coordinator" });
  }

  /** The newest first. */
  async list(): Promise<readonly KeptImages[]> {
    const request = create(ListImagesRequestSchema);
    const reply = await this.#client.unary<typeof request, ListImagesReply>("listImages", request, requestTimeoutMs);
    return reply.sessions;
  }

  /** The file's bytes; only when they end without an error they are the whole file. */
  async *fetch(sessionId: string, name: string): AsyncGenerator<Uint8Array> {
    const request = create(FetchKeptImageRequestSchema, { sessionId, name });
    const stream = this.#client.serverStream<object, ImageChunk>("fetchKeptImage", request);
    try {
      for await (const chunk of stream as AsyncIterable<ImageChunk>) yield chunk.content;
    } catch (thrown) {
      throw this.#client.error(thrown);
    } finally {
      stream.cancel();
    }
  }

  close(): void {
    this.#client.close();
  }
}
