// The command that goes on with a session: what its user would have to type. Pure.
import type { AccessSettings } from "../host/access-settings.ts";
import type { RenderSettings } from "./settings.ts";

export function resumeCommand(settings: RenderSettings, sessionId: string): string {
  const { coordinators, access, stateDir, outputs, json } = settings;
  const words = [
    "arras-render",
    "--resume",
    sessionId,
    ...farmWords(coordinators),
    ...accessWords(access),
    ...(stateDir === undefined ? [] : ["--state-dir", stateDir]),
    ...outputs.flatMap(({ path }) => ["-o", path]),
    ...(outputs.length === 0 && json ? ["--json"] : []),
  ];
  return words.map(quotedForShell).join(" ");
}

function farmWords(coordinators: readonly string[]): string[] {
  if (coordinators.length !== 1) return coordinators.length === 0 ? [] : ["--host", coordinators.join(",")];
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(coordinators[0] ?? "") ?? [];
  return ["--host", host.replace(/^\[|\]$/g, ""), "--port", port];
}

/** What came from the environment comes from there again. */
function accessWords({ tls, token }: AccessSettings): string[] {
  const files = [tls?.ca, tls?.identity?.cert, tls?.identity?.key, token?.t === "file" ? token : undefined];
  const words = files.flatMap((file) => (file?.setting.startsWith("--") ? [file.setting, file.path] : []));
  return tls !== undefined && tls.ca === undefined ? ["--tls", ...words] : words;
}

function quotedForShell(word: string): string {
  return /^[\w./:=,+@%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
