// One page that looks at one session: its WebSocket on one side, the session's events and the merger's frames on the
// other. What the page asks for is done by the session; what goes wrong is told.
import { fromBinary } from "@bufbuild/protobuf";
import type { WebSocket } from "ws";
import type { Clock, Timer } from "../../host/clock.ts";
import { type Caller, hasRight } from "../../host/door/caller.ts";
import { errorToMessage } from "../../proto/error-message.ts";
import { ArrasError } from "../../proto/errors.ts";
import { filmSpecToMessage } from "../../proto/film-spec-message.ts";
import type { PickReply } from "../../proto/gen/arras/v1/look_pb.ts";
import type { SessionEvent } from "../../proto/gen/arras/v1/session_pb.ts";
import { type ViewerPick, type ViewerRequest, ViewerRequestSchema } from "../../proto/gen/arras/v1/viewer_pb.ts";
import type { Session } from "../session.ts";
import { type ChangeRequest, change, mayOnlyLook } from "./live-commands.ts";
import { LiveEvents } from "./live-events.ts";
import { LiveFrames } from "./live-frames.ts";
import { LiveProbes } from "./live-probes.ts";

export interface LiveSurroundings {
  readonly session: Session;
  readonly caller: Caller;
  readonly clock: Clock;
  /** The session is a farm's, not one command's own. */
  readonly isOnFarm: boolean;
  /** Pages that look at the session here. */
  viewerCount(): number;
}

const linkIntervalMs = 1_000;
/** A close code of ours (RFC 6455, 7.4.2: 4000-4999): the page spoke what this is not. */
const malformedCode = 4400;
/** The session ended or went to another coordinator: connect again. */
const movedCode = 4503;

export class LiveSocket {
  readonly #socket: WebSocket;
  readonly #world: LiveSurroundings;
  readonly #frames: LiveFrames;
  readonly #events: LiveEvents;
  readonly #probes: LiveProbes;
  /** As the page was told. */
  #budgetSpp: number;
  #tellingLink: Timer | undefined;
  /** As the page says; too long a name is refused with its edits. */
  #editor = "";
  #unwatch = () => {};
  #unwatchFilm = () => {};
  #unwatchScene = () => {};
  #isClosed = false;

  constructor(socket: WebSocket, world: LiveSurroundings) {
    const { session, clock } = world;
    this.#socket = socket;
    this.#world = world;
    this.#budgetSpp = session.steering.present.budgetSpp;
    const send = (bytes: Uint8Array, left: () => void) => socket.send(bytes, left);
    this.#events = new LiveEvents(send);
    this.#frames = new LiveFrames({
      link: () => session.looking.link,
      clock,
      send,
      ping: (frameNumber) => socket.ping(String(frameNumber)),
      hearNothing: () => socket.pause(),
      hearAgain: () => socket.resume(),
      refused: (error) => this.#tellError(error),
    });
    this.#probes = new LiveProbes(session.looking, (probed) => this.#events.tell({ case: "probed", value: probed }));
    socket.binaryType = "nodebuffer";
    socket.on("message", (bytes: Buffer, isBinary: boolean) => this.#receive(bytes, isBinary));
    socket.on("pong", (payload: Buffer) => this.#frames.arrived(Number(payload.toString("latin1"))));
    socket.on("close", () => this.close());
    // What is wrong is told by the close that follows.
    socket.on("error", () => {});
    this.#tellFilm();
    this.#unwatch = session.watch(
      (event) => this.#tellSession(event),
      () => socket.close(movedCode),
    );
    this.#unwatchFilm = session.looking.watchFilm(() => this.#frames.filmOpened());
    this.#unwatchScene = session.editing.watch((scene) => this.#events.tell({ case: "scene", value: scene }));
    this.#tellLink();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#tellingLink?.cancel();
    this.#unwatch();
    this.#unwatchFilm();
    this.#unwatchScene();
    this.#frames.close();
  }

  #receive(bytes: Buffer, isBinary: boolean): void {
    let request: ViewerRequest["request"];
    try {
      request = isBinary ? fromBinary(ViewerRequestSchema, bytes).request : { case: undefined };
    } catch {
      request = { case: undefined };
    }
    if (request.case === undefined) this.#socket.close(malformedCode);
    else if (request.case === "wish") this.#frames.wish(request.value);
    else if (request.case === "acknowledge") this.#frames.acknowledge(request.value);
    else if (request.case === "pick") this.#pick(request.value);
    else if (request.case === "probe") this.#probes.ask(request.value);
    else if (request.case === "editor") this.#editor = request.value;
    else this.#change(request);
  }

  #change(request: ChangeRequest): void {
    if (!this.#mayEdit) this.#tellError(mayOnlyLook());
    else this.#ask(request).catch((thrown: unknown) => this.#tellError(ArrasError.from(thrown)));
  }

  #ask(request: ChangeRequest): Promise<void> {
    const { session, caller } = this.#world;
    return change(session, request, this.#editor || caller.user);
  }

  #pick({ requestIndex, x, y }: ViewerPick): void {
    const answer = (picked: PickReply) =>
      this.#events.tell({ case: "picked", value: { $typeName: "arras.v1.ViewerPicked", requestIndex, picked } });
    this.#world.session.looking.pick(x, y).then(answer, (thrown: unknown) => this.#tellError(ArrasError.from(thrown)));
  }

  get #mayEdit(): boolean {
    return hasRight(this.#world.caller, "submit");
  }

  #tellSession(event: SessionEvent): void {
    const { budgetSpp } = this.#world.session.steering.present;
    if (budgetSpp !== this.#budgetSpp) {
      this.#budgetSpp = budgetSpp;
      this.#tellFilm();
    }
    this.#events.tell({ case: "session", value: event });
  }

  #tellFilm(): void {
    const { film, sceneName, sessionId } = this.#world.session.plan;
    this.#events.tell({
      case: "film",
      value: {
        $typeName: "arras.v1.ViewerFilm",
        sessionId,
        film: filmSpecToMessage(film),
        sceneName,
        budgetSpp: this.#budgetSpp,
        mayEdit: this.#mayEdit,
        onFarm: this.#world.isOnFarm,
      },
    });
  }

  #tellLink(): void {
    this.#frames.measure();
    const { bytesPerSecond, encoding } = this.#frames;
    this.#events.tell({
      case: "link",
      value: {
        $typeName: "arras.v1.ViewerLink",
        bytesPerSecond: BigInt(Math.round(bytesPerSecond)),
        encoding,
        viewerCount: this.#world.viewerCount(),
      },
    });
    if (!this.#isClosed) this.#tellingLink = this.#world.clock.after(linkIntervalMs, () => this.#tellLink());
  }

  #tellError(error: ArrasError): void {
    this.#events.tell({ case: "error", value: errorToMessage(error) });
  }
}
