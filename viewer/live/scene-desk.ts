// The session's scene on the page: what can be edited, the edits as this page has them, and what it asks for. Edits are
// shown here at once and sent with the browser's next picture, the newest alone; what others edit comes back and wins,
// unless this page is just at it.
import { computed, signal } from "@preact/signals";
import type { SceneEdits } from "../../proto/gen/arras/v1/edits_pb.ts";
import type { PickReply, ReadSceneReply } from "../../proto/gen/arras/v1/look_pb.ts";
import type { ViewerPicked } from "../../proto/gen/arras/v1/viewer_pb.ts";
import { type CameraPose, choiceOf, focused, poseOf } from "../state/camera.ts";
import { noEdits, sameEdits, withCamera } from "../state/edited-scene.ts";
import type { Point } from "../state/framing.ts";
import type { SessionLink } from "./session-link.ts";

/** What a pointer does on the picture. */
export type Tool = "look" | "camera" | "pick" | "focus";

/** For so long after an edit of its own the page's is the newer one: an echo of an older is on its way. */
const ownEditMs = 600;
const nameKey = "arras-editor";

export class SceneDesk {
  readonly scene = signal<ReadSceneReply | undefined>(undefined);
  readonly edits = signal<SceneEdits>(noEdits);
  readonly tool = signal<Tool>("look");
  readonly picked = signal<PickReply | undefined>(undefined);
  /** Who this is, for the others. */
  readonly editor = signal(rememberedName());
  readonly pose = computed<CameraPose | undefined>(() => {
    const { contents } = this.scene.value ?? {};
    return poseOf(contents?.camera, this.edits.value.camera, contents?.bounds ?? []);
  });

  readonly #link: SessionLink;
  #isNamed = false;
  #isDue = false;
  #lastEditMs = Number.NEGATIVE_INFINITY;
  #pickIndex = 0;
  #pickPurpose: "show" | "focus" = "show";

  constructor(link: SessionLink) {
    this.#link = link;
  }

  /** The coordinator tells the scene: at first, and after each edit of anybody. */
  told(scene: ReadSceneReply): void {
    this.scene.value = scene;
    const isOwn = scene.editor === this.editor.peek() && performance.now() - this.#lastEditMs < ownEditMs;
    if (!isOwn) this.edits.value = scene.edits ?? noEdits;
  }

  /** Once for each connection: who this is. */
  introduce(): void {
    if (!this.#isNamed) this.#tellName();
  }

  /** The connection is new: who this is has to be said again. */
  connected(): void {
    this.#isNamed = false;
  }

  /** What was asked for last could not be done: back to what is rendered. */
  refused(): void {
    this.edits.value = this.scene.peek()?.edits ?? noEdits;
  }

  /** Tools that change something are laid down; when it is over, those that ask something too. */
  endEditing(isOver: boolean): void {
    if (isOver || this.tool.peek() !== "pick") this.tool.value = "look";
  }

  rename(name: string): void {
    this.editor.value = name.slice(0, 64);
    localStorage.setItem(nameKey, name);
    this.#tellName();
  }

  change(next: SceneEdits): void {
    if (sameEdits(next, this.edits.peek())) return;
    this.edits.value = next;
    this.#lastEditMs = performance.now();
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#lastEditMs = performance.now();
      this.#link.ask({ case: "edits", value: this.edits.peek() });
    });
  }

  /** `move`: from where it is now. */
  moveCamera(move: (pose: CameraPose) => CameraPose): void {
    const pose = this.pose.peek();
    if (pose !== undefined) this.change(withCamera(this.edits.peek(), choiceOf(move(pose))));
  }

  resetCamera(): void {
    this.change(withCamera(this.edits.peek(), undefined));
  }

  /** Film pixel. `focus`: the camera is focused there. */
  pick({ x, y }: Point, purpose: "show" | "focus"): void {
    this.#pickIndex += 1;
    this.#pickPurpose = purpose;
    this.#link.ask({
      case: "pick",
      value: { $typeName: "arras.v1.ViewerPick", requestIndex: this.#pickIndex, x, y },
    });
  }

  toldPick({ requestIndex, picked }: ViewerPicked): void {
    // An older one was overtaken.
    if (requestIndex !== this.#pickIndex || picked === undefined) return;
    if (this.#pickPurpose === "show") this.picked.value = picked;
    else if (picked.isHit) this.moveCamera((pose) => focused(pose, picked.depth));
  }

  /** A file that `arras-render --edits` takes. */
  async saveEdits(): Promise<void> {
    // Fetched when it is needed: its checks are larger than the rest of the page.
    const { editsToText } = await import("../../proto/edits-file.ts");
    const url = URL.createObjectURL(new Blob([editsToText(this.edits.peek())], { type: "application/json" }));
    const anchor = document.createElement("a");
    anchor.href = url;
    anchor.download = "edits.json";
    anchor.click();
    URL.revokeObjectURL(url);
  }

  #tellName(): void {
    this.#isNamed = true;
    this.#link.ask({ case: "editor", value: this.editor.peek() });
  }
}

function rememberedName(): string {
  const remembered = localStorage.getItem(nameKey);
  if (remembered !== null && remembered !== "") return remembered;
  // Told apart from others until somebody gives a name.
  return `viewer-${Math.floor(Math.random() * 0x10000)
    .toString(16)
    .padStart(4, "0")}`;
}
