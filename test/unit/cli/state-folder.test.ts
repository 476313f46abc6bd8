import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { stateFolder } from "../../../cli/state-folder.ts";

it("option, then our variable, then the user's folder of state, then its usual place", () => {
  const environment = { ARRAS_STATE_DIR: "/ours", XDG_STATE_HOME: "/state" };
  expect(stateFolder("here", environment, "/home/me")).toBe(resolve("here"));
  expect(stateFolder(undefined, environment, "/home/me")).toBe("/ours");
  expect(stateFolder(undefined, { ...environment, ARRAS_STATE_DIR: "" }, "/home/me")).toBe("/state/arras-render");
  const usual = join("/home/me", ".local", "state", "arras-render");
  expect([
    stateFolder(undefined, {}, "/home/me"),
    stateFolder(undefined, { XDG_STATE_HOME: "relative" }, "/home/me"),
  ]).toEqual([usual, usual]);
});
