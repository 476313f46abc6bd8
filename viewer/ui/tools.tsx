// What the pointer does on the picture. Only where there is a scene to ask or to change.

import type { Tool } from "../live/scene-desk.ts";
import type { SessionView } from "../live/session-view.ts";

const tools: readonly {
  readonly tool: Tool;
  readonly label: string;
  readonly hint: string;
  readonly edits: boolean;
}[] = [
  { tool: "look", label: "Look", hint: "Drag to move the picture, wheel to zoom", edits: false },
  {
    tool: "camera",
    label: "Camera",
    hint: "Drag to orbit; with Shift to pan, Ctrl to look around, Alt to roll; wheel to dolly; W S A D Space C to fly",
    edits: true,
  },
  { tool: "pick", label: "Pick", hint: "Click to see what is there", edits: false },
];

export function Tools({ view }: { readonly view: SessionView }) {
  const { desk } = view;
  if (desk.scene.value === undefined) return null;
  const over = view.over.value?.reason;
  const mayEdit = view.model.value.film?.mayEdit === true;
  return (
    <div class="row" role="toolbar" aria-label="Pointer">
      {tools
        .filter(({ edits }) => mayEdit || !edits)
        .map(({ tool, label, hint }) => (
          <button
            key={tool}
            type="button"
            disabled={tool !== "look" && over !== undefined}
            title={tool === "look" ? hint : (over ?? hint)}
            aria-pressed={desk.tool.value === tool}
            class={desk.tool.value === tool ? "sure" : ""}
            onClick={() => {
              desk.tool.value = tool;
            }}
          >
            {label}
          </button>
        ))}
    </div>
  );
}
