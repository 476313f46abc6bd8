// Opens a page in the browser of who typed the command. What an address carries may be secret, and arguments of programs
// are there for all users of a machine to read: so the browser gets a file of this user alone, which leads to the page.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export interface OpenedPage {
  /** The way to the page is gone; the page stays open. */
  close(): void;
}

/** Says so where it cannot: who typed the command has the address, too. */
export function openPage(program: string, address: string, say: (line: string) => void): OpenedPage {
  const folder = mkdtempSync(join(tmpdir(), "arras-page-"));
  const path = join(folder, "look.html");
  writeFileSync(path, leadingTo(address), { mode: 0o600 });
  const failed = (reason: string) => say(`${program} does not open the page (${reason}); open the address above.`);
  const browser = spawn(program, [pathToFileURL(path).href], { stdio: "ignore", detached: true });
  browser.once("error", (error) => failed(error.message));
  browser.once("exit", (code, signal) => {
    if (code !== 0) failed(signal ?? `exit code ${code}`);
  });
  // It may outlive the render.
  browser.unref();
  return { close: () => rmSync(folder, { recursive: true, force: true }) };
}

function leadingTo(address: string): string {
  const escaped = address.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>arras-render</title>
<meta http-equiv="refresh" content="0; url=${escaped}"><a href="${escaped}">The picture</a>
`;
}
