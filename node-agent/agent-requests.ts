// What coordinators and operators ask of an agent over the bus, decoded; and what is answered. A request that is
// malformed is answered here, and never reaches the agent.
import {
  create,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { Bus, Subscription } from "../host/bus.ts";
import { errorToMessage } from "../proto/error-message.ts";
import { ArrasError } from "../proto/errors.ts";
import {
  AdoptReplySchema,
  AdoptRequestSchema,
  DrainReplySchema,
  DrainRequestSchema,
  LaunchReplySchema,
  LaunchRequestSchema,
  StopReplySchema,
  StopRequestSchema,
} from "../proto/gen/arras/v1/node_pb.ts";
import { subjects } from "../proto/subjects.ts";

const asked = {
  launch: { request: LaunchRequestSchema, reply: LaunchReplySchema },
  stop: { request: StopRequestSchema, reply: StopReplySchema },
  adopt: { request: AdoptRequestSchema, reply: AdoptReplySchema },
  drain: { request: DrainRequestSchema, reply: DrainReplySchema },
} as const;

type Name = keyof typeof asked;
export type Request<N extends Name> = MessageShape<(typeof asked)[N]["request"]>;
export type Reply<N extends Name> = MessageInitShape<(typeof asked)[N]["reply"]>;

/** Each is answered once; the answer may come later. An ArrasError that a method throws is the answer. */
export type AgentAnswers = {
  readonly [N in Name]: (request: Request<N>, reply: (fields: Reply<N>) => void) => void;
};

/** From now on. */
export function answerRequests(bus: Bus, nodeId: string, answers: AgentAnswers): Subscription[] {
  const names: Name[] = ["launch", "stop", "adopt", "drain"];
  return names.map((name) => {
    // The four differ in their messages alone, which the table pairs.
    const { request, reply } = asked[name] as { readonly request: DescMessage; readonly reply: DescMessage };
    const answer = answers[name] as (message: unknown, send: (fields: Record<string, unknown>) => void) => void;
    return bus.reply(
      subjects[name](nodeId),
      (bytes) =>
        new Promise((resolve) => {
          const send = (fields: Record<string, unknown>) => resolve(toBinary(reply, create(reply, fields)));
          const refuse = (thrown: unknown, code: "message-malformed" | "internal") =>
            send({ error: errorToMessage(ArrasError.from(thrown, code)) });
          let message: Message;
          try {
            message = fromBinary(request, bytes);
          } catch (thrown) {
            refuse(thrown, "message-malformed");
            return;
          }
          try {
            answer(message, send);
          } catch (thrown) {
            refuse(thrown, "internal");
          }
        }),
    );
  });
}
