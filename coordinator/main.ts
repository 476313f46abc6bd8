// The arras-coordinator command: wires NATS, the coordinator and its two gRPC services to one process, until a signal.
import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { BusEcho } from "../host/bus-echo.ts";
import { systemClock } from "../host/clock.ts";
import { type Door, openDoor } from "../host/door/door.ts";
import { DoorFileWatch } from "../host/door/door-file-watch.ts";
import { type DoorFiles, hashedToken, readDoorFiles } from "../host/door/door-files.ts";
import { farmKey } from "../host/door/farm-key.ts";
import type { HttpRoutes } from "../host/door/http-route.ts";
import type { ServedService } from "../host/grpc-server.ts";
import { createLog, type Log } from "../host/log.ts";
import { assetStore } from "../host/nats/asset-store.ts";
import { connectNats } from "../host/nats/connect.ts";
import { DeferredObjectStore } from "../host/nats/deferred-object-store.ts";
import { imageStore } from "../host/nats/image-store.ts";
import type { KeyValue } from "../host/nats/key-value.ts";
import { NatsBus } from "../host/nats/nats-bus.ts";
import { NatsEventLog } from "../host/nats/nats-event-log.ts";
import { NatsKeyValue } from "../host/nats/nats-key-value.ts";
import type { NatsLink } from "../host/nats/nats-link.ts";
import { NatsObjectStore } from "../host/nats/nats-object-store.ts";
import { readPageFiles } from "../host/page-files.ts";
import { describeServiceEnd, sayTo, tellMistakes } from "../host/service-end.ts";
import { stableId } from "../host/stable-id.ts";
import { ArrasError } from "../proto/errors.ts";
import { hostPortText, isLoopback, isWildcard } from "../proto/host-port.ts";
import { limits } from "../proto/limits.ts";
import { storeNames, subjects } from "../proto/subjects.ts";
import { softwareVersion } from "../proto/version.ts";
import { type AssetStore, assetService } from "./asset-service.ts";
import { budgetService } from "./budget-service.ts";
import { CheckpointShelf } from "./checkpoints/checkpoint-shelf.ts";
import { KeyValueArchive } from "./checkpoints/key-value-archive.ts";
import { Coordinator } from "./coordinator.ts";
import { type CoordinatorSettings, coordinatorHelp, readCoordinatorCommand } from "./coordinator-settings.ts";
import { ImageArchive } from "./images/image-archive.ts";
import { imageRoutes } from "./images/image-routes.ts";
import { imageService } from "./images/image-service.ts";
import { ImageShelf } from "./images/image-shelf.ts";
import { JournalingLauncher } from "./journal/journaling-launcher.ts";
import { BusLauncher } from "./launcher.ts";
import { lookService } from "./look-service.ts";
import { type Operations, openOperations } from "./operations.ts";
import { rehearseWhenIdle } from "./rehearsal/rehearsal.ts";
import { dialWith } from "./relay/peer-doors.ts";
import { SessionRelay } from "./relay/session-relay.ts";
import { sessionService } from "./session-service.ts";
import { HttpRelay } from "./viewer/http-relay.ts";
import { pageRoutes } from "./viewer/page-routes.ts";
import { viewerRoutes } from "./viewer/viewer-routes.ts";

/** Resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const command = readCoordinatorCommand(args, process.env, hostname());
    if (command.t === "help") return sayTo(process.stdout, coordinatorHelp());
    if (command.t === "version") return sayTo(process.stdout, `arras-coordinator ${softwareVersion}\n`);
    if (command.t === "hash-token") return sayTo(process.stdout, await hashedToken(process.stdin));
    return await run(command.settings);
  } catch (thrown) {
    return tellMistakes(thrown);
  }
}

async function run(settings: CoordinatorSettings): Promise<number> {
  const files = readDoorFiles(settings, Date.now());
  const { tls, tokens } = files;
  const log = createLog("arras-coordinator", settings.logLevel);
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopping.abort());
  const link = await connectNats(settings.nats, { name: "arras-coordinator", log, signal: stopping.signal });
  const bus = new NatsBus(link, log);
  const echo = new BusEcho(bus, systemClock, subjects.echo(randomUUID()));
  const stores = await openStores(link, stopping.signal);
  const images = imageShelf(link, stores.finished, log);
  let advertised = "";
  const operations = await openOperations({
    link,
    bus,
    events: stores.events,
    log,
    otlpEndpoint: settings.otlpEndpoint,
    address: () => advertised,
    coordinator: () => coordinator,
  });
  const coordinator: Coordinator = new Coordinator({
    bus,
    clock: systemClock,
    wallClockMs: Date.now,
    log,
    launcher: new JournalingLauncher(new BusLauncher(bus, () => advertised), operations.journal),
    stores,
    checkpoints: checkpointShelf(link, stores.resumable, log),
    images,
    leaseTimes: limits,
    newId: randomUUID,
    sessionIdFor: stableId,
    coordinatorAddress: () => advertised,
    ...(tls === undefined ? {} : { coordinatorCaPem: tls.authority }),
    mergerAddress: () => "",
    clientHost: undefined,
    isBusConnected: () => link.isConnected && echo.isHeard,
    logLevel: settings.logLevel,
    journal: operations.journal,
    meter: operations.meter,
    overview: operations.farm,
  });
  const relay = new SessionRelay({ finder: coordinator, dial: dialWith(tls?.authority), clock: systemClock });
  const door = await openDoor({
    address: hostPortText(settings.listen),
    services: [...servicesOf(coordinator, relay, assetStore(link)), imageService(images), operations.service],
    http: webRoutes(coordinator, { operations, images }, tls?.authority),
    callEnded: operations.callEnded,
    login: { tokens, sealKey: stores.sealKey },
    tls,
    clock: systemClock,
    log,
  }).catch(async (thrown: unknown) => {
    await link.close();
    throw thrown;
  });
  const doorFiles = watchDoorFiles(settings, files, door, log);
  const port = Number(door.address.split(":").at(-1));
  advertised = hostPortText({ host: settings.advertise.host, port: settings.advertise.port || port });
  coordinator.start();
  const rehearsal = rehearseWhenIdle(settings.rehearsedSessionCount, () => coordinator.isIdle, systemClock, log);
  warnOfOpenDoor(settings, { hasTls: tls !== undefined, hasTokens: tokens !== undefined }, log);
  process.stdout.write(introduction(settings, port, advertised));
  const end = await Promise.race([link.closed, aborted(stopping.signal)]);
  log.info("ending: sessions are left to other coordinators");
  rehearsal.end();
  echo.end();
  await coordinator.leave();
  relay.close();
  doorFiles.end();
  await door.close();
  await operations.close();
  await link.close();
  return describeServiceEnd(end);
}

function servicesOf(coordinator: Coordinator, relay: SessionRelay, assets: AssetStore): ServedService[] {
  return [
    sessionService({ coordinator, relay, assets }),
    lookService(relay),
    assetService(assets, systemClock),
    budgetService((hello) => coordinator.sessionOf(hello)),
  ];
}

/** SIGHUP reads them at once. */
function watchDoorFiles(settings: CoordinatorSettings, files: DoorFiles, door: Door, log: Log): DoorFileWatch {
  const renewed = (changed: DoorFiles) => door.renew(changed);
  const watch = new DoorFileWatch(settings, files, { clock: systemClock, wallClockMs: Date.now, log, renewed });
  process.on("SIGHUP", () => watch.readAgain());
  return watch;
}

/** What browsers, probes and scripts find behind the door. */
function webRoutes(
  coordinator: Coordinator,
  { operations, images }: { readonly operations: Operations; readonly images: ImageShelf },
  caPem: string | undefined,
): HttpRoutes {
  const relay = new HttpRelay(caPem);
  const viewer = viewerRoutes({ finder: coordinator, farm: operations.farm, relay, clock: systemClock });
  const kept = imageRoutes(images, systemClock);
  const routes = [...operations.routes, ...kept, ...viewer.routes, ...pageRoutes(readPageFiles())];
  return { routes, upgrades: viewer.upgrades };
}

