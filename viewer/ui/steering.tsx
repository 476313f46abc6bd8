// Pause and resume, more samples, the region that comes first or alone. For who may change the session; of no use
// before it renders and after its end, and then they say why.
import { useSignal } from "@preact/signals";
import { SessionState } from "../../proto/gen/arras/v1/session_pb.ts";
import type { SessionView } from "../live/session-view.ts";
import { whyNotNow } from "../state/availability.ts";

export function SteeringButtons({ view }: { readonly view: SessionView }) {
  // While it is typed: progress that comes meanwhile must not take it away.
  const typed = useSignal<string | undefined>(undefined);
  const { film, session } = view.model.value;
  const { steering } = view;
  if (film === undefined) return null;
  const isPaused = session?.state === SessionState.PAUSED;
  const over = view.over.value?.reason;
  const takesSamples = over === undefined || view.over.value?.takesSamples === true;
  const notNow = over ?? whyNotNow(view.model.value);
  const region = steering.shown(session?.region);
  const { naming } = steering;
  const described = over === undefined ? {} : { "aria-describedby": "over" };
  return (
    <>
      <button
        type="button"
        disabled={notNow !== undefined}
        title={notNow ?? "Pause or resume (p)"}
        onClick={() => steering.pause(!isPaused)}
        {...described}
      >
        {isPaused ? "Resume" : "Pause"}
      </button>
      <button
        type="button"
        disabled={notNow !== undefined}
        title={notNow ?? "Render it again, from the first sample (N)"}
        onClick={() => steering.restart()}
        {...described}
      >
        Restart
      </button>
      <label title={(takesSamples ? undefined : over) ?? "Samples for each pixel; can be raised (b: twice as many)"}>
        <span>Samples</span>
        <input
          type="number"
          class="samples"
          disabled={!takesSamples}
          {...described}
          min={film.budgetSpp}
          max={film.film?.maxSpp}
          value={typed.value ?? film.budgetSpp}
          onInput={({ currentTarget }) => {
            typed.value = currentTarget.value;
          }}
          onChange={({ currentTarget }) => {
            if (currentTarget.valueAsNumber > film.budgetSpp) steering.raise(currentTarget.valueAsNumber);
            typed.value = undefined;
          }}
        />
      </label>
      <button
        type="button"
        disabled={over !== undefined}
        {...described}
        title={over ?? "Drag a rectangle that comes first (x); Esc: none"}
        aria-pressed={naming.value === "first"}
        class={naming.value === "first" ? "sure" : ""}
        onClick={() => view.obey("region")}
      >
        Region
      </button>
      <button
        type="button"
        aria-label="Only the region"
        disabled={over !== undefined}
        {...described}
        title={over ?? "Render nothing but the rectangle, until it is lifted (X)"}
        aria-pressed={region?.role === "alone" || naming.value === "alone"}
        class={naming.value === "alone" ? "sure" : ""}
        onClick={() => view.obey("region-alone")}
      >
        Only
      </button>
      {region !== undefined && (
        <button type="button" aria-label="No region" title="No region (Esc)" onClick={() => steering.name(undefined)}>
          ×
        </button>
      )}
    </>
  );
}
