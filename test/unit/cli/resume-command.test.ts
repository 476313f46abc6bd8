import { expect, it } from "vitest";
import { resumeCommand } from "../../../cli/resume-command.ts";
import { readCommand } from "../../../cli/settings.ts";

function commandOf(...args: string[]): string {
  const command = readCommand(args);
  if (command.t !== "render") throw new Error("a render was expected");
  return resumeCommand(command.settings, "id-1");
}

it("a render on this machine -> its id and its files", () => {
  expect(commandOf("s.glb", "-o", "a.exr", "-o", "b.png", "--spp", "9")).toBe(
    "arras-render --resume id-1 -o a.exr -o b.png",
  );
  expect(commandOf("s.glb", "--json")).toBe("arras-render --resume id-1 --json");
});

it("on a farm, with a folder of its own, and names that a shell would take apart -> so that it can be pasted", () => {
  expect(commandOf("s.glb", "-o", "my shot's.exr", "--host", "::1", "--port", "99", "--state-dir", "/a b")).toBe(
    "arras-render --resume id-1 --host ::1 --port 99 --state-dir '/a b' -o 'my shot'\\''s.exr'",
  );
  const access = ["--token-file", "t", "--ca", "ca.pem"];
  expect(commandOf("s.glb", "--json", "--host", "a", ...access)).toBe(
    "arras-render --resume id-1 --host a --port 8888 --ca ca.pem --token-file t --json",
  );
  expect(commandOf("s.glb", "--json", "--host", "a", "--tls")).toContain("--port 8888 --tls --json");
  expect(commandOf("s.glb", "--json", "--host", "a:1,b:2")).toBe("arras-render --resume id-1 --host a:1,b:2 --json");
});