function warnOfOpenDoor(
  { isInsecure, listen }: CoordinatorSettings,
  door: { readonly hasTls: boolean; readonly hasTokens: boolean },
  log: Log,
): void {
  if (isInsecure) log.warn("the door is open to other machines, without a login: whoever reaches it can render");
  else if (!door.hasTls && door.hasTokens && !isLoopback(listen.host))
    log.warn("tokens come to the door unencrypted: give --tls-cert, unless TLS ends before it");
}

function aborted(signal: AbortSignal): Promise<"signal"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("signal");
    signal.addEventListener("abort", () => resolve("signal"));
  });
}

interface Stores {
  readonly sessions: KeyValue;
  readonly leases: KeyValue;
  readonly sealKey: Uint8Array;
  readonly resumable: KeyValue;
  readonly finished: KeyValue;
  readonly places: KeyValue;
  readonly events: NatsEventLog;
}

/** What all coordinators share. A server that is still starting, or lacks JetStream for the moment, is waited for. */
async function openStores(link: NatsLink, signal: AbortSignal): Promise<Stores> {
  for (;;) {
    try {
      const [sessions, leases, places, resumable, finished, events] = await Promise.all([
        NatsKeyValue.open(link, { bucket: storeNames.sessions }),
        NatsKeyValue.open(link, { bucket: storeNames.ownership }),
        NatsKeyValue.open(link, { bucket: storeNames.places }),
        NatsKeyValue.open(link, { bucket: storeNames.resumable }),
        NatsKeyValue.open(link, { bucket: storeNames.finished }),
        NatsEventLog.open(link),
      ]);
      const sealKey = await farmKey(sessions, randomBytes(32));
      return { sessions, leases, places, resumable, finished, events, sealKey };
    } catch (thrown) {
      const error = ArrasError.from(thrown);
      if (signal.aborted || (error.code !== "unavailable" && error.code !== "timed-out")) {
        await link.close();
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, limits.natsReconnectDelayMsMax));
    }
  }
}

function checkpointShelf(link: NatsLink, resumable: KeyValue, log: Log): CheckpointShelf {
  const store = { name: storeNames.checkpoints, keptMs: limits.checkpointsKeptMs };
  return new CheckpointShelf({
    archive: new KeyValueArchive(resumable, systemClock),
    objects: new DeferredObjectStore(() => NatsObjectStore.open(link, store)),
    bounds: { sessionsMax: limits.farmResumableSessionsMax, bytesMax: limits.farmResumableBytesMax },
    log,
  });
}

function imageShelf(link: NatsLink, finished: KeyValue, log: Log): ImageShelf {
  return new ImageShelf({
    archive: new ImageArchive(finished, systemClock),
    objects: imageStore(link),
    bounds: { sessionsMax: limits.imagesSessionsMax, keptMs: limits.imagesKeptMs },
    wallClockMs: Date.now,
    log,
  });
}

function introduction(
  { nats, listen, isListenDefault, advertise, tls, tokens }: CoordinatorSettings,
  port: number,
  advertised: string,
) {
  const door = hostPortText({ ...listen, port });
  const servers = nats.servers.map((server) => `nats://${server}`).join(",");
  const reach = isListenDefault ? " (this machine only; --listen 0.0.0.0:8888 and --tokens open it)" : "";
  const asked = [
    ...(tls === undefined ? [] : ["--tls (or --ca FILE)"]),
    ...(tls?.clientCa === undefined ? [] : ["--cert FILE", "--key FILE"]),
    ...(tokens === undefined ? [] : ["--token-file FILE"]),
  ].map((option) => ` ${option}`);
  const host = isWildcard(listen.host) ? advertise.host : listen.host;
  return [
    `door     ${door}${reach}; computations find it at ${advertised}`,
    `join     arras-node --nats ${servers}`,
    `submit   arras-render --host ${host} --port ${port}${asked.join("")} SCENE --num-mcrt 4 -o out.exr`,
    "",
  ].join("\n");
}
