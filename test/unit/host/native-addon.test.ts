import { expect, it } from "vitest";
import { nativeAddon } from "../../../host/native-addon.ts";

it("an addon that was built -> it, the same one each time", () => {
  const addon = nativeAddon<{ readonly addInt32: unknown }>("film", "the film's addon");
  expect(addon.addInt32).toBeTypeOf("function");
  expect(nativeAddon("film", "the film's addon")).toBe(addon);
});

it("one that was not -> its code, where it should be, and how it gets there", () => {
  expect(() => nativeAddon("nothing", "the nothing", "renderer-missing")).toThrow(
    expect.objectContaining({
      code: "renderer-missing",
      message: expect.stringMatching(/^the nothing cannot be loaded: Cannot find module/),
      place: { path: expect.stringMatching(/build\/nothing\.node$/) },
      action: expect.stringContaining("make build"),
    }),
  );
});
