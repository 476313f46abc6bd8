// The merge computation: wires standard input, merger, encoder and gRPC. It lives as long as its standard input.
import { systemClock } from "../host/clock.ts";
import { computationTitle } from "../host/computation-title.ts";
import { serveGrpc } from "../host/grpc-server.ts";
import { createLog, type Log } from "../host/log.ts";
import { imageStoreOptions } from "../host/nats/image-store-options.ts";
import { objectStorePlaceFromText } from "../host/nats/object-store-place.ts";
import { ObjectStores } from "../host/nats/object-stores.ts";
import { readStandardInput } from "../host/standard-input.ts";
import { ArrasError } from "../proto/errors.ts";
import { announcementToLine, launchOrderFromLine } from "../proto/launch-order.ts";
import { limits } from "../proto/limits.ts";
import { mergerAddressText } from "../proto/merger-address.ts";
import { storeNames } from "../proto/subjects.ts";
import { whenAbandoned } from "./abandonment.ts";
import { Checkpoints } from "./checkpoint/checkpoints.ts";
import { DenoisedFilm } from "./denoise/denoised-film.ts";
import { OidnCommand } from "./denoise/oidn-command.ts";
import { filmService } from "./film-service.ts";
import { FinishedImages } from "./finished-images.ts";
import { ImageEncoder } from "./image-encoder.ts";
import { Merger } from "./merger.ts";
import { TileEncoder } from "./preview/tile-encoder.ts";

async function main(): Promise<void> {
  // Ctrl-C reaches the whole process group; the command then still fetches its image from here. The end is the input's.
  process.on("SIGINT", () => {});
  const input = readStandardInput(process.stdin);
  // Notes of the agent are for those who call the coordinator; it calls here.
  input.listen(() => {});
  const order = launchOrderFromLine(await input.firstLine);
  process.title = computationTitle("merge", "merger/main.js", order);
  const log = createLog(order.computation, order.logLevel);
  const merger = new Merger(systemClock);
  const { sessionId, token } = order;
  const objects = order.objectStore === "" ? undefined : openObjectStores(order.objectStore, log);
  const store = objects?.store(storeNames.checkpoints, { keptMs: limits.checkpointsKeptMs });
  const checkpoints = new Checkpoints({ merger, sessionId, store });
  const denoiser = new OidnCommand(process.env.ARRAS_OIDN_DENOISE || "oidnDenoise");
  const denoised = new DenoisedFilm(merger, denoiser, systemClock);
  const encoder = new ImageEncoder(denoiser);
  const imageObjects = objects?.store(storeNames.images, imageStoreOptions);
  const images = new FinishedImages({ merger, encoder, sessionId, store: imageObjects });
  const preview = { merger, encoder: new TileEncoder(denoised), clock: systemClock, denoiser, denoised };
  const service = filmService({
    merger,
    checkpoints,
    encoder,
    images,
    preview,
    sessionId,
    token,
    log,
  });
  const { tlsCertPem: certPem, tlsKeyPem: keyPem } = order;
  const isSecure = keyPem !== "";
  const server = await serveGrpc(order.listenAddress, [service], isSecure ? { certPem, keyPem } : undefined);
  process.stdout.write(announcementToLine({ address: mergerAddressText({ target: server.address, isSecure }) }));
  log.info({ address: server.address, session: sessionId }, "merger serves");
  const abandoned = whenAbandoned(systemClock, () => merger.hasWatchers).then(() =>
    log.warn({ session: sessionId }, "nobody has watched the film for long: its coordinator is gone"),
  );
  await Promise.race([input.ended, abandoned, new Promise((resolve) => process.once("SIGTERM", resolve))]);
  await server.close();
  await objects?.close();
}

/** Reached when it is first needed: most films are finished before. */
function openObjectStores(text: string, log: Log): ObjectStores {
  return new ObjectStores(objectStorePlaceFromText(text), { clientName: "arras-merge", log });
}

main().then(
  () => process.exit(0),
  (thrown: unknown) => {
    const error = ArrasError.from(thrown);
    process.stderr.write(`${error.toString()}\n`);
    process.exit(error.exitCode);
  },
);
