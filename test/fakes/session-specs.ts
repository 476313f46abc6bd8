// What clients send: the session definition that ships for several computations, and a session with it.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { filmSpecToMessage } from "../../proto/film-spec-message.ts";
import { type SessionSpec, SessionSpecSchema } from "../../proto/gen/arras/v1/session_pb.ts";
import { fakeRender, smallFilm } from "./films.ts";

const path = fileURLToPath(new URL("../../deploy/sessions/mcrt_progressive_n.sessiondef", import.meta.url));

export const definitionJson = readFileSync(path, "utf8");

/** A few samples of a small film by the fake renderer on one computation. */
export function smallSpec({ queueTimeoutMs = 0 } = {}): SessionSpec {
  return create(SessionSpecSchema, {
    definitionJson,
    definitionSource: "test",
    render: fakeRender(),
    film: filmSpecToMessage(smallFilm()),
    budget: { spp: 4 },
    mcrtCountMin: 1,
    mcrtCountMax: 1,
    queueTimeoutMs,
  });
}
