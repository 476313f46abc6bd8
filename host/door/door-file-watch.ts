// The files of a door while it is open: read again when one of them has changed, so that a certificate is renewed and a
// token given or taken away without a restart. What cannot be used is told, and the door stays as it was.
import { statSync } from "node:fs";
import { ArrasError, ArrasErrors } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";
import type { Clock, Timer } from "../clock.ts";
import type { Log } from "../log.ts";
import { type DoorFileSettings, type DoorFiles, readDoorFiles } from "./door-files.ts";

export interface DoorFileSurroundings {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  wallClockMs(): number;
  readonly log: Log;
  /** From now on these hold. */
  renewed(files: DoorFiles): void;
}

export class DoorFileWatch {
  readonly #settings: DoorFileSettings;
  readonly #world: DoorFileSurroundings;
  readonly #paths: readonly string[];
  #files: DoorFiles;
  #state: string;
  #timer: Timer | undefined;

  /** `files`: as they were read for the door. */
  constructor(settings: DoorFileSettings, files: DoorFiles, world: DoorFileSurroundings) {
    this.#settings = settings;
    this.#world = world;
    this.#files = files;
    const { tls, tokens } = settings;
    this.#paths = [tls?.cert, tls?.key, tls?.ca, tls?.clientCa, tokens].flatMap((file) => file?.path ?? []);
    this.#state = this.#stateOfFiles();
    this.#wait();
  }

  end(): void {
    this.#timer?.cancel();
  }

  /** At once, whether they have changed or not. */
  readAgain(): void {
    const { log } = this.#world;
    this.#state = this.#stateOfFiles();
    try {
      const files = readDoorFiles(this.#settings, this.#world.wallClockMs());
      // Running computations know the present one, and would not find back to this door.
      if (files.tls?.authority !== this.#files.tls?.authority) throw otherAuthority(this.#settings.tls?.cert.path);
      this.#files = files;
      this.#world.renewed(files);
      log.info({ files: this.#paths }, "certificates and tokens are read again");
    } catch (thrown) {
      const errors = thrown instanceof ArrasErrors ? thrown.errors : [ArrasError.from(thrown)];
      for (const { code, message, action } of errors)
        log.error({ code }, `${message}. The door stays as it was. ${action}`);
    }
  }

  #wait(): void {
    if (this.#paths.length === 0) return;
    this.#timer = this.#world.clock.after(limits.doorFilesLookIntervalMs, () => {
      // Written one after the other: what does not fit together yet is told, and read again when the next has come.
      if (this.#stateOfFiles() !== this.#state) this.readAgain();
      this.#wait();
    });
  }

  /** Through links, which is how Kubernetes replaces a secret. */
  #stateOfFiles(): string {
    return this.#paths
      .map((path) => {
        const found = statSync(path, { throwIfNoEntry: false });
        return found === undefined ? "" : `${found.dev}:${found.ino}:${found.size}:${found.mtimeMs}`;
      })
      .join(" ");
  }
}

function otherAuthority(path = ""): ArrasError {
  return new ArrasError("usage", {
    message: `The file ${path} now holds a certificate of another authority than the door began with`,
    action: "Start the coordinators again, one after the other, for a new authority.",
  });
}
