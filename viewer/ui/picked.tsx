// What is under the pixel that was picked: in the scene's panel, or by itself where that is closed.
import type { SceneDesk } from "../live/scene-desk.ts";
import { pickRows } from "../state/pick-text.ts";

export function PickSheet({ desk }: { readonly desk: SceneDesk }) {
  if (desk.tool.value !== "pick" || desk.picked.value === undefined) return null;
  return (
    <aside class="pick">
      <Picked desk={desk} />
    </aside>
  );
}

export function Picked({ desk }: { readonly desk: SceneDesk }) {
  const picked = desk.picked.value;
  if (picked === undefined) return null;
  return (
    <section aria-label="Picked" aria-live="polite">
      <h2>Picked</h2>
      <dl>
        {pickRows(picked).map(({ name, text }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
