// One session: the picture over all of the page, what it is above, how it is looked at below.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Pilot } from "../live/pilot.ts";
import { SessionView } from "../live/session-view.ts";
import { commandOf } from "../state/key-map.ts";
import { spokenProgress } from "../state/session-text.ts";
import { ClosedSession } from "./closed-session.tsx";
import { Controls, QualityChoice, Zoom } from "./controls.tsx";
import { Details } from "./details.tsx";
import { EditPanel } from "./edit-panel.tsx";
import { Heading } from "./heading.tsx";
import { KeyHelp } from "./key-help.tsx";
import { Messages } from "./messages.tsx";
import { PickSheet } from "./picked.tsx";
import { Picture } from "./picture.tsx";
import { Probe } from "./probe.tsx";
import { Tools } from "./tools.tsx";

export function SessionPage({ path }: { readonly path: string }) {
  const view = useMemo(() => new SessionView(new URL(path, location.href).href), [path]);
  const isHelpOpen = useSignal(false);
  const isBare = useSignal(false);
  const areDetailsOpen = useSignal(false);
  const isSceneOpen = useSignal(false);
  const pointed = useSignal<{ x: number; y: number } | undefined>(undefined);
  const spoken = useComputed(() => spokenProgress(view.model.value));

  useEffect(() => {
    const pilot = new Pilot(view.desk);
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event.target, event.key)) return;
      if (!isHelpOpen.peek() && pilot.pressed(event)) {
        event.preventDefault();
        return;
      }
      const command = commandOf(event);
      // The list of keys closes by the browser's own Escape, and no key does unseen what it says.
      if (command === undefined || (isHelpOpen.peek() && command !== "help")) return;
      event.preventDefault();
      if (command === "help") isHelpOpen.value = !isHelpOpen.peek();
      else if (command === "panels") isBare.value = !isBare.peek();
      else view.obey(command);
    };
    const onKeyUp = ({ key }: KeyboardEvent) => pilot.released(key);
    const onBlur = () => pilot.releasedAll();
    addEventListener("keydown", onKey);
    addEventListener("keyup", onKeyUp);
    addEventListener("blur", onBlur);
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener("keyup", onKeyUp);
      removeEventListener("blur", onBlur);
    };
  }, [view, isHelpOpen, isBare]);

  const kept = view.shelf.kept.value;
  if (kept !== undefined && view.model.value.connection.t === "refused") return <ClosedSession kept={kept} />;
  return (
    <div class={isBare.value ? "session bare" : "session"}>
      <Heading view={view} path={path} details={areDetailsOpen} scene={isSceneOpen} help={isHelpOpen} />
      <main>
        <Picture view={view} pointed={pointed} />
        <Messages view={view} />
        {areDetailsOpen.value && <Details view={view} />}
        {isSceneOpen.value ? <EditPanel view={view} /> : <PickSheet desk={view.desk} />}
      </main>
      <footer>
        <Probe view={view} pointed={pointed} />
        <Tools view={view} />
        <QualityChoice view={view} />
        <Zoom view={view} />
        <Controls view={view} />
      </footer>
      <p class="spoken" role="status">
        {spoken}
      </p>
      {isHelpOpen.value && <KeyHelp isOpen={isHelpOpen} />}
    </div>
  );
}

/** Keys that a control needs itself stay with it. */
function isTyping(target: EventTarget | null, key: string): boolean {
  if (target instanceof HTMLInputElement) return target.type !== "range" || key.startsWith("Arrow");
  // A list chooses by its first letters.
  if (target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLElement && target.getAttribute("role") === "slider" && key.startsWith("Arrow");
}
