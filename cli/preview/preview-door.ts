// LookService of whichever coordinator is there: each attempt goes to the next.
import { GrpcClient } from "../../host/grpc-client.ts";
import type { DoorAccess } from "../../host/read-access.ts";
import { ArrasError } from "../../proto/errors.ts";
import { LookService, type WatchPreviewRequest } from "../../proto/gen/arras/v1/look_pb.ts";
import type { PreviewFrame } from "../../proto/gen/arras/v1/preview_pb.ts";
import type { PreviewDoor } from "./preview-link.ts";

export interface LookDoor extends PreviewDoor {
  close(): void;
}

export function lookDoor(addresses: readonly string[], access?: DoorAccess): LookDoor {
  const clients = addresses.map(
    (address) => new GrpcClient({ address, service: LookService, peer: "the coordinator", access }),
  );
  return {
    open: (attempt) => clients[attempt % clients.length]!.duplex<WatchPreviewRequest, PreviewFrame>("watchPreview"),
    error: (thrown) => clients[0]?.error(thrown) ?? ArrasError.from(thrown),
    close: () => {
      for (const client of clients) client.close();
    },
  };
}
