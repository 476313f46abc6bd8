// Carries out the commands of arras-farm that are about finished images: lists them, and fetches one into a file.
import { extname } from "node:path";
import { ArrasError } from "../../proto/errors.ts";
import type { KeptImages } from "../../proto/gen/arras/v1/images_pb.ts";
import type { Asked, ImageAction } from "./farm-settings.ts";
import { meantId } from "./id-prefix.ts";
import { imagePage, imagesForm, imageTable } from "./image-table.ts";

/** What it needs of ImageClient, and of the disk. */
export interface ImageAccess {
  list(): Promise<readonly KeptImages[]>;
  fetch(sessionId: string, name: string): AsyncIterable<Uint8Array>;
  /** Rejects, and leaves what is there as it is. */
  write(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

export interface ImageTerminal {
  write(text: string): void;
  readonly width: number;
  /** Milliseconds since 1970. */
  wallMs(): number;
}

const nameOf: Readonly<Record<string, string>> = { ".exr": "film.exr", ".png": "picture.png" };

/** undefined: no finished image is of that kind. */
export function imageNameFor(path: string): string | undefined {
  return nameOf[extname(path).toLowerCase()];
}

/** Rejects with an ArrasError. */
export async function runImageCommand(
  { action, json }: Asked<ImageAction>,
  images: ImageAccess,
  terminal: ImageTerminal,
): Promise<void> {
  const say = (form: () => object, text: () => string) => terminal.write(json ? `${JSON.stringify(form())}\n` : text());
  const all = await images.list();
  if (action.t === "images" && action.session === undefined) {
    say(
      () => ({ images: all.map(imagesForm) }),
      () => imageTable(all, terminal.wallMs(), terminal.width),
    );
    return;
  }
  const session = meantImages(action.session ?? "", all);
  if (action.t === "images") {
    say(
      () => imagesForm(session),
      () => imagePage(session, terminal.wallMs()),
    );
    return;
  }
  const path = action.output ?? defaultPath(session);
  const name = imageNameFor(path) ?? "film.exr";
  const image = session.images.find((each) => each.name === name);
  if (image === undefined) throw missingImage(session, name);
  await images.write(path, images.fetch(session.sessionId, name));
  say(
    () => ({
      session: session.sessionId,
      path,
      name,
      sizeBytes: Number(image.sizeBytes),
      sha256: image.digest,
      filmSha256: session.filmSha256,
    }),
    () => `wrote ${path} (${session.scene}, film ${session.filmSha256})\n`,
  );
}

function meantImages(given: string, all: readonly KeptImages[]): KeptImages {
  const ids = all.map(({ sessionId }) => sessionId);
  if (!ids.some((id) => id.startsWith(given))) {
    throw new ArrasError("session-missing", {
      message: `No finished images are kept of session ${JSON.stringify(given.slice(0, 80))}`,
      action: "See arras-farm images; they come some seconds after a session's end, and go when they are old.",
    });
  }
  const id = meantId("session", given, ids);
  return all.find(({ sessionId }) => sessionId === id)!;
}

function defaultPath({ scene, sessionId }: KeptImages): string {
  const stem = scene.replace(/\.[^.]*$/, "").replace(/[^A-Za-z0-9_-]/g, "_") || "frame";
  return `${stem}-${sessionId.slice(0, 8)}.exr`;
}

function missingImage({ sessionId, images }: KeptImages, name: string): ArrasError {
  return new ArrasError("object-missing", {
    message: `Session ${sessionId} has no finished image ${name}`,
    action: `There is ${images.map((each) => each.name).join(" and ")}.`,
  });
}
