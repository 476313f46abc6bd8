// tev's packets, byte by byte. The bytes are those that tev's own Python client (tevclient 1.0.4, by tev's author) sends
// for the same calls.
import { describe, expect, it } from "vitest";
import {
  closeImagePacket,
  createImagePacket,
  openImagePacket,
  reloadImagePacket,
  updateImagePacket,
} from "../../../../host/tev/tev-packets.ts";

const hex = (packet: Uint8Array) => Buffer.from(packet).toString("hex");
const image = { name: "im", widthPx: 3, heightPx: 2, channelNames: ["R", "G", "B"] };

describe("a packet for tev", () => {
  it("create an image of 3×2 pixels -> as tevclient sends it", () => {
    expect(hex(createImagePacket(image))).toBe("1b0000000400696d00030000000200000003000000520047004200");
  });

  it("update two pixels at 1,1 -> version 3, offsets and strides in values, pixels interleaved", () => {
    const values = Float32Array.from([0.25, 0.5, 0.75, 1, 1.25, 1.5]);
    expect(hex(updateImagePacket(image, { x: 1, y: 1, widthPx: 2, heightPx: 1 }, values))).toBe(
      [
        "6b000000" + "06" + "00" + "696d00", // length, operation, no focus, name
        "03000000" + "520047004200",
        "01000000" + "01000000" + "02000000" + "01000000",
        "0000000000000000" + "0100000000000000" + "0200000000000000",
        "0300000000000000".repeat(3),
        "0000803e" + "0000003f" + "0000403f" + "0000803f" + "0000a03f" + "0000c03f",
      ].join(""),
    );
  });

  it("open, reload, close -> as tevclient sends them", () => {
    expect(hex(openImagePacket("a.exr", "R,G"))).toBe("100000000701612e65787200522c4700");
    expect(hex(reloadImagePacket("a.exr", { grabFocus: false }))).toBe("0c0000000100612e65787200");
    expect(hex(closeImagePacket("im"))).toBe("0800000002696d00");
  });

  it("a long name with letters of two bytes -> all of it, and the length says so", () => {
    const name = "ö".repeat(500);
    const packet = Buffer.from(createImagePacket({ ...image, name }, { grabFocus: true }));
    expect([packet.readUInt32LE(0), packet[5]]).toEqual([packet.length, 1]);
    expect(packet.toString("utf8", 6, 1006)).toBe(name);
  });

  it("values that are not the rectangle's, a name with a zero byte -> refused", () => {
    const rect = { x: 0, y: 0, widthPx: 1, heightPx: 1 };
    expect(() => updateImagePacket(image, rect, new Float32Array(4))).toThrow(RangeError);
    expect(() => updateImagePacket(image, { ...rect, widthPx: 0 }, new Float32Array(0))).toThrow(RangeError);
    expect(() => closeImagePacket("a\0b")).toThrow(RangeError);
    expect(() => closeImagePacket("a".repeat(5000))).toThrow(RangeError);
  });
});
