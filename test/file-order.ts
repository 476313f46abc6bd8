// The order in which test files run: those that start processes and wait for them first, as they take the longest, so that
// at the end no worker waits for another's last file. Within both, vitest's own: by the last run's durations, or by size.
import { BaseSequencer, type TestSpecification } from "vitest/node";

const startingProcesses = /\/test\/(integration|browser)\//;

export class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => startingProcesses.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
