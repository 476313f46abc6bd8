// Programs of this machine, run for their answer.
import { expect, it } from "vitest";
import { runBounded } from "../../node-agent/bounded-command.ts";

const node = (script: string, timeoutMs = 30_000) =>
  runBounded([process.execPath, "-e", script], { timeoutMs, environment: { A: "b" } });

it("it ends -> its exit code and what it said; its environment is the one given, its input is empty", async () => {
  const script =
    "process.stdin.on('end', () => { console.log(JSON.stringify(process.env)); process.exit(3); }).resume()";
  expect(await node(script)).toEqual({ t: "ended", exitCode: 3, output: '{"A":"b"}\n' });
});

it("words that a shell would read -> reach it as they are", async () => {
  const outcome = await runBounded([process.execPath, "-e", "console.log(process.argv[1])", "$(reboot); *"], {
    timeoutMs: 30_000,
    environment: {},
  });
  expect(outcome).toEqual({ t: "ended", exitCode: 0, output: "$(reboot); *\n" });
});

it.each([
  ["is not there", () => runBounded(["/no/such/program"], { timeoutMs: 1000, environment: {} }), /ENOENT/],
  ["never ends", () => node("setInterval(() => {}, 1000)", 300), /no end within 300 ms/],
  ["says too much", () => node("process.stdout.write('x'.repeat(1e6)); setInterval(() => {}, 1000)"), /MAXBUFFER/],
  ["dies of a signal", () => node("process.kill(process.pid, 'SIGABRT')"), /SIGABRT/],
])("a program that %s -> failed, and why", async (_, run, reason) => {
  expect(await run()).toEqual({ t: "failed", reason: expect.stringMatching(reason) });
});
