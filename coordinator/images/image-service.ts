// ImageService over gRPC: finished images of sessions that have ended, whoever had them.
import { create } from "@bufbuild/protobuf";
import type { ServerUnaryCall, ServerWritableStream } from "@grpc/grpc-js";
import { callerOf } from "../../host/grpc-gate.ts";
import type { ServedService } from "../../host/grpc-server.ts";
import { streamReply } from "../../host/grpc-stream.ts";
import { unary } from "../../host/grpc-unary.ts";
import type { ImageChunk } from "../../proto/gen/arras/v1/film_pb.ts";
import {
  type FetchKeptImageRequest,
  ImageService,
  ListImagesReplySchema,
  type ListImagesRequest,
} from "../../proto/gen/arras/v1/images_pb.ts";
import { limits } from "../../proto/limits.ts";
import type { ImageShelf } from "./image-shelf.ts";
import { imageNamed, imagesOf, visibleImages, visibleImagesOf } from "./visible-images.ts";

type Fetching = ServerWritableStream<FetchKeptImageRequest, ImageChunk>;

export function imageService(shelf: Pick<ImageShelf, "list" | "find" | "read">): ServedService {
  return {
    service: ImageService,
    access: { listImages: "watch", fetchKeptImage: "watch" },
    openCallsMax: { fetchKeptImage: limits.picturesPerClientMax },
    implementation: {
      listImages: unary(async (call: ServerUnaryCall<ListImagesRequest, unknown>) => {
        const { sessionId } = call.request;
        const caller = callerOf(call);
        if (sessionId === "") return create(ListImagesReplySchema, { sessions: await visibleImages(shelf, caller) });
        const images = await visibleImagesOf(shelf, sessionId, caller);
        return create(ListImagesReplySchema, { sessions: images === undefined ? [] : [images] });
      }),
      fetchKeptImage: (call: Fetching) => void streamReply(call, (signal) => chunks(shelf, call, signal)),
    },
  };
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
