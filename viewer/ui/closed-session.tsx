// The page of a session that is there no more, but for its finished images: the picture, and the files.
import { imagePath, keptSamplesText, pictureOf } from "../state/kept-text.ts";
import { stateText } from "../state/session-text.ts";
import { KeptLinks, type KeptProps, SavedAt } from "./kept-images.tsx";

export function ClosedSession({ kept }: KeptProps) {
  const picture = pictureOf(kept);
  const name = kept.scene || "session";
  return (
    <div class="session closed">
      <header>
        <nav>
          <a href="/" title="All sessions">
            Sessions
          </a>
        </nav>
        <h1 title={kept.sessionId}>{name}</h1>
        <dl>
          <div>
            <dt>State</dt>
            <dd>{stateText(kept.state)}, closed</dd>
          </div>
          <div>
            <dt>Samples</dt>
            <dd>{keptSamplesText(kept)}</dd>
          </div>
          <div>
            <dt>Ended</dt>
            <dd>
              <SavedAt kept={kept} />
            </dd>
          </div>
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
