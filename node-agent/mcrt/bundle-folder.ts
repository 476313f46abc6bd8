// Where the scene's files are that the agent fetches for this computation: known when it says so.
import { join } from "node:path";
import { bundlePathMistake } from "../../proto/bundle-path.ts";
import { errorFromMessage } from "../../proto/error-message.ts";
import { ArrasError } from "../../proto/errors.ts";
import type { RenderSpec } from "../../proto/gen/arras/v1/scene_pb.ts";
import type { AgentNote } from "../../proto/launch-order.ts";

export type BundleNote = Extract<AgentNote, { t: "bundle" | "bundle-failed" }>;

export class BundleFolder {
  #note: BundleNote | undefined;
  readonly #waiting: ((note: BundleNote) => void)[] = [];

  /** The agent says it once; what it says again is the newest. */
  told(note: BundleNote): void {
    this.#note = note;
    for (const waiting of this.#waiting.splice(0)) waiting(note);
  }

  /**
   * The same with paths of this machine, as soon as they lead to files. It waits as long as the agent takes: that
   * answers in the end, or is gone, and then so is this process. Rejects with what kept the agent from it.
   */
  async located(render: RenderSpec): Promise<RenderSpec> {
    const { bundleSha256, scenePath, environmentPath } = render;
    if (bundleSha256 === "") return render;
    const note = this.#note ?? (await new Promise<BundleNote>((resolve) => this.#waiting.push(resolve)));
    if (note.sha256 !== bundleSha256) throw anotherBundle();
    if (note.t === "bundle-failed") throw failureOf(note);
    const isFile = environmentPath !== "" && environmentPath !== "none";
    return {
      ...render,
      scenePath: scenePath === "" ? "" : inside(note.folder, scenePath),
      environmentPath: isFile ? inside(note.folder, environmentPath) : environmentPath,
    };
  }
}

function inside(folder: string, path: string): string {
  const mistake = bundlePathMistake(path);
  if (mistake === undefined) return join(folder, path);
  throw new ArrasError("message-malformed", {
    message: `The session names a path of its bundle that ${mistake}`,
    action: "Compare software versions of client, coordinator and nodes.",
  });
}

function failureOf({ code, message, action, path }: Extract<BundleNote, { t: "bundle-failed" }>): ArrasError {
  const place: Record<string, string> = path === "" ? {} : { path };
  return errorFromMessage({ $typeName: "arras.v1.ErrorDetail", code, message, action, place });
}

function anotherBundle(): ArrasError {
  return new ArrasError("message-malformed", {
    message: "The agent fetched another bundle than the session's",
    action: "Compare software versions of coordinator and nodes.",
  });
}
