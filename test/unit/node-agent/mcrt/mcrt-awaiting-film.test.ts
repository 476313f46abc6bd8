// An mcrt whose coordinator names the scene before there is a film: it loads, and says nothing until the merger is named.
import { describe, expect, it } from "vitest";
import { limits } from "../../../../proto/limits.ts";
import { unitOf } from "../../../fakes/films.ts";
import { settled } from "../../../fakes/settled.ts";
import { McrtStage } from "./mcrt-stage.ts";

const ready = ["notice a notice", "prepared", `credit ${limits.leasedUnitsMax}`];

describe("an mcrt that is sooner than the merger", () => {
  it("there is no merger yet -> the scene is loaded and nothing said of it; the merger is named -> ready at once", async () => {
    const stage = new McrtStage();
    stage.assign(1, "");
    await settled();
    expect([stage.said(), stage.openRenderers, stage.sinks]).toEqual([ready.slice(0, 1), ["renderer 0"], []]);
    stage.assign(1, "merger");
    expect([stage.said(), stage.openRenderers, stage.sinks]).toEqual([ready.slice(1), ["renderer 0"], ["merger"]]);
    stage.grant(unitOf(0));
    stage.renderings[0]!.finish();
    await settled();
    expect(stage.sent.map(({ sink }) => sink)).toEqual(["merger"]);
  });

  it("the merger is named while the scene is loaded -> ready when it is", async () => {
    const stage = new McrtStage();
    let load: () => void = () => {};
    stage.loading = new Promise((resolve) => {
      load = resolve;
    });
    stage.assign(1, "");
    await settled();
    stage.assign(1, "merger");
    await settled();
    expect(stage.said()).toEqual([]);
    load();
    await settled();
    expect([stage.said(), stage.sinks]).toEqual([ready, ["merger"]]);
  });
});
