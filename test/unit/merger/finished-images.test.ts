import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { FinishedImages } from "../../../merger/finished-images.ts";
import type { FilmSource } from "../../../merger/image-encoder.ts";
import { EncodeImageRequestSchema } from "../../../proto/gen/arras/v1/film_pb.ts";
import { MemoryObjectStore } from "../../fakes/memory-object-store.ts";

const film = {} as FilmSource;
const request = create(EncodeImageRequestSchema, { format: { case: "exr", value: {} } });

function imagesOf(store: MemoryObjectStore | undefined, leaving = new AbortController()) {
  const encoder = {
    async *encode() {
      yield Buffer.from("be");
      if (leaving.signal.aborted) return;
      yield Buffer.from("gun");
    },
  };
  return new FinishedImages({ merger: film, encoder, sessionId: "s", store });
}

it("a file -> one object of all its pieces", async () => {
  const store = new MemoryObjectStore();
  const { digest, sizeBytes } = await imagesOf(store).store(request, new AbortController().signal);
  expect([Buffer.from(store.objects.get(digest) ?? []).toString(), sizeBytes]).toEqual(["begun", 5]);
});

it("whoever wanted it leaves in the middle -> cancelled, and no object is left", async () => {
  const store = new MemoryObjectStore();
  const leaving = new AbortController();
  leaving.abort();
  const stored = imagesOf(store, leaving).store(request, leaving.signal);
  await expect(stored).rejects.toMatchObject({ code: "cancelled" });
  expect(store.objects.size).toBe(0);
});

it("a node without an object store -> unavailable, with what to do", async () => {
  const stored = imagesOf(undefined).store(request, new AbortController().signal);
  await expect(stored).rejects.toMatchObject({ code: "unavailable", action: expect.stringContaining("--nats") });
});
