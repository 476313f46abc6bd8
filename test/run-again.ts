// Says at the end of a run how to run again what failed, each file by itself.
import { relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";

export class RunAgain implements Reporter {
  onTestRunEnd(files: readonly TestModule[]): void {
    const failed = files.filter((file) => !file.ok());
    if (failed.length > 0) process.stderr.write(`\nrun again:\n${failed.map(command).join("\n")}\n`);
  }
}

function command(file: TestModule): string {
  const run = `npx vitest run ${relative(process.cwd(), file.moduleId)}`;
  const [first, ...others] = file.children.allTests("failed");
  if (first === undefined || others.length > 0) return run;
  const pattern = first.name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return `${run} -t '${pattern.replaceAll("'", "'\\''")}'`;
}
