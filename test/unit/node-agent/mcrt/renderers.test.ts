// Which renderers an mcrt makes.
import { expect, it } from "vitest";
import { makeAllowedRenderer, makeRenderer } from "../../../../node-agent/mcrt/renderers.ts";
import { fakeRender } from "../../../fakes/films.ts";

it("a renderer that the node allows -> made; one that it has and does not allow, or has not -> renderer-missing", () => {
  expect(makeAllowedRenderer(fakeRender(), ["embree", "fake"]).capabilities().name).toBe("fake");
  expect(() => makeAllowedRenderer(fakeRender(), ["embree"])).toThrow(/does not allow the renderer "fake"/);
  expect(() => makeAllowedRenderer(fakeRender(), [])).toThrow(expect.objectContaining({ code: "renderer-missing" }));
  for (const renderer of ["moonray", "__proto__", ""])
    expect(() => makeRenderer({ ...fakeRender(), renderer })).toThrow(/has no renderer/);
});
