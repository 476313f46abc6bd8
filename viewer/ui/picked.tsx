// What is under the pixel that was picked.
import type { SceneDesk } from "../live/scene-desk.ts";
import { pickRows } from "../state/pick-text.ts";

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
