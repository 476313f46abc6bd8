// Finished images in words and addresses.
import { expect, it } from "vitest";
import { imagePath, imageText, keptSamplesText, pathOf, pictureOf } from "../../../../viewer/state/kept-text.ts";
import { keptImagesOf } from "../../../fakes/image-shelves.ts";

const exr = { name: "film.exr", digest: "", sizeBytes: 12_345_678n, contentType: "image/x-exr" };
const png = { name: "picture.png", digest: "", sizeBytes: 1_000n, contentType: "image/png" };

it("an image -> its name, its size, and an address below its session's, with nothing else in it", () => {
  const kept = keptImagesOf("aaaa-1", { images: [exr, png], sppMean: 15.96 });
  expect(kept.images.map((image) => [imageText(image), imagePath(kept, image)])).toEqual([
    ["film.exr, 12.3 MB", "/sessions/aaaa-1/images/film.exr"],
    ["picture.png, 1 KB", "/sessions/aaaa-1/images/picture.png"],
  ]);
  expect([pathOf({ sessionId: "a/b" }), keptSamplesText(kept)]).toEqual(["/sessions/a%2Fb", "16 spp"]);
});

it("what a browser shows by itself -> the PNG, where there is one", () => {
  expect(pictureOf(keptImagesOf("a", { images: [exr, png] }))?.name).toBe("picture.png");
  expect(pictureOf(keptImagesOf("a", { images: [exr] }))).toBeUndefined();
});
