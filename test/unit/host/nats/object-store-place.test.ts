import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { NatsLogin } from "../../../../host/nats/nats-settings.ts";
import {
  type ObjectStorePlace,
  objectStorePlaceFromText,
  objectStorePlaceToText,
} from "../../../../host/nats/object-store-place.ts";
import { Secret } from "../../../../host/nats/secret.ts";

const file = { path: "/etc/arras/x", setting: "--nats-x" };

const nats = (login: NatsLogin, tls = {}): ObjectStorePlace => ({
  t: "nats",
  settings: { servers: ["a:4222", "b:4222"], setting: "--nats", login, tls: undefined, ...tls },
});

const places: readonly (readonly [string, ObjectStorePlace])[] = [
  ["a folder", { t: "folder", path: "/var/lib/arras" }],
  ["NATS without a login", nats({ t: "none" })],
  ["an nkey over TLS", nats({ t: "nkey", seed: file }, { tls: { ca: file, cert: file, key: file } })],
  ["credentials over TLS", nats({ t: "creds", creds: file }, { tls: {} })],
  ["a token in a file", nats({ t: "token", token: { t: "file", ...file } })],
  ["a password in a file", nats({ t: "password", user: "u", password: { t: "file", ...file } })],
];

describe("where objects are", () => {
  it.each(places)("%s -> the same after a launch order", (_, place) => {
    expect(objectStorePlaceFromText(objectStorePlaceToText(place))).toEqual(place);
  });

  it("a file by a relative path -> by its whole path: who reads the order may stand in another folder", () => {
    const creds = { path: "farm.creds", setting: "--nats-creds" };
    expect(objectStorePlaceFromText(objectStorePlaceToText(nats({ t: "creds", creds })))).toEqual(
      nats({ t: "creds", creds: { ...creds, path: resolve("farm.creds") } }),
    );
  });

  it("a password or a token -> it arrives, and prints nowhere but in the order", () => {
    const given = { t: "given", secret: new Secret("open sesame"), setting: "ARRAS_NATS_PASSWORD" } as const;
    for (const login of [
      { t: "password", user: "u", password: given },
      { t: "token", token: given },
    ] satisfies NatsLogin[]) {
      const text = objectStorePlaceToText(nats(login));
      expect(text).toContain("open sesame");
      const place = objectStorePlaceFromText(text);
      expect(JSON.stringify(place)).not.toContain("open sesame");
      const back = place.t === "nats" ? place.settings.login : undefined;
      const source = back?.t === "password" ? back.password : back?.t === "token" ? back.token : undefined;
      expect(source?.t === "given" && source.secret.reveal()).toBe("open sesame");
    }
  });

  it.each(["", "{", "[]", '{"t":"folder","path":"relative"}', '{"t":"nats","servers":[]}', '{"t":"s3"}'])(
    "%j -> message-malformed, which does not repeat it",
    (text) => {
      expect(() => objectStorePlaceFromText(`${text}open sesame`)).toThrow(
        expect.objectContaining({ code: "message-malformed", message: expect.not.stringContaining("sesame") }),
      );
      expect(() => objectStorePlaceFromText(text)).toThrow(expect.objectContaining({ code: "message-malformed" }));
    },
  );
});
