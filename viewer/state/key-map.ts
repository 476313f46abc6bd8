// Which key does what: the table that the keyboard obeys and that `?` shows.

export type Command =
  | "exposure-up"
  | "exposure-down"
  | "gamma-up"
  | "gamma-down"
  | "display-plain"
  | "tone-next"
  | "channel-rgb"
  | "channel-r"
  | "channel-g"
  | "channel-b"
  | "channel-a"
  | "channel-luminance"
  | "output-next"
  | "output-previous"
  | "compare-next"
  | "denoise"
  | "snapshot"
  | "fit"
  | "one-to-one"
  | "zoom-in"
  | "zoom-out"
  | "pan-left"
  | "pan-right"
  | "pan-up"
  | "pan-down"
  | "pause"
  | "restart"
  | "more-samples"
  | "region"
  | "region-alone"
  | "no-region"
  | "panels"
  | "help";

export interface KeyRow {
  /** As KeyboardEvent.key says; several do the same. */
  readonly keys: readonly string[];
  readonly command: Command;
  readonly text: string;
}

export const keyRows: readonly KeyRow[] = [
  { keys: ["e"], command: "exposure-up", text: "Exposure up, half a stop" },
  { keys: ["E"], command: "exposure-down", text: "Exposure down, half a stop" },
  { keys: ["g"], command: "gamma-up", text: "Gamma up, a tenth" },
  { keys: ["G"], command: "gamma-down", text: "Gamma down, a tenth" },
  { keys: ["0"], command: "display-plain", text: "Exposure, gamma, tone and channel as at first" },
  { keys: ["t"], command: "tone-next", text: "Next tone: sRGB, filmic, false colour" },
  { keys: ["1"], command: "channel-rgb", text: "All channels" },
  { keys: ["2"], command: "channel-r", text: "Red" },
  { keys: ["3"], command: "channel-g", text: "Green" },
  { keys: ["4"], command: "channel-b", text: "Blue" },
  { keys: ["5"], command: "channel-a", text: "Alpha" },
  { keys: ["6"], command: "channel-luminance", text: "Luminance" },
  { keys: ["."], command: "output-next", text: "Next output" },
  { keys: [","], command: "output-previous", text: "Previous output" },
  { keys: ["c"], command: "compare-next", text: "Compare with the next output or the snapshot" },
  { keys: ["n"], command: "denoise", text: "Denoise, or not" },
  { keys: ["k"], command: "snapshot", text: "Keep a snapshot to compare with" },
  { keys: ["f"], command: "fit", text: "Fit to the page" },
  { keys: ["z"], command: "one-to-one", text: "One to one" },
  { keys: ["+", "="], command: "zoom-in", text: "Zoom in" },
  { keys: ["-"], command: "zoom-out", text: "Zoom out" },
  { keys: ["ArrowLeft"], command: "pan-left", text: "Look left" },
  { keys: ["ArrowRight"], command: "pan-right", text: "Look right" },
  { keys: ["ArrowUp"], command: "pan-up", text: "Look up" },
  { keys: ["ArrowDown"], command: "pan-down", text: "Look down" },
  { keys: ["p"], command: "pause", text: "Pause, or resume" },
  { keys: ["N"], command: "restart", text: "Render it again, from the first sample" },
  { keys: ["b"], command: "more-samples", text: "Twice as many samples for each pixel" },
  { keys: ["x"], command: "region", text: "Drag a rectangle that comes first (or: arrows, Shift+arrows, Enter)" },
  { keys: ["X"], command: "region-alone", text: "Render only the rectangle; again: the rest too" },
  { keys: ["Escape"], command: "no-region", text: "No rectangle: the whole frame" },
  { keys: ["h"], command: "panels", text: "Hide or show the controls" },
  { keys: ["?"], command: "help", text: "This list" },
];

/** With the camera tool, as in Arras; they come before those above. */
export const cameraKeyRows: readonly { readonly keys: readonly string[]; readonly text: string }[] = [
  { keys: ["w", "s"], text: "Fly forward, back" },
  { keys: ["a", "d"], text: "Fly left, right" },
  { keys: ["Space", "c"], text: "Fly up, down" },
  { keys: ["q", "e"], text: "Slower, faster" },
  { keys: ["u"], text: "Level" },
  { keys: ["r"], text: "Camera as at first" },
];

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** undefined: the browser's. */
export function commandOf({ key, ctrlKey, metaKey, altKey }: KeyPress): Command | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  return keyRows.find(({ keys }) => keys.includes(key))?.command;
}

/** For people. */
export function keyText(key: string): string {
  return { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" }[key] ?? key;
}
