// What every archive of sessions must keep.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ResumeArchive } from "../../coordinator/checkpoints/resume-archive.ts";
import { digestOf, resumable } from "../fakes/resumable-sessions.ts";

export interface ArchiveUnderTest {
  readonly archive: ResumeArchive;
  /** Puts there what no archive of this version has written. */
  spoil(sessionId: string): Promise<void>;
  close(): Promise<void>;
}

export function resumeArchiveContract(name: string, makeArchive: () => Promise<ArchiveUnderTest>): void {
  describe(`${name} as an archive of sessions`, () => {
    let under: ArchiveUnderTest;
    let archive: ResumeArchive;
    beforeEach(async () => {
      under = await makeArchive();
      archive = under.archive;
    });
    afterEach(() => under.close());

    it("a session is put -> it comes back as it was; put again -> the newer one; removed -> gone", async () => {
      expect(await archive.get("a")).toBeUndefined();
      const session = resumable("a");
      await archive.put(session);
      expect(await archive.get("a")).toEqual(session);
      const newer = resumable("a", { checkpoint: digestOf(3), formerCheckpoint: "" });
      await archive.put(newer);
      expect(await archive.get("a")).toEqual(newer);
      await archive.remove("a");
      expect(await archive.get("a")).toBeUndefined();
      await archive.remove("a");
    });

    it("several are there -> all are listed; none -> none", async () => {
      expect(await archive.list()).toEqual([]);
      for (const id of ["a", "b-1", "c_2"]) await archive.put(resumable(id));
      await archive.remove("b-1");
      expect((await archive.list()).map(({ sessionId }) => sessionId).sort()).toEqual(["a", "c_2"]);
    });

    it("something else is there -> as good as absent, and replaced", async () => {
      await archive.put(resumable("sound"));
      await under.spoil("spoilt");
      expect(await archive.get("spoilt")).toBeUndefined();
      expect((await archive.list()).map(({ sessionId }) => sessionId)).toEqual(["sound"]);
      await archive.put(resumable("spoilt"));
      expect(await archive.get("spoilt")).toEqual(resumable("spoilt"));
    });

    it("what is no session's id -> not there", async () => {
      for (const id of ["", "../../etc/passwd", "a/b", "a.b", "*", "x".repeat(200)]) {
        expect(await archive.get(id)).toBeUndefined();
      }
    });
  });
}
