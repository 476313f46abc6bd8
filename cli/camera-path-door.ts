// A session's scene as the command reads and edits it: LookService of whichever coordinator is there.
import { create } from "@bufbuild/protobuf";
import { GrpcClient } from "../host/grpc-client.ts";
import type { DoorAccess } from "../host/read-access.ts";
import type { SceneEdits } from "../proto/gen/arras/v1/edits_pb.ts";
import {
  type EditSessionReply,
  EditSessionRequestSchema,
  LookService,
  type ReadSceneReply,
  ReadSceneRequestSchema,
} from "../proto/gen/arras/v1/look_pb.ts";

const requestTimeoutMs = 10_000;

/** Each rejects with an ArrasError. */
export interface SceneDoor {
  read(sessionId: string): Promise<ReadSceneReply>;
  edit(sessionId: string, edits: SceneEdits, editor: string): Promise<EditSessionReply>;
  close(): void;
}

/** Who fails is asked after the others. */
export function sceneDoor(addresses: readonly string[], access?: DoorAccess): SceneDoor {
  const clients = addresses.map(
    (address) => new GrpcClient({ address, service: LookService, peer: "the coordinator", access }),
  );
  let at = 0;
  const asking = <Reply extends object>(method: string, request: object): Promise<Reply> =>
    clients[at % clients.length]!.unary<object, Reply>(method, request, requestTimeoutMs).catch((thrown) => {
      at += 1;
      throw thrown;
    });
  return {
    read: (sessionId) => asking("readScene", create(ReadSceneRequestSchema, { sessionId })),
    edit: (sessionId, edits, editor) =>
      asking("editSession", create(EditSessionRequestSchema, { sessionId, edits, editor })),
    close: () => {
      for (const client of clients) client.close();
    },
  };
}
