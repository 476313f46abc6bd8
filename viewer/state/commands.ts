// What a command changes of what is seen: choices and framing. Pure; the rest (snapshots, help) is the page's.
import { type Framing, fitted, oneToOne, type Point, panned, type Size, zoomed } from "./framing.ts";
import type { Command } from "./key-map.ts";
import { denoisedName } from "./outputs.ts";
import { changed, neighbour, snapshotName, tones, type ViewChoices, withPlainDisplay } from "./view-choices.ts";

const exposureStep = 0.5;
const gammaStep = 0.1;
const zoomStep = 1.25;
const panStepPx = 64;

export interface Seen {
  readonly outputs: readonly string[];
  readonly hasSnapshot: boolean;
}

export function choicesAfter(choices: ViewChoices, command: Command, { outputs, hasSnapshot }: Seen): ViewChoices {
  switch (command) {
    case "exposure-up":
      return changed(choices, { exposureStops: choices.exposureStops + exposureStep });
    case "exposure-down":
      return changed(choices, { exposureStops: choices.exposureStops - exposureStep });
    case "gamma-up":
      return changed(choices, { gamma: choices.gamma + gammaStep });
    case "gamma-down":
      return changed(choices, { gamma: choices.gamma - gammaStep });
    case "display-plain":
      return withPlainDisplay(choices);
    case "tone-next":
      return changed(choices, { tone: neighbour(tones, choices.tone, 1) });
    case "channel-rgb":
    case "channel-r":
    case "channel-g":
    case "channel-b":
    case "channel-a":
    case "channel-luminance":
      return changed(choices, { channel: command.slice("channel-".length) as ViewChoices["channel"] });
    case "output-next":
      return changed(choices, { output: neighbour(outputs, choices.output, 1) });
    case "output-previous":
      return changed(choices, { output: neighbour(outputs, choices.output, -1) });
    case "denoise":
      return outputs.includes(denoisedName) ? withDenoising(choices, !isDenoised(choices)) : choices;
    case "compare-next":
      return changed(choices, { compared: neighbour(comparable(choices, outputs, hasSnapshot), choices.compared, 1) });
    default:
      return choices;
  }
}

export function isDenoised({ output }: ViewChoices): boolean {
  return output === denoisedName;
}

/** The beauty denoised, in the place of what is shown; back to the beauty without. */
export function withDenoising(choices: ViewChoices, isWished: boolean): ViewChoices {
  return changed(choices, { output: isWished ? denoisedName : "beauty" });
}

/** What the wipe may show on its right, from nothing on. */
export function comparable({ output }: ViewChoices, outputs: readonly string[], hasSnapshot: boolean) {
  const others: (string | undefined)[] = [undefined, ...outputs.filter((name) => name !== output)];
  return hasSnapshot ? [...others, snapshotName] : others;
}

export interface Frame {
  readonly film: Size;
  readonly page: Size;
  readonly devicePixelRatio: number;
}

export function framingAfter(framing: Framing, command: Command, { film, page, devicePixelRatio }: Frame): Framing {
  const middle: Point = { x: page.width / 2, y: page.height / 2 };
  const by = (x: number, y: number) => panned(framing, { x: x * panStepPx, y: y * panStepPx }, film, page);
  switch (command) {
    case "fit":
      return fitted(film, page);
    case "one-to-one":
      return oneToOne(film, page, devicePixelRatio);
    case "zoom-in":
      return zoomed(framing, zoomStep, middle);
    case "zoom-out":
      return zoomed(framing, 1 / zoomStep, middle);
    case "pan-left":
      return by(1, 0);
    case "pan-right":
      return by(-1, 0);
    case "pan-up":
      return by(0, 1);
    case "pan-down":
      return by(0, -1);
    default:
      return framing;
  }
}
