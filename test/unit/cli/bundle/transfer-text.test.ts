// What people read of a scene on its way.
import { expect, it } from "vitest";
import { readingText, sizeText, uploadedText, uploadingText } from "../../../../cli/bundle/transfer-text.ts";

it("sizes -> megabytes, from ten gigabytes on gigabytes", () => {
  const sizes = [0, 1, 40_000, 1_500_000, 120_000_000, 9_999_000_000, 10e9, 123e9];
  expect(sizes.map(sizeText)).toEqual(["0 MB", "0.0 MB", "0.0 MB", "1.5 MB", "120 MB", "9999 MB", "10.0 GB", "123 GB"]);
});

it("files that are read, that are sent, that were sent -> one sentence each", () => {
  expect(readingText({ doneFileCount: 3, fileCount: 12, doneBytes: 120e6 })).toBe("reading 3 of 12 files, 120 MB");
  const half = { doneFileCount: 3, fileCount: 12, doneBytes: 120e6, totalBytes: 480e6 };
  expect(uploadingText(half)).toBe("uploading 3 of 12 files, 120 of 480 MB");
  expect(uploadingText({ ...half, totalBytes: 48e9 })).toBe("uploading 3 of 12 files, 0.1 of 48.0 GB");
  expect(uploadedText(half, 20)).toBe("Uploaded 12 files, 480 MB");
  expect(uploadedText({ ...half, fileCount: 0 }, 1)).toBe("The farm has the scene already: 1 file");
});
