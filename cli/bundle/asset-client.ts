// The command's way to the farm's store of assets: AssetService, typed.
import { create } from "@bufbuild/protobuf";
import { GrpcClient, type GrpcClientOptions } from "../../host/grpc-client.ts";
import {
  type AssetChunk,
  AssetChunkSchema,
  AssetService,
  type FindMissingReply,
  FindMissingRequestSchema,
  type UploadReply,
} from "../../proto/gen/arras/v1/asset_pb.ts";

/** Where the farm is, and how its door is opened. */
export type FarmDoor = Pick<GrpcClientOptions, "address" | "access">;

const requestTimeoutMs = 60_000;
/** The farm reads what it has, at some 100 MB a second. */
const verifyTimeoutMs = 3_600_000;

export class AssetClient {
  readonly #client: GrpcClient;

  constructor(door: FarmDoor) {
    // `writesToSocket`: so that a file is read no faster than it leaves.
    this.#client = new GrpcClient({ ...door, service: AssetService, peer: "the coordinator", writesToSocket: true });
  }

  /** Of at most limits.assetDigestsMax. `verify`: what is broken there is removed, and missing. */
  async findMissing(digests: readonly string[], verify: boolean): Promise<readonly string[]> {
    const request = create(FindMissingRequestSchema, { sha256: [...digests], verify });
    const timeoutMs = verify ? verifyTimeoutMs : requestTimeoutMs;
    const reply = await this.#client.unary<typeof request, FindMissingReply>("findMissing", request, timeoutMs);
    return reply.sha256;
  }

  /** Resolves when it is stored. `onSent` has the bytes that left this process so far. Rejects also with what `source` throws. */
  async upload(
    digest: string,
    source: AsyncIterable<Uint8Array>,
    { signal, onSent }: { readonly signal: AbortSignal; readonly onSent: (sentBytes: number) => void },
  ): Promise<void> {
    const { stream, reply } = this.#client.clientStream<AssetChunk, UploadReply>("upload");
    let isAnswered = false;
    const answered = reply.then(
      () => {
        isAnswered = true;
      },
      () => {
        isAnswered = true;
      },
    );
    const cancel = () => stream.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    // grpc-js forgets the callbacks of a stream that has ended, so the answer counts too.
    const send = (part: AssetChunk["part"]) =>
      Promise.race([
        answered,
        new Promise<void>((left) => void stream.write(create(AssetChunkSchema, { part }), () => left())),
      ]);
    try {
      await send({ case: "sha256", value: digest });
      let sentBytes = 0;
      for await (const value of source) {
        if (isAnswered) break;
        await send({ case: "content", value });
        sentBytes += value.byteLength;
        onSent(sentBytes);
      }
      stream.end();
      await reply;
    } finally {
      signal.removeEventListener("abort", cancel);
      cancel();
    }
  }

  close(): void {
    this.#client.close();
  }
}
