// AssetService over gRPC: takes the files of scenes from clients into the farm's store of assets. It keeps nothing
// itself, so any coordinator serves any client.
import { create } from "@bufbuild/protobuf";
import type { ServerReadableStream, ServerUnaryCall } from "@grpc/grpc-js";
import type { Clock } from "../host/clock.ts";
import type { ServedService } from "../host/grpc-server.ts";
import { unary } from "../host/grpc-unary.ts";
import { InFlight } from "../host/nats/in-flight.ts";
import { ArrasError } from "../proto/errors.ts";
import {
  type AssetChunk,
  AssetService,
  type FindMissingReply,
  FindMissingReplySchema,
  type FindMissingRequest,
  type UploadReply,
  UploadReplySchema,
} from "../proto/gen/arras/v1/asset_pb.ts";
import { limits } from "../proto/limits.ts";
import { isSha256 } from "../proto/sha256.ts";
import type { AssetReader } from "./bundle-check.ts";
import { Turns } from "./turns.ts";

/** The farm's store of assets; see host/nats/object-store.ts for what each rejects with. */
export interface AssetStore extends AssetReader {
  put(digest: string, source: AsyncIterable<Uint8Array>, options: { readonly signal: AbortSignal }): Promise<void>;
  delete(digest: string): Promise<void>;
}

type UploadCall = ServerReadableStream<AssetChunk, UploadReply>;

/** Questions to the store at a time. */
const questionsMax = 32;

export function assetService(store: AssetStore, clock: Clock): ServedService {
  const turns = new Turns({
    atOnceMax: limits.assetUploadsMax,
    waitingMax: limits.assetUploadsWaitingMax,
    noun: "uploads",
  });
  return {
    service: AssetService,
    access: { findMissing: "submit", upload: "submit" },
    openCallsMax: { upload: limits.uploadsPerClientMax },
    implementation: {
      findMissing: unary(async ({ request }: ServerUnaryCall<FindMissingRequest, FindMissingReply>, signal) =>
        create(FindMissingReplySchema, { sha256: await findMissing(request, store, turns, signal) }),
      ),
      upload: unary(async (call: UploadCall) => {
        await takeUpload(call, store, turns, clock);
        return create(UploadReplySchema);
      }),
    },
  };
}

async function findMissing(
  { sha256: digests, verify }: FindMissingRequest,
  store: AssetStore,
  turns: Turns,
  signal: AbortSignal,
): Promise<string[]> {
  if (digests.length > limits.assetDigestsMax) {
    const message = `${digests.length} digests pass assetDigestsMax = ${limits.assetDigestsMax}`;
    throw new ArrasError("limit-exceeded", { message, action: "Ask in several requests." });
  }
  for (const digest of digests) if (!isSha256(digest)) throw malformed("asks for something that is no digest");
  const missing = new Set<string>();
  const asking = new InFlight(verify ? 1 : questionsMax);
  // Reading is as heavy as writing, so it waits for the same turns.
  const leave = verify ? await turns.take(signal) : () => {};
  try {
    for (const digest of new Set(digests)) {
      await asking.start(async () => {
        const isThere = verify ? await isSound(digest, store, signal) : await store.has(digest);
        if (!isThere) missing.add(digest);
      });
    }
    await asking.ended();
  } finally {
    leave();
  }
  return digests.filter((digest) => missing.delete(digest));
}

/** Removes an object that is not what its digest says. */
async function isSound(digest: string, store: AssetStore, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const _ of store.get(digest)) {
      if (signal.aborted) throw new ArrasError("cancelled", { message: "The client left", action: "Ask again." });
    }
    return true;
  } catch (thrown) {
    const { code } = ArrasError.from(thrown);
    if (code !== "object-broken" && code !== "object-missing") throw thrown;
    await store.delete(digest);
    return false;
  }
}

async function takeUpload(call: UploadCall, store: AssetStore, turns: Turns, clock: Clock): Promise<void> {
  const cancelling = new AbortController();
  const { signal } = cancelling;
  call.on("cancelled", () => cancelling.abort());
  // A stream that breaks ends the iteration too; without a listener it would end the process.
  call.on("error", () => cancelling.abort());
  // At the end a plain iterator destroys the stream, and with it the way to reply.
  const chunks = call.iterator({ destroyOnReturn: false }) as AsyncIterator<AssetChunk, undefined>;
  const next = () => heard(chunks.next(), clock);
  const first = await next();
  const part = first.done === true ? undefined : first.value.part;
  if (part?.case !== "sha256") throw malformed("does not begin with its digest");
  if (!isSha256(part.value)) throw malformed("begins with something that is no digest");
  const leave = await turns.take(signal);
  try {
    await store.put(part.value, contents(next, signal), { signal });
  } finally {
    leave();
  }
}

async function* contents(
  next: () => Promise<IteratorResult<AssetChunk, undefined>>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let step = await next(); step.done !== true; step = await next()) {
    const { part } = step.value;
    if (part.case !== "content") throw malformed("has a message without contents after its digest");
    if (part.value.byteLength > limits.assetChunkSizeBytes) {
      const message = `A chunk of ${part.value.byteLength} bytes passes assetChunkSizeBytes = ${limits.assetChunkSizeBytes}`;
      throw new ArrasError("limit-exceeded", { message, action: "Send smaller ones." });
    }
    yield part.value;
  }
  // Its end is not the object's end.
  if (signal.aborted) throw new ArrasError("cancelled", { message: "The upload broke off", action: "Start it again." });
}

/** Rejects with `timed-out` when the client stays silent. */
function heard<Result>(step: Promise<Result>, clock: Clock): Promise<Result> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(limits.assetUploadSilenceMsMax, () => {
      const message = `The client sent nothing for ${limits.assetUploadSilenceMsMax / 1000} s`;
      reject(new ArrasError("timed-out", { message, action: "Is its file system slow? Submit again: it goes on." }));
    });
    step.then(resolve, reject).finally(() => timer.cancel());
  });
}

function malformed(what: string): ArrasError {
  return new ArrasError("message-malformed", {
    message: `A request to the asset service ${what}`,
    action: "Compare software versions of client and coordinator.",
  });
}
