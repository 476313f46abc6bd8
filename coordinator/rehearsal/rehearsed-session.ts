// What is begun in a rehearsal: a frame by the fake renderer, as a client would submit it. Pure.
import { create } from "@bufbuild/protobuf";
import type { FilmSpec } from "../../proto/film-spec.ts";
import { filmSpecToMessage } from "../../proto/film-spec-message.ts";
import { type SessionSpec, SessionSpecSchema } from "../../proto/gen/arras/v1/session_pb.ts";

/** More than is ever rendered of it. */
const spp = 4096;

const definition = {
  name: "rehearsal",
  computations: {
    mcrt: {
      entry: "yes",
      dso: "libcomputation_progmcrt.so",
      requirements: { resources: { minCores: 1, maxCores: "*", memoryMB: 128 } },
    },
  },
};

export function rehearsedSession(film: FilmSpec): SessionSpec {
  return create(SessionSpecSchema, {
    definitionJson: JSON.stringify(definition),
    definitionSource: "rehearsal",
    render: { renderer: "fake", filter: "box", filterRadiusPx: 0.5, maxDepth: 4, rouletteDepth: 2 },
    film: filmSpecToMessage(film),
    budget: { spp },
    mcrtCountMin: 1,
    mcrtCountMax: 1,
    checkpoints: { off: true },
  });
}
