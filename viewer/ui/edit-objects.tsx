// Which objects are there, for camera and light alike.
import { useSignal } from "@preact/signals";
import type { SceneContents } from "../../proto/gen/arras/v1/edits_pb.ts";
import type { SceneDesk } from "../live/scene-desk.ts";
import { isHidden, withHidden } from "../state/edited-scene.ts";

/** A longer list is for searching in. */
const listedMax = 50;

interface ObjectSectionProps {
  readonly desk: SceneDesk;
  readonly contents: SceneContents;
}

export function ObjectSection({ desk, contents }: ObjectSectionProps) {
  const searched = useSignal("");
  const edits = desk.edits.value;
  const { objects } = contents;
  if (objects.length === 0) return null;
  const found = objects.filter(({ id }) => id.toLowerCase().includes(searched.value.toLowerCase()));
  return (
    <section aria-label="Objects">
      <h2>Objects</h2>
      {objects.length > listedMax && (
        <input
          type="search"
          aria-label="Search objects"
          placeholder={`${objects.length} objects`}
          value={searched.value}
          onInput={(event) => {
            searched.value = event.currentTarget.value;
          }}
        />
      )}
      <ul>
        {found.slice(0, listedMax).map(({ id }) => {
          const hidden = isHidden(id, edits);
          const isPicked = desk.picked.value?.object === id;
          return (
            <li key={id} class={isPicked ? "picked" : ""}>
              <label>
                <input type="checkbox" checked={!hidden} onChange={() => desk.change(withHidden(edits, id, !hidden))} />
                <span>{id}</span>
              </label>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
