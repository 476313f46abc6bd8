// Whether a computation has passed its memory limit, and how that is said. Where no cgroup enforces the limit, this
// does; it counts the peak, so that what was taken and given back between two readings counts too, as with a cgroup.
import { ArrasError } from "../proto/errors.ts";

export interface MemoryReading {
  /** Now, of the process and of what it started, with what of it was swapped out. */
  readonly residentBytes: number;
  /** Most so far: of the process alone as the kernel saw it (VmHWM), or of all together now. */
  readonly peakBytes: number;
}

export function isOverLimit(limitBytes: number, reading: MemoryReading): boolean {
  return Math.max(reading.residentBytes, reading.peakBytes) > limitBytes;
}

export interface MemoryPlace {
  readonly session: string;
  readonly computation: string;
  readonly node: string;
  readonly host: string;
}

export function memoryExceeded(limitBytes: number, peakBytes: number, where: MemoryPlace): ArrasError {
  const { session, computation, node, host } = where;
  const group = computation.replace(/_i\d+$/, "");
  return new ArrasError("memory-exceeded", {
    message: `${computation} on ${host} passed its memory limit of ${megabytes(limitBytes)} MB (peak ${megabytes(peakBytes)} MB) and was ended`,
    action: `Raise ${group}'s memoryMB in the session definition (-s) above ${Math.ceil((peakBytes / 2 ** 20) * 1.25)}, or render a smaller scene.`,
    place: { session, computation, node },
  });
}

function megabytes(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 2 ** 20);
}
