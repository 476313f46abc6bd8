// The archive of sessions in a folder, for one machine: a file of JSON for each, written beside and renamed.
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { toJsonString } from "@bufbuild/protobuf";
import { ArrasError } from "../../proto/errors.ts";
import { type ResumableSession, ResumableSessionSchema } from "../../proto/gen/arras/v1/archive_pb.ts";
import { isSessionId } from "../records/session-record.ts";
import { type ResumeArchive, resumableFromJson } from "./resume-archive.ts";

const extension = ".json";

export class FileArchive implements ResumeArchive {
  readonly #folder: string;

  /** Made when it is needed. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(session: ResumableSession): Promise<void> {
    const path = this.#path(session.sessionId);
    const beside = `${path}.${randomUUID()}.part`;
    try {
      // Where scenes are is nobody else's business.
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const file = await open(beside, "wx", 0o600);
      try {
        await file.writeFile(`${toJsonString(ResumableSessionSchema, session)}\n`);
        // The name must not survive a power cut without the contents.
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
    } catch (cause) {
      await rm(beside, { force: true }).catch(() => undefined);
      throw failed("written", path, cause);
    }
  }

  async get(sessionId: string): Promise<ResumableSession | undefined> {
    if (!isSessionId(sessionId)) return undefined;
    const path = this.#path(sessionId);
    try {
      return resumableFromJson(await readFile(path, "utf8"));
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw failed("read", path, cause);
    }
  }

  async remove(sessionId: string): Promise<void> {
    const path = this.#path(sessionId);
    await rm(path, { force: true }).catch((cause: unknown) => {
      throw failed("removed", path, cause);
    });
  }

  async list(): Promise<ResumableSession[]> {
    const names = await readdir(this.#folder).catch((cause: unknown) => {
      if (isMissing(cause)) return [];
      throw failed("read", this.#folder, cause);
    });
    const ids = names.flatMap((name) => (name.endsWith(extension) ? [name.slice(0, -extension.length)] : []));
    const sessions = await Promise.all(ids.map((sessionId) => this.get(sessionId).catch(() => undefined)));
    return sessions.filter((session) => session !== undefined);
  }

  #path(sessionId: string): string {
    if (!isSessionId(sessionId)) throw new Error(`${JSON.stringify(sessionId.slice(0, 80))} is no session`);
    return join(this.#folder, `${sessionId}${extension}`);
  }
}

function isMissing(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === "ENOENT";
}

function failed(what: string, path: string, cause: unknown): ArrasError {
  return new ArrasError("output-failed", {
    message: `What is needed for --resume cannot be ${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
    action: "Make room, let this user write there, or name another folder (--state-dir).",
    place: { path },
    cause,
  });
}
