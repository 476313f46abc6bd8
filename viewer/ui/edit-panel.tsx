// The scene beside its picture: whose the last edit was, what was picked, camera, light, materials, objects; the edits as a
// file.
import type { SessionView } from "../live/session-view.ts";
import { editCount, noEdits } from "../state/edited-scene.ts";
import { CameraSection } from "./edit-camera.tsx";
import { LightSection } from "./edit-lights.tsx";
import { MaterialSection } from "./edit-materials.tsx";
import { ObjectSection } from "./edit-objects.tsx";
import { OverText } from "./over-text.tsx";
import { Picked } from "./picked.tsx";

export function EditPanel({ view }: { readonly view: SessionView }) {
  const { desk } = view;
  const scene = desk.scene.value;
  const { contents } = scene ?? {};
  if (scene === undefined || contents === undefined) return null;
  const mayEdit = view.mayEdit.value;
  const count = editCount(desk.edits.value);
  return (
    <aside class="edit" aria-label="Scene">
      <p class="quiet" role="status" title={`Epoch ${scene.epoch}`}>
        {lastEditText(scene.editor, desk.editor.value)}
      </p>
      <Picked desk={desk} />
      {mayEdit && <CameraSection desk={desk} />}
      {mayEdit && <LightSection desk={desk} contents={contents} />}
      {mayEdit && <MaterialSection desk={desk} contents={contents} />}
      {mayEdit && <ObjectSection desk={desk} contents={contents} />}
      {view.over.value !== undefined && (
        <p class="quiet over">
          <OverText over={view.over.value} />
        </p>
      )}
      {contents.isCut && <p class="quiet">The scene has more than can be listed here.</p>}
      <div class="row">
        <button type="button" onClick={() => void desk.saveEdits()} title="For arras-render --edits">
          Save edits
        </button>
        {mayEdit && (
          <button type="button" disabled={count === 0} onClick={() => desk.change(noEdits)}>
            Undo all edits
          </button>
        )}
      </div>
      {mayEdit && (
        <label title="What other viewers see beside your edits">
          <span>Your name</span>
          <input
            type="text"
            maxLength={64}
            value={desk.editor.value}
            onInput={(event) => desk.rename(event.currentTarget.value)}
          />
        </label>
      )}
    </aside>
  );
}

function lastEditText(editor: string, own: string): string {
  if (editor === "") return "Nobody has edited the scene.";
  return editor === own ? "The last edit is yours." : `Last edited by ${editor}.`;
}
