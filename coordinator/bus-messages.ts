// Messages that come over the bus, from whoever may publish there.
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import type { Bus, Subscription } from "../host/bus.ts";
import type { Log } from "../host/log.ts";

/** Hears every message of a subject; one that is none is logged, for it may come from anybody. */
export function hearMessages<Desc extends DescMessage>(
  { bus, log }: { readonly bus: Bus; readonly log: Log },
  subject: string,
  schema: Desc,
  use: (message: MessageShape<Desc>) => void,
): Subscription {
  return bus.subscribe(subject, (bytes) => {
    let message: MessageShape<Desc>;
    try {
      message = fromBinary(schema, bytes);
    } catch (thrown) {
      log.warn({ err: thrown }, `a ${schema.name} on the bus was malformed`);
      return;
    }
    use(message);
  });
}
