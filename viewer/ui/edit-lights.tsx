// Light: the environment turned, tinted, off; each light's colour, strength, on and off.

import type { LightContents, SceneContents } from "../../proto/gen/arras/v1/edits_pb.ts";
import type { SceneDesk } from "../live/scene-desk.ts";
import { colorOf, hueHex, strengthOf } from "../state/colors.ts";
import { lightNow, withEnvironment, withLight } from "../state/edited-scene.ts";
import { numberText } from "../state/pixel-text.ts";
import { Slider } from "./slider.tsx";

const stopsMax = 8;

interface LightSectionProps {
  readonly desk: SceneDesk;
  readonly contents: SceneContents;
}

export function LightSection({ desk, contents }: LightSectionProps) {
  if (!contents.hasEnvironment && contents.lights.length === 0) return null;
  return (
    <section aria-label="Light">
      <h2>Light</h2>
      {contents.hasEnvironment && <Environment desk={desk} />}
      {contents.lights.map((light) => (
        <Light key={light.id} desk={desk} light={light} />
      ))}
    </section>
  );
}

function Environment({ desk }: { readonly desk: SceneDesk }) {
  const edits = desk.edits.value;
  const { rotationDeg, tint } = edits.environment ?? {};
  const isOff = tint !== undefined && strengthOf(tint) === 0;
  return (
    <fieldset>
      <legend>Environment</legend>
      <label>
        <input
          type="checkbox"
          checked={!isOff}
          onChange={() => desk.change(withEnvironment(edits, { tint: isOff ? undefined : colorOf("#000000") }))}
        />
        <span>On</span>
      </label>
      <Slider
        label="Turned"
        range={[-180, 180, 1]}
        value={rotationDeg ?? 0}
        text={rotationDeg === undefined ? "as is" : `${Math.round(rotationDeg)}°`}
        onChange={(degrees) => desk.change(withEnvironment(edits, { rotationDeg: degrees }))}
      />
      <Shade
        label="Environment"
        hex={hueHex(tint)}
        strength={tint === undefined ? 1 : strengthOf(tint)}
        plainStrength={1}
        isOff={isOff}
        onChange={(hex, strength) => desk.change(withEnvironment(edits, { tint: colorOf(hex, strength) }))}
      />
    </fieldset>
  );
}

function Light({ desk, light }: { readonly desk: SceneDesk; readonly light: LightContents }) {
  const edits = desk.edits.value;
  const { intensity, isOff } = lightNow(light, edits);
  return (
    <fieldset>
      <legend title={light.kind}>{light.id}</legend>
      <label>
        <input
          type="checkbox"
          checked={!isOff}
          onChange={() => desk.change(withLight(edits, light.id, { off: !isOff }))}
        />
        <span>On</span>
      </label>
      <Shade
        label={light.id}
        hex={hueHex(intensity)}
        strength={strengthOf(intensity)}
        plainStrength={strengthOf(light.intensity) || 1}
        isOff={isOff}
        onChange={(hex, strength) => desk.change(withLight(edits, light.id, { intensity: colorOf(hex, strength) }))}
      />
    </fieldset>
  );
}

interface ShadeProps {
  readonly label: string;
  readonly hex: string;
  readonly strength: number;
  /** In the middle of the slider: the file's. */
  readonly plainStrength: number;
  readonly isOff: boolean;
  onChange(hex: string, strength: number): void;
}

/** Colour, and strength: the file's in the middle, eight stops to each side. */
function Shade({ label, hex, strength, plainStrength, isOff, onChange }: ShadeProps) {
  const stops = Math.max(-stopsMax, Math.min(stopsMax, Math.log2(strength / plainStrength)));
  return (
    <div class="row">
      <input
        type="color"
        aria-label={`Colour of ${label}`}
        value={hex}
        disabled={isOff}
        onInput={(event) => onChange(event.currentTarget.value, strength)}
      />
      <Slider
        label="Strength"
        range={[-stopsMax, stopsMax, 0.1]}
        value={stops}
        text={numberText(strength, false)}
        isDisabled={isOff}
        onChange={(value) => onChange(hex, plainStrength * 2 ** value)}
      />
    </div>
  );
}
