// One material at a time: base colour, roughness, metalness.
import { useSignal } from "@preact/signals";
import type { SceneContents } from "../../proto/gen/arras/v1/edits_pb.ts";
import type { SceneDesk } from "../live/scene-desk.ts";
import { colorOf, reflectanceHex } from "../state/colors.ts";
import { materialNow, withMaterial, withPlainMaterial } from "../state/edited-scene.ts";
import { Choice } from "./choice.tsx";
import { Slider } from "./slider.tsx";

interface MaterialSectionProps {
  readonly desk: SceneDesk;
  readonly contents: SceneContents;
}

export function MaterialSection({ desk, contents }: MaterialSectionProps) {
  const chosen = useSignal<string | undefined>(undefined);
  const { materials } = contents;
  // What was picked is what is meant, until something is chosen by hand.
  const wanted = chosen.value ?? desk.picked.value?.material;
  const material = materials.find(({ id }) => id === wanted) ?? materials[0];
  if (material === undefined) return null;
  const edits = desk.edits.value;
  const { id } = material;
  const { baseColor, roughness, metallic } = materialNow(material, edits);
  const isEdited = edits.materials.some((edit) => edit.id === id);
  return (
    <section aria-label="Material">
      <h2>Material</h2>
      <Choice
        label="Material"
        value={id}
        texts={Object.fromEntries(materials.map((each) => [each.id, each.id]))}
        onChoose={(name) => {
          chosen.value = name;
        }}
      />
      <label title="Textures are multiplied by it">
        <span>Base colour</span>
        <input
          type="color"
          value={reflectanceHex(baseColor)}
          onInput={(event) => desk.change(withMaterial(edits, id, { baseColor: colorOf(event.currentTarget.value) }))}
        />
      </label>
      <Slider
        label="Roughness"
        range={[0, 1, 0.01]}
        value={roughness}
        onChange={(value) => desk.change(withMaterial(edits, id, { roughness: value }))}
      />
      <Slider
        label="Metalness"
        range={[0, 1, 0.01]}
        value={metallic}
        onChange={(value) => desk.change(withMaterial(edits, id, { metallic: value }))}
      />
      <button type="button" disabled={!isEdited} onClick={() => desk.change(withPlainMaterial(edits, id))}>
        As in the file
      </button>
    </section>
  );
}
