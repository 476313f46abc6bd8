// Which browser --gui opens, by what the environment says.
import { expect, it } from "vitest";
import { browserProgram } from "../../../cli/browser-choice.ts";

it.each([
  ["a desktop with X", "linux", { DISPLAY: ":0" }, "xdg-open"],
  ["a desktop with Wayland", "linux", { WAYLAND_DISPLAY: "wayland-0" }, "xdg-open"],
  ["macOS", "darwin", {}, "open"],
  ["a machine without a display", "linux", {}, undefined],
  ["a display that is named by nothing", "linux", { DISPLAY: "" }, undefined],
  ["a login by ssh with X forwarded", "linux", { DISPLAY: ":10", SSH_CONNECTION: "a 1 b 22" }, undefined],
  ["a login by ssh on macOS", "darwin", { SSH_TTY: "/dev/ttys001" }, undefined],
  ["a browser that is named", "linux", { BROWSER: "firefox" }, "firefox"],
  ["a browser that is named, over ssh", "linux", { BROWSER: "w3m", SSH_TTY: "/dev/pts/1" }, "w3m"],
  ["no browser wanted", "linux", { BROWSER: "none", DISPLAY: ":0" }, undefined],
])("%s -> the right program", (_, platform, environment, program) => {
  expect(browserProgram(platform, environment)).toBe(program);
});
