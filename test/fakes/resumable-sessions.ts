// What is kept of a session that can be gone on with.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { resumableFormat } from "../../coordinator/checkpoints/resume-archive.ts";
import { filmSpecToMessage } from "../../proto/film-spec-message.ts";
import { type ResumableSession, ResumableSessionSchema } from "../../proto/gen/arras/v1/archive_pb.ts";
import { SessionSpecSchema } from "../../proto/gen/arras/v1/session_pb.ts";
import { softwareVersion } from "../../proto/version.ts";
import { fakeRender, smallFilm } from "./films.ts";
import { definitionJson } from "./session-specs.ts";

/** Digests are this digit sixty-four times. */
export const digestOf = (digit: number) => digit.toString(16).repeat(64).slice(0, 64);

export function resumable(
  sessionId: string,
  overrides: MessageInitShape<typeof ResumableSessionSchema> = {},
): ResumableSession {
  return create(ResumableSessionSchema, {
    format: resumableFormat,
    sessionId,
    session: create(SessionSpecSchema, {
      definitionJson,
      definitionSource: "test",
      render: fakeRender("", { scenePath: "/shots/a/scene.gltf" }),
      film: filmSpecToMessage(smallFilm()),
      budget: { spp: 16, targetError: 0.5, sppMin: 8 },
      mcrtCountMin: 1,
      mcrtCountMax: 1,
    }),
    checkpoint: digestOf(1),
    formerCheckpoint: digestOf(2),
    sizeBytes: 1000n,
    savedAtMs: 1_000_000n,
    instructionSet: "any",
    rendererBuild: "fake 1",
    softwareVersion,
    ...overrides,
  });
}
