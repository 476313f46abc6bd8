// LookService over gRPC: looking at a session and changing it while it renders, whoever owns it.
import type { ServedService } from "../host/grpc-server.ts";
import { LookService } from "../proto/gen/arras/v1/look_pb.ts";
import { limits } from "../proto/limits.ts";
import { type PreviewCall, relayPreview } from "./relay/preview-relay.ts";
import type { SessionRelay } from "./relay/session-relay.ts";

export function lookService(relay: SessionRelay): ServedService {
  return {
    service: LookService,
    access: { watchPreview: "watch" },
    openCallsMax: { watchPreview: limits.previewsPerClientMax },
    implementation: {
      watchPreview: (call: PreviewCall) => relayPreview(relay, call),
    },
  };
}
