// The way to a merger, for computations and coordinators.
import { FilmService } from "../proto/gen/arras/v1/film_pb.ts";
import { parseMergerAddress } from "../proto/merger-address.ts";
import { GrpcClient } from "./grpc-client.ts";

/**
 * `address`: see proto/merger-address.ts. `authorityPem`: above the farm's certificates; empty: one of those that everybody
 * knows. It matters where the merger speaks TLS alone.
 */
export function mergerClient(address: string, authorityPem: string): GrpcClient {
  const { target, isSecure } = parseMergerAddress(address);
  const ca = authorityPem === "" ? undefined : Buffer.from(authorityPem);
  const access = isSecure ? { tls: { ca, identity: undefined } } : undefined;
  return new GrpcClient({ address: target, service: FilmService, peer: "the merger", access });
}
