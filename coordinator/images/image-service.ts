// ImageService over gRPC: finished images of sessions that have ended, whoever had them.
import { create } from "@bufbuild/protobuf";
import type { ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { callerOf } from "../../host/grpc-gate.ts";
import type { ServedService } from "../../host/grpc-server.ts";
import { streamReply } from "../../host/grpc-stream.ts";
import { unary } from "../../host/grpc-unary.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { ImageChunk } from "../../proto/gen/arras/v1/film_pb.ts";
import {
  type FetchKeptImageRequest,
  ImageService,
  ListImagesReplySchema,
  type ListImagesRequest,
} from "../../proto/gen/arras/v1/images_pb.ts";
import { limits } from "../../proto/limits.ts";
import type { ImageShelf } from "./image-shelf.ts";
import { imageNamed, imagesOf, visibleImages } from "./visible-images.ts";

type Fetching = ServerWritableStream<FetchKeptImageRequest, ImageChunk>;

export function imageService(shelf: Pick<ImageShelf, "list" | "find" | "read">): ServedService {
  return {
    service: ImageService,
    access: { listImages: "watch", fetchKeptImage: "watch" },
    openCallsMax: { fetchKeptImage: limits.picturesPerClientMax },
    implementation: {
      listImages: unary(async (call: ServerUnaryCall<ListImagesRequest, unknown>) => {
        const { sessionId } = call.request;
        const sessions =
          sessionId === "" ? await visibleImages(shelf, callerOf(call)) : await oneOrNone(shelf, sessionId, call);
        return create(ListImagesReplySchema, { sessions });
      }),
      fetchKeptImage: (call: Fetching) => void streamReply(call, (signal) => chunks(shelf, call, signal)),
    },
  };
}

async function oneOrNone(
  shelf: Pick<ImageShelf, "find">,
  sessionId: string,
  call: ServerUnaryCall<ListImagesRequest, unknown>,
) {
  try {
    return [await imagesOf(shelf, sessionId, callerOf(call))];
  } catch (thrown) {
    if (ArrasError.from(thrown).code === "session-missing") return [];
    throw thrown;
  }
}

async function* chunks(
  shelf: Pick<ImageShelf, "find" | "read">,
  call: Fetching,
  signal: AbortSignal,
): AsyncGenerator<ImageChunk> {
  const { sessionId, name } = call.request;
  const image = imageNamed(await imagesOf(shelf, sessionId, callerOf(call)), name);
  // A copy: pieces may use their memory again before grpc-js has sent them.
  for await (const piece of shelf.read(image, signal))
    yield { $typeName: "arras.v1.ImageChunk", content: Uint8Array.from(piece) };
}
