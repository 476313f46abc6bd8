// Puts together what shows a render without a browser. Loaded only where somebody looks.
import { systemClock } from "../../host/clock.ts";
import type { DoorAccess } from "../../host/read-access.ts";
import type { RenderSettings } from "../settings.ts";
import { Preview } from "./preview.ts";
import { lookDoor } from "./preview-door.ts";
import { PreviewLink } from "./preview-link.ts";
import { tevView } from "./tev-view.ts";

/** Squares of a 1080p film in flight at a time are then about one frame's. */
const framesPerSecond = 10;

export interface PreviewPlace {
  readonly addresses: readonly string[];
  readonly access?: DoorAccess | undefined;
  /** One line to the user. */
  say(line: string): void;
}

export function openPreview(settings: RenderSettings, { addresses, access, say }: PreviewPlace): Preview {
  const door = lookDoor(addresses, access);
  return new Preview({
    openViews: (sessionId) => {
      const { tev, widthPx, heightPx } = settings;
      if (tev === undefined) return [];
      const imageName = `arras-render ${sessionId.slice(0, 8)}`;
      return [tevView({ address: tev, imageName, size: { widthPx, heightPx }, say })];
    },
    openLink: (options) => new PreviewLink({ ...options, door, framesPerSecond, clock: systemClock }),
    closed: () => door.close(),
    say,
  });
}
