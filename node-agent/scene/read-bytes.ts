// Reads files, or parts of them, into memory once: into arrays of exactly their size, also beyond the 2 GiB at which
// fs.readFile gives up.
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { ArrasError, type ErrorCode } from "../../proto/errors.ts";

/** One read() takes at most 2 GiB − 4 KiB on Linux. */
const readSizeBytesMax = 1 << 30;

/** Fewer bytes than asked for where the file ends before. */
export async function readRange(
  file: FileHandle,
  offsetBytes: number,
  sizeBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(sizeBytes);
  let filled = 0;
  while (filled < sizeBytes) {
    const wanted = Math.min(sizeBytes - filled, readSizeBytesMax);
    const { bytesRead } = await file.read(bytes, filled, wanted, offsetBytes + filled);
    if (bytesRead === 0) return bytes.subarray(0, filled);
    filled += bytesRead;
  }
  return bytes;
}

export interface FileReading {
  readonly path: string;
  /** The code for a file that is not there, or cannot be read. */
  readonly missingCode: ErrorCode;
  /** What the file is, for the message: "The scene", "The image". */
  readonly noun: string;
  readonly place: string;
  readonly sizeBytesMax: number;
  readonly limitName: string;
}

/** Opens the file, checks its size, and closes it when `use` is done. */
export async function withFile<Result>(
  reading: FileReading,
  use: (file: FileHandle, sizeBytes: number) => Promise<Result>,
): Promise<Result> {
  // Opening a named pipe that nobody writes would wait for ever.
  const file = await open(reading.path, constants.O_RDONLY | constants.O_NONBLOCK).catch(
    (cause: NodeJS.ErrnoException) => {
      throw cannotRead(reading, cause);
    },
  );
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw cannotRead(reading, undefined);
    if (stat.size > reading.sizeBytesMax) {
      throw new ArrasError("limit-exceeded", {
        message: `${reading.noun} has ${stat.size} bytes; ${reading.limitName} is ${reading.sizeBytesMax}`,
        place: { path: reading.place },
        action: "Make it smaller, or split the scene.",
      });
    }
    return await use(file, stat.size);
  } finally {
    await file.close();
  }
}

export function readWhole(reading: FileReading): Promise<Uint8Array<ArrayBuffer>> {
  return withFile(reading, (file, sizeBytes) => readRange(file, 0, sizeBytes));
}

function cannotRead(reading: FileReading, cause: NodeJS.ErrnoException | undefined): ArrasError {
  const reason =
    cause === undefined
      ? "is not a file"
      : cause.code === "ENOENT" || cause.code === "ENOTDIR"
        ? "does not exist"
        : cause.code === "EACCES"
          ? "may not be read by this user"
          : `cannot be opened (${cause.code})`;
  return new ArrasError(reading.missingCode, {
    message: `${reading.noun} ${reading.path} ${reason}`,
    place: { path: reading.place },
    action: "Check the path, and that the file is there and readable.",
    cause,
  });
}
