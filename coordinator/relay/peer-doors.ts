// Ways to the doors of other coordinators: one connection each, made when it is needed.
import { GrpcClient } from "../../host/grpc-client.ts";
import { LookService } from "../../proto/gen/arras/v1/look_pb.ts";
import { SessionService } from "../../proto/gen/arras/v1/session_pb.ts";
import { limits } from "../../proto/limits.ts";

export type DialPeer = (address: string) => GrpcClient;

/** `caPem`: the authority of the coordinators' certificates; undefined: they speak no TLS. */
export function dialWith(caPem: string | undefined): DialPeer {
  const access = caPem === undefined ? undefined : { tls: { ca: Buffer.from(caPem), identity: undefined } };
  const peer = "the coordinator that owns the session";
  return (address) => new GrpcClient({ address, service: [SessionService, LookService], peer, access });
}

export class PeerDoors {
  readonly #dial: DialPeer;
  /** By address, the one that was used longest ago first. */
  readonly #clients = new Map<string, GrpcClient>();

  constructor(dial: DialPeer) {
    this.#dial = dial;
  }

  to(address: string): GrpcClient {
    const client = this.#clients.get(address) ?? this.#dial(address);
    this.#clients.delete(address);
    this.#clients.set(address, client);
    const [oldest] = this.#clients.keys();
    if (this.#clients.size > limits.coordinatorsMax && oldest !== undefined) {
      this.#clients.get(oldest)?.close();
      this.#clients.delete(oldest);
    }
    return client;
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }
}
