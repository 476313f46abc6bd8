// Finished images over HTTP: what is kept of a session as JSON, and its files.
import type { ServerResponse } from "node:http";
import { toJson } from "@bufbuild/protobuf";
import type { Clock } from "../../host/clock.ts";
import type { HttpRequest, HttpRoute } from "../../host/door/http-route.ts";
import { KeptImagesSchema } from "../../proto/gen/arras/v1/images_pb.ts";
import { limits } from "../../proto/limits.ts";
import { PacedResponse } from "../viewer/paced-response.ts";
import type { ImageShelf } from "./image-shelf.ts";
import { imageNamed, imagesOf, visibleImages, visibleImagesOf } from "./visible-images.ts";

type Shelf = Pick<ImageShelf, "find" | "list" | "read">;

export function imageRoutes(shelf: Shelf, clock: Clock): HttpRoute[] {
  return [
    {
      // For the page: where nothing is kept the list is empty, which is no fault that a browser would complain about.
      method: "GET",
      path: "/api/images",
      access: "watch",
      answer: async ({ query, caller }, response) => {
        const sessionId = query.get("session");
        const one = sessionId === null ? undefined : await visibleImagesOf(shelf, sessionId, caller);
        const kept = sessionId === null ? await visibleImages(shelf, caller) : one === undefined ? [] : [one];
        const rows = kept.slice(0, limits.imagesToldMax).map((images) => toJson(KeptImagesSchema, images));
        response.setHeader("content-type", "application/json").end(JSON.stringify(rows));
      },
    },
    {
      method: "GET",
      path: "/sessions/:id/images",
      access: "watch",
      answer: async ({ parameters, caller }, response) => {
        const images = await imagesOf(shelf, parameters.id ?? "", caller);
        response.setHeader("content-type", "application/json").end(JSON.stringify(toJson(KeptImagesSchema, images)));
      },
    },
    {
      method: "GET",
      path: "/sessions/:id/images/:name",
      access: "watch",
      answer: (request, response) => answerImage(shelf, request, response, clock),
    },
  ];
}

async function answerImage(
  shelf: Shelf,
  { parameters, caller, message }: HttpRequest,
  response: ServerResponse,
  clock: Clock,
): Promise<void> {
  const images = await imagesOf(shelf, parameters.id ?? "", caller);
  const image = imageNamed(images, parameters.name ?? "");
  const head = () =>
    response
      .setHeader("content-type", image.contentType)
      .setHeader("content-length", String(image.sizeBytes))
      .setHeader("content-disposition", `inline; filename="${fileName(images.scene, images.sessionId, image.name)}"`);
  if (message.method === "HEAD") {
    head().end();
    return;
  }
  const leaving = new AbortController();
  response.on("close", () => leaving.abort());
  const paced = new PacedResponse(response, clock);
  // One piece behind: the last one is only sent when the whole file has been found to be right, so that whoever has as
  // many bytes as he was told has the file.
  let held: Uint8Array | undefined;
  for await (const piece of shelf.read(image, leaving.signal)) {
    if (held !== undefined) {
      if (!response.headersSent) head();
      await paced.write(held);
    }
    held = Uint8Array.from(piece);
  }
  if (!response.headersSent) head();
  response.end(held);
}

/** As a browser saves it. Only what no header and no file system stumbles over. */
function fileName(scene: string, sessionId: string, name: string): string {
  const stem = scene.replace(/\.[^.]*$/, "").replace(/[^A-Za-z0-9_-]/g, "_") || "frame";
  return `${stem}-${sessionId.slice(0, 8)}-${name}`;
}
