// A FilmService that acknowledges and does nothing else, as a process: what gRPC alone carries.
import { create } from "@bufbuild/protobuf";
import type { ServerDuplexStream } from "@grpc/grpc-js";
import { serveGrpc } from "../../host/grpc-server.ts";
import { readStandardInput } from "../../host/standard-input.ts";
import {
  type Acknowledgement,
  AcknowledgementSchema,
  Admission,
  type Contribution,
  FilmService,
  OpenFilmReplySchema,
} from "../../proto/gen/arras/v1/film_pb.ts";
import { announcementToLine, launchOrderFromLine } from "../../proto/launch-order.ts";

const input = readStandardInput(process.stdin);
const order = launchOrderFromLine(await input.firstLine);
const server = await serveGrpc(order.listenAddress, [
  {
    service: FilmService,
    implementation: {
      openFilm: (_call: unknown, callback: (error: null, reply: object) => void) =>
        callback(null, create(OpenFilmReplySchema)),
      contribute: (call: ServerDuplexStream<Contribution, Acknowledgement>) => {
        call.on("data", ({ unit }: Contribution) => {
          const acknowledgement = create(AcknowledgementSchema, { admission: Admission.ADDED });
          if (unit !== undefined) acknowledgement.unit = unit;
          call.write(acknowledgement);
        });
        call.on("end", () => call.end());
      },
      watchTiles: () => {},
      readReceipt: () => {},
      encodeImage: () => {},
    },
  },
]);
process.stdout.write(announcementToLine({ address: server.address }));
await input.ended;
await server.close();
process.exit(0);
