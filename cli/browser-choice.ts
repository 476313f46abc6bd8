// Which program shows a page to who typed the command: decided from the environment alone. Pure.

/**
 * The program, which takes an address as its only argument. undefined: there is no browser here, or it is not wanted.
 * `BROWSER` goes before all else (`none`: no browser). Over ssh there is none: it would draw on this side of the link.
 */
export function browserProgram(
  platform: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const set = (name: string) => environment[name] !== undefined && environment[name] !== "";
  if (set("BROWSER")) return environment.BROWSER === "none" ? undefined : environment.BROWSER;
  if (set("SSH_CONNECTION") || set("SSH_TTY")) return undefined;
  if (platform === "darwin") return "open";
  return set("DISPLAY") || set("WAYLAND_DISPLAY") ? "xdg-open" : undefined;
}
