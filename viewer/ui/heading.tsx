// What is rendered and how far it is; stop, save.
import { type Signal, useComputed, useSignal } from "@preact/signals";
import type { SessionView } from "../live/session-view.ts";
import { isFinal, type SessionModel } from "../state/session-model.ts";
import { durationText, errorText, linkText, samplesText, statusText } from "../state/session-text.ts";
import { KeptLinks, SavedAt } from "./kept-images.tsx";
import { OverText } from "./over-text.tsx";
import { Fact, SessionTitle } from "./session-title.tsx";
import { SteeringButtons } from "./steering.tsx";

interface HeadingProps {
  readonly view: SessionView;
  readonly path: string;
  readonly details: Signal<boolean>;
  readonly scene: Signal<boolean>;
  readonly help: Signal<boolean>;
}

export function Heading({ view, path, details, scene, help }: HeadingProps) {
  const model = view.model.value;
  const { film, session, progress, link } = model;
  const name = film?.sceneName || "session";
  const remainingMs = Number(progress?.remainingMs ?? 0);
  const isOver = isFinal(session?.state);
  return (
    <header>
      <SessionTitle sessionId={film?.sessionId} name={name} />
      <dl>
        <Fact name="State" value={statusText(session)} />
        <Fact name="Samples" value={samplesText(progress, film?.budgetSpp ?? 0)} />
        <Fact name="Error" value={errorText(progress?.error ?? 0)} />
        {!isOver && remainingMs > 0 && <Fact name="Left" value={durationText(remainingMs)} />}
        <Fact name="Link" value={linkText(link)} />
      </dl>
      <div class="actions">
        {film?.mayEdit === true && <SteeringButtons view={view} />}
        {film?.mayEdit === true && !isOver && <StopButton view={view} />}
        <a class="button" href={`${path}/preview.png`} download={`${name}.png`}>
          PNG
        </a>
        <a class="button" href={`${path}/picture.exr`} download={`${name}.exr`}>
          EXR
        </a>
        {view.desk.scene.value !== undefined && (
          <button type="button" aria-expanded={scene.value} onClick={() => toggle(scene)}>
            Scene
          </button>
        )}
        {hasDetails(model) && (
          <button type="button" aria-expanded={details.value} onClick={() => toggle(details)}>
            Details
          </button>
        )}
        <button type="button" aria-label="Keys" aria-expanded={help.value} onClick={() => toggle(help)}>
          ?
        </button>
      </div>
      <Over view={view} />
      <RegionDone view={view} />
      <Kept view={view} />
      <progress aria-label="Progress" max={1} value={progress?.fraction ?? 0} />
    </header>
  );
}

function hasDetails({ notices, session }: SessionModel): boolean {
  return notices.length > 0 || session?.totals !== undefined || (session?.contributions.length ?? 0) > 0;
}

/** Why its controls are of no use any more. */
function Over({ view }: { readonly view: SessionView }) {
  const over = view.over.value;
  if (over === undefined || view.model.value.film?.mayEdit !== true) return null;
  return (
    <p class="over quiet" id="over" role="note">
      <OverText over={over} />
    </p>
  );
}

/** The frame is not finished, and nothing is rendered. */
function RegionDone({ view }: { readonly view: SessionView }) {
  const { session } = view.model.value;
  if (session?.region?.done !== true) return null;
  return <p class="over quiet">The region is done; lift it (Esc) to go on with the rest of the frame.</p>;
}

/** What outlives the session. */
function Kept({ view }: { readonly view: SessionView }) {
  const kept = view.shelf.kept.value;
  if (kept === undefined) return null;
  return (
    <section class="over" aria-label="Finished images">
      <span class="quiet">
        Kept since <SavedAt kept={kept} />
      </span>
      <KeptLinks kept={kept} />
    </section>
  );
}

/** Twice, as what is stopped does not go on. */
function StopButton({ view }: { readonly view: SessionView }) {
  const isSure = useSignal(false);
  const label = useComputed(() => (isSure.value ? "Stop now?" : "Stop"));
  const onClick = () => {
    if (isSure.peek()) view.stop();
    isSure.value = !isSure.peek();
  };
  return (
    <button type="button" class={isSure.value ? "sure" : ""} onClick={onClick} onBlur={() => (isSure.value = false)}>
      {label}
    </button>
  );
}

function toggle(flag: Signal<boolean>): void {
  flag.value = !flag.peek();
}
