// LookService over gRPC: looking at a session and changing it while it renders, whoever owns it.
import { create } from "@bufbuild/protobuf";
import type { ServerUnaryCall } from "@grpc/grpc-js";
import { callerOf } from "../host/grpc-gate.ts";
import type { ServedService } from "../host/grpc-server.ts";
import { unary } from "../host/grpc-unary.ts";
import { SceneEditsSchema } from "../proto/gen/arras/v1/edits_pb.ts";
import {
  EditSessionReplySchema,
  type EditSessionRequest,
  LookService,
  PauseSessionReplySchema,
  type PauseSessionRequest,
  type PickRequest,
  type ProbeRequest,
  RaiseBudgetReplySchema,
  type RaiseBudgetRequest,
  type ReadSceneRequest,
  RestartSessionReplySchema,
  type RestartSessionRequest,
  ResumeSessionReplySchema,
  type ResumeSessionRequest,
  SetRegionReplySchema,
  type SetRegionRequest,
} from "../proto/gen/arras/v1/look_pb.ts";
import { limits } from "../proto/limits.ts";
import { type PreviewCall, relayPreview } from "./relay/preview-relay.ts";
import type { SessionRelay } from "./relay/session-relay.ts";

type Unary<Request> = ServerUnaryCall<Request, unknown>;

export function lookService(relay: SessionRelay): ServedService {
  return {
    service: LookService,
    access: {
      watchPreview: "watch",
      editSession: "submit",
      readScene: "watch",
      pick: "watch",
      probe: "watch",
      pauseSession: "submit",
      resumeSession: "submit",
      raiseBudget: "submit",
      restartSession: "submit",
      setRegion: "submit",
    },
    openCallsMax: { watchPreview: limits.previewsPerClientMax },
    implementation: {
      watchPreview: (call: PreviewCall) => relayPreview(relay, call),
      editSession: unary((call: Unary<EditSessionRequest>) =>
        relay.answer(call, "editSession", async ({ editing }) => {
          const { edits, editor } = call.request;
          const epoch = await editing.edit(edits ?? create(SceneEditsSchema), editor || callerOf(call).user);
          return create(EditSessionReplySchema, { epoch });
        }),
      ),
      readScene: unary((call: Unary<ReadSceneRequest>) =>
        relay.answer(call, "readScene", async ({ editing }) => editing.read()),
      ),
      pick: unary((call: Unary<PickRequest>) =>
        relay.answer(call, "pick", ({ looking }) => looking.pick(call.request.x, call.request.y)),
      ),
      probe: unary((call: Unary<ProbeRequest>) =>
        relay.answer(call, "probe", ({ looking }) => looking.probe(call.request.x, call.request.y)),
      ),
      pauseSession: unary((call: Unary<PauseSessionRequest>) =>
        relay.answer(call, "pauseSession", async ({ steering }) => {
          await steering.pause();
          return create(PauseSessionReplySchema);
        }),
      ),
      resumeSession: unary((call: Unary<ResumeSessionRequest>) =>
        relay.answer(call, "resumeSession", async ({ steering }) => {
          await steering.resume();
          return create(ResumeSessionReplySchema);
        }),
      ),
      raiseBudget: unary((call: Unary<RaiseBudgetRequest>) =>
        relay.answer(call, "raiseBudget", async ({ steering }) => {
          await steering.raiseBudget(call.request.spp);
          return create(RaiseBudgetReplySchema);
        }),
      ),
      restartSession: unary((call: Unary<RestartSessionRequest>) =>
        relay.answer(call, "restartSession", async (session) =>
          create(RestartSessionReplySchema, { epoch: await session.restart() }),
        ),
      ),
      setRegion: unary((call: Unary<SetRegionRequest>) =>
        relay.answer(call, "setRegion", async ({ steering }) => {
          const { region, alone, editor } = call.request;
          await steering.setRegion(region, alone, editor || callerOf(call).user);
          return create(SetRegionReplySchema);
        }),
      ),
    },
  };
}
