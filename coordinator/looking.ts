// Looking at a session: the pictures of its film, what its pixels hold, and what is under them.
import type { ArrasError } from "../proto/errors.ts";
import type { EncodeImageRequest, ImageMetadata } from "../proto/gen/arras/v1/film_pb.ts";
import type { PickReply, ProbeReply } from "../proto/gen/arras/v1/look_pb.ts";
import { SessionWish } from "../proto/gen/arras/v1/record_pb.ts";
import { tellWhenFetched } from "./journal/session-happenings.ts";
import type { MergerFilm } from "./merger-film.ts";
import type { EncodedImage, MergerLink } from "./merger-link.ts";
import type { PixelProbes } from "./pixel-probes.ts";
import { probePixel } from "./probe-pixel.ts";
import type { SceneEpoch } from "./scene-epoch.ts";
import { nobodyToAsk, sessionElsewhere, sessionMissing } from "./session-errors.ts";
import type { SessionLife } from "./session-life.ts";
import type { SessionPlan, SessionSurroundings } from "./session-plan.ts";
import type { SessionTally } from "./session-tally.ts";
import type { SessionTelling } from "./session-telling.ts";

export interface LookingParts {
  readonly life: SessionLife;
  readonly tally: SessionTally;
  readonly telling: SessionTelling;
  readonly scene: SceneEpoch;
  readonly probes: PixelProbes;
  readonly film: Pick<MergerFilm, "link">;
}

export class SessionLooking {
  readonly #plan: SessionPlan;
  readonly #world: SessionSurroundings;
  readonly #parts: LookingParts;
  readonly #filmWatchers = new Set<() => void>();

  constructor(plan: SessionPlan, world: SessionSurroundings, parts: LookingParts) {
    this.#plan = plan;
    this.#world = world;
    this.#parts = parts;
  }

  /** To its film. Throws `session-state` while there is none. */
  get link(): MergerLink {
    return this.#parts.film.link;
  }

  /** `act` is called each time its film is open, or open again. Returns how to stop that. */
  watchFilm(act: () => void): () => void {
    this.#filmWatchers.add(act);
    return () => this.#filmWatchers.delete(act);
  }

  filmOpened(): void {
    for (const act of [...this.#filmWatchers]) act();
  }

  /** What is under a pixel. Rejects as LookService.Pick says. */
  async pick(x: number, y: number): Promise<PickReply> {
    const { life, probes } = this.#parts;
    if (!life.mayAct()) throw sessionElsewhere(this.#plan.sessionId);
    if (life.isFinal || life.isEnding) throw nobodyToAsk(this.#plan.sessionId);
    return probes.pick(x, y);
  }

  /** What the film holds of a pixel, and what is there. Rejects as LookService.Probe says. */
  async probe(x: number, y: number): Promise<ProbeReply> {
    this.#requireOpen();
    const { scene, film } = this.#parts;
    const objectName = (id: number) => scene.contents?.objects[id - 1]?.id ?? this.#metadata.objectNames[id - 1];
    const readPixel = () => film.link.readPixel(x, y);
    return probePixel({ readPixel, pick: () => this.pick(x, y), objectName }, x, y);
  }

  /**
   * The picture of now, in pieces. Throws `session-state` while there is no film, `session-missing` once it is being closed;
   * `error` says the same of one that is closed meanwhile.
   */
  encodeImage(request: EncodeImageRequest): EncodedImage {
    this.#requireOpen();
    const { chunks, error } = this.link.encodeImage({ ...request, metadata: this.#metadata });
    return { chunks: tellWhenFetched(chunks, request, this.#world), error: (thrown) => this.#gone() ?? error(thrown) };
  }

  get #metadata(): ImageMetadata {
    const { telling, tally } = this.#parts;
    return telling.final?.totals?.metadata ?? tally.metadata(this.#plan.sceneName);
  }

  /** Its film's process leaves with it: whatever that answers from now on means this. */
  #gone(): ArrasError | undefined {
    const { life } = this.#parts;
    if (life.isAbandoned) return sessionElsewhere(this.#plan.sessionId);
    return life.wish === SessionWish.CLOSE ? sessionMissing(this.#plan.sessionId) : undefined;
  }

  #requireOpen(): void {
    const gone = this.#gone();
    if (gone !== undefined) throw gone;
  }
}
