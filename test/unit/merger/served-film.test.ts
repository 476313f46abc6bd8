// The film that a launch order names, opened before anybody asks for it.
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Merger } from "../../../merger/merger.ts";
import { openOrderedFilm } from "../../../merger/served-film.ts";
import { filmSpecToMessage } from "../../../proto/film-spec-message.ts";
import { LaunchOrderSchema } from "../../../proto/gen/arras/v1/node_pb.ts";
import { FakeClock } from "../../fakes/fake-clock.ts";
import { smallFilm } from "../../fakes/films.ts";
import { silentLog } from "../../fakes/silent-log.ts";

const film = filmSpecToMessage(smallFilm());

function opened(order: Parameters<typeof create<typeof LaunchOrderSchema>>[1]): Merger {
  const merger = new Merger(new FakeClock());
  openOrderedFilm(create(LaunchOrderSchema, order), merger, silentLog);
  return merger;
}

describe("a launch order", () => {
  it("names a film -> it is open, and who opens the same finds it so", () => {
    const merger = opened({ film, filmEpoch: 3 });
    const { state } = merger;
    expect(state).toMatchObject({ epoch: 3, spec: smallFilm() });
    merger.open(3, smallFilm());
    expect(merger.state).toBe(state);
  });

  it("names none -> none is open, and any can be opened", () => {
    const merger = opened({});
    expect(merger.state).toBeUndefined();
    merger.open(1, smallFilm());
    expect(merger.state?.epoch).toBe(1);
  });

  it.each([
    ["no epoch", { film, filmEpoch: 0 }],
    ["no size", { film: { ...film, widthPx: 0 }, filmEpoch: 1 }],
  ])("names one that has %s -> none is open, and OpenFilm says why", (_, order) => {
    expect(opened(order).state).toBeUndefined();
  });
});
