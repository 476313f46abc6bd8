import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { freshSession, resumedSession } from "../../../../coordinator/checkpoints/resumed-session.ts";
import { SessionSpecSchema } from "../../../../proto/gen/arras/v1/session_pb.ts";
import { digestOf, resumable } from "../../../fakes/resumable-sessions.ts";

const asked = (fields: MessageInitShape<typeof SessionSpecSchema> = {}) =>
  create(SessionSpecSchema, { resumeSessionId: "a", ...fields });

describe("a session that goes on with another", () => {
  it("nothing is said anew -> all as it was, with its checkpoints and its kind of machine", () => {
    const kept = resumable("a");
    const { spec, beginning } = resumedSession(asked(), kept);
    expect(beginning).toEqual({
      checkpoint: digestOf(1),
      formerCheckpoint: digestOf(2),
      instructionSet: "any",
      rendererBuild: "fake 1",
    });
    expect(spec).toMatchObject({ ...kept.session, resumeSessionId: "a" });
  });

  it("more samples, other checkpoints -> those; the rest of the budget stays", () => {
    const { spec } = resumedSession(asked({ budget: { spp: 64 }, checkpoints: { off: true } }), resumable("a"));
    expect(spec.budget).toMatchObject({ spp: 64, targetError: 0.5, sppMin: 8, durationMs: 0n });
    expect(spec.checkpoints?.off).toBe(true);
    expect(resumedSession(asked({ budget: { durationMs: 5n, spp: 16 } }), resumable("a")).spec.budget).toMatchObject({
      durationMs: 5n,
      spp: 16,
    });
  });

  it("a denoised picture is wanted now, or was then -> as now: it is this client that writes it", () => {
    for (const needsDenoiser of [true, false]) {
      const { session = create(SessionSpecSchema), ...kept } = resumable("a");
      const former = create(SessionSpecSchema, { ...session, needsDenoiser: !needsDenoiser });
      expect(resumedSession(asked({ needsDenoiser }), { ...kept, session: former }).spec).toMatchObject({
        needsDenoiser,
      });
    }
  });

  it("fewer samples than it had, or more than its film holds -> refused", () => {
    for (const spp of [15, 4097]) {
      expect(() => resumedSession(asked({ budget: { spp } }), resumable("a"))).toThrow(
        expect.objectContaining({ code: "limit-exceeded" }),
      );
    }
    expect(resumedSession(asked({ budget: { spp: 4096 } }), resumable("a")).spec.budget?.spp).toBe(4096);
  });

  it("a scene, a film or machines are given -> refused, though they may be the same", () => {
    const { render, film } = resumable("a").session ?? {};
    for (const more of [{ render }, { film }, { mcrtCountMax: 4 }, { definitionJson: "{}" }]) {
      expect(() =>
        resumedSession(create(SessionSpecSchema, { ...asked(), ...(more as object) }), resumable("a")),
      ).toThrow(expect.objectContaining({ code: "message-malformed" }));
    }
  });

  it("it was rendered with another version -> refused, with both named", () => {
    expect(() => resumedSession(asked(), resumable("a", { softwareVersion: "0.0.1" }))).toThrow(
      expect.objectContaining({ code: "session-state", message: expect.stringContaining('"0.0.1"') }),
    );
  });

  it("none is gone on with -> an empty film", () => {
    const spec = create(SessionSpecSchema, { definitionSource: "x" });
    const empty = { checkpoint: "", formerCheckpoint: "", instructionSet: "", rendererBuild: "" };
    expect(freshSession(spec)).toEqual({ spec, beginning: empty });
  });
});
