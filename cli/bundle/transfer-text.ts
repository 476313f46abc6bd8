// What is said of a scene on its way to the farm. Pure.
import type { ReadProgress } from "./bundle-scene.ts";
import type { UploadProgress } from "./upload-bundle.ts";

export function readingText({ doneFileCount, fileCount, doneBytes }: ReadProgress): string {
  return `reading ${doneFileCount} of ${fileCount} files, ${sizeText(doneBytes)}`;
}

export function uploadingText({ doneFileCount, fileCount, doneBytes, totalBytes }: UploadProgress): string {
  const [done, total] = [inUnit(doneBytes, totalBytes), sizeText(totalBytes)];
  return `uploading ${doneFileCount} of ${fileCount} files, ${done} of ${total}`;
}

export function uploadedText({ fileCount, totalBytes }: UploadProgress, bundleFileCount: number): string {
  if (fileCount === 0) return `The farm has the scene already: ${countedFiles(bundleFileCount)}`;
  return `Uploaded ${countedFiles(fileCount)}, ${sizeText(totalBytes)}`;
}

function countedFiles(count: number): string {
  return `${count} file${count === 1 ? "" : "s"}`;
}

/** "0.4 MB", "480 MB", "12.3 GB". */
export function sizeText(sizeBytes: number): string {
  return `${inUnit(sizeBytes, sizeBytes)} ${unitOf(sizeBytes)}`;
}

/** A number in the unit of another size. */
function inUnit(sizeBytes: number, ofBytes: number): string {
  const amount = sizeBytes / (unitOf(ofBytes) === "GB" ? 1e9 : 1e6);
  return amount >= 100 || sizeBytes === 0 ? amount.toFixed(0) : amount.toFixed(1);
}

function unitOf(sizeBytes: number): "MB" | "GB" {
  return sizeBytes >= 10e9 ? "GB" : "MB";
}
