// The page of a session that is there no more, but for its finished images: the picture, and the files.
import { imagePath, keptSamplesText, pictureOf } from "../state/kept-text.ts";
import { stateText } from "../state/session-text.ts";
import { KeptLinks, type KeptProps, SavedAt } from "./kept-images.tsx";
import { Fact, SessionTitle } from "./session-title.tsx";

export function ClosedSession({ kept }: KeptProps) {
  const picture = pictureOf(kept);
  const name = kept.scene || "session";
  return (
    <div class="session closed">
      <header>
        <SessionTitle sessionId={kept.sessionId} name={name} />
        <dl>
          <Fact name="State" value={`${stateText(kept.state)}, closed`} />
          <Fact name="Samples" value={keptSamplesText(kept)} />
          <Fact name="Ended" value={<SavedAt kept={kept} />} />
        </dl>
        <section class="over" aria-label="Finished images">
          <KeptLinks kept={kept} />
        </section>
      </header>
      <main>
        {picture === undefined ? (
          <p class="quiet">Of this session no picture is kept that a browser shows.</p>
        ) : (
          <img
            src={imagePath(kept, picture)}
            width={kept.widthPx}
            height={kept.heightPx}
            alt={`${name}, as it was rendered`}
          />
        )}
      </main>
    </div>
  );
}
