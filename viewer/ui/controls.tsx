// How the picture is looked at: output, comparison, exposure, gamma, tone, channel, zoom, quality.
import type { SessionView } from "../live/session-view.ts";
import { comparable } from "../state/commands.ts";
import { shownOutput } from "../state/outputs.ts";
import {
  type Channel,
  channels,
  exposureStopsMax,
  gammaMax,
  gammaMin,
  mayBePicture,
  type Quality,
  qualities,
  snapshotName,
  type Tone,
  tones,
} from "../state/view-choices.ts";
import { Choice } from "./choice.tsx";
import { Denoise } from "./denoise.tsx";
import { Slider } from "./slider.tsx";

const toneTexts: Readonly<Record<Tone, string>> = { srgb: "sRGB", filmic: "Filmic", "false-color": "False colour" };
const channelTexts: Readonly<Record<Channel, string>> = {
  rgb: "All",
  r: "Red",
  g: "Green",
  b: "Blue",
  a: "Alpha",
  luminance: "Luminance",
};
const qualityTexts: Readonly<Record<Quality, string>> = { auto: "Automatic", half: "Half float", webp: "WebP" };

export function nameText(name: string): string {
  return name === snapshotName ? "Snapshot" : shownOutput(name).label;
}

export function Controls({ view }: { readonly view: SessionView }) {
  const choices = view.choices.value;
  const outputs = view.outputs.value;
  const { output, compared, exposureStops, gamma, tone, channel } = choices;
  const others = comparable(choices, outputs, view.hasSnapshot.value).filter((name) => name !== undefined);
  return (
    <div class="controls" role="toolbar" aria-label="View">
      <Choice label="Output" value={output} texts={named(outputs)} onChoose={(name) => view.choose({ output: name })} />
      <Choice
        label="Compare"
        value={compared ?? ""}
        texts={{ "": "–", ...named(others) }}
        onChoose={(name) => view.choose({ compared: name === "" ? undefined : name })}
      />
      <Denoise view={view} />
      <button type="button" onClick={() => view.takeSnapshot()}>
        Snapshot
      </button>
      <Slider
        label="Exposure"
        range={[-exposureStopsMax / 2, exposureStopsMax / 2, 0.1]}
        value={exposureStops}
        onChange={(stops) => view.choose({ exposureStops: stops })}
      />
      <Slider
        label="Gamma"
        range={[gammaMin, gammaMax, 0.05]}
        value={gamma}
        onChange={(value) => view.choose({ gamma: value })}
      />
      <Choice
        label="Tone"
        value={tone}
        texts={pick(tones, toneTexts)}
        onChoose={(name) => view.choose({ tone: name as Tone })}
      />
      <Choice
        label="Channel"
        value={channel}
        texts={pick(channels, channelTexts)}
        onChoose={(name) => view.choose({ channel: name as Channel })}
      />
    </div>
  );
}

export function QualityChoice({ view }: { readonly view: SessionView }) {
  const choices = view.choices.value;
  return (
    <Choice
      label="Sent as"
      value={choices.quality}
      texts={pick(qualities, qualityTexts)}
      hint={mayBePicture(choices) ? "" : "What is shown now needs numbers, so it comes as half floats."}
      onChoose={(name) => view.choose({ quality: name as Quality })}
    />
  );
}

export function Zoom({ view }: { readonly view: SessionView }) {
  const percent = Math.round(100 * view.framing.value.scale * devicePixelRatio);
  return (
    <div class="zoom">
      <button type="button" aria-label="Zoom out" onClick={() => view.obey("zoom-out")}>
        −
      </button>
      <output aria-label="Zoom">{percent}%</output>
      <button type="button" aria-label="Zoom in" onClick={() => view.obey("zoom-in")}>
        +
      </button>
      <button type="button" onClick={() => view.obey("fit")}>
        Fit
      </button>
      <button type="button" onClick={() => view.obey("one-to-one")}>
        1:1
      </button>
    </div>
  );
}

function named(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, nameText(name)]));
}

function pick<T extends string>(names: readonly T[], texts: Readonly<Record<T, string>>): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, texts[name]]));
}
