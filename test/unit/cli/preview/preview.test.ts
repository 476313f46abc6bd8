// Who looks at a render: what each is told, and in which order it ends.
import { describe, expect, it } from "vitest";
import { Preview } from "../../../../cli/preview/preview.ts";
import type { PreviewLink, PreviewLinkOptions } from "../../../../cli/preview/preview-link.ts";
import { ArrasError } from "../../../../proto/errors.ts";

const film = { widthPx: 128, heightPx: 64, window: { x0: 0, y0: 0, x1: 128, y1: 64 } };

function stage(viewCount: number, { isKnown = true } = {}) {
  const said: string[] = [];
  const told: Pick<PreviewLinkOptions, "sessionId" | "drawn" | "failed">[] = [];
  const link = {
    finish: async () => void said.push("link finished"),
    close: () => void said.push("link closed"),
    again: () => void said.push("again"),
  } as PreviewLink;
  const preview = new Preview({
    film: isKnown ? film : undefined,
    openViews: (sessionId, { window }) => {
      if (!isKnown) said.push(`opened for ${window.x0} to ${window.x1}`);
      return Array.from({ length: viewCount }, (_, at) => ({
        draw: ({ rect }) => void said.push(`${sessionId} view ${at}: ${rect.x0}`),
        close: async () => void said.push(`view ${at} closed`),
      }));
    },
    openLink: (options) => {
      told.push(options);
      return link;
    },
    say: (line) => void said.push(line),
  });
  return { preview, said, told };
}

const tile = (x0: number) => ({ rect: { x0, y0: 0, x1: x0 + 1, y1: 1 }, rgba: new Float32Array(4) });

describe("a render that is looked at", () => {
  it("tiles come -> each view draws each; at the end the last picture first, then the views", async () => {
    const { preview, said, told } = stage(2);
    preview.begin("s");
    told[0]?.drawn([tile(0), tile(64)], true);
    await preview.finish();
    expect(said).toEqual([
      ...["s view 0: 0", "s view 0: 64", "s view 1: 0", "s view 1: 64"],
      ...["link finished", "link closed", "view 0 closed", "view 1 closed"],
    ]);
    await preview.close();
    expect(said.filter((line) => line === "view 0 closed")).toHaveLength(1);
  });

  it("a film of unknown size -> shown when it was seen as a whole, from the beginning again", () => {
    const { preview, said, told } = stage(1, { isKnown: false });
    preview.begin("s");
    told[0]?.drawn([tile(64)], false);
    told[0]?.drawn([tile(8)], true);
    told[0]?.drawn([tile(8)], false);
    told[0]?.drawn([tile(64)], true);
    expect(said).toEqual(["opened for 8 to 65", "again", "s view 0: 8", "s view 0: 64"]);
  });

  it("nobody can show it -> nothing is asked for", async () => {
    const { preview, told, said } = stage(0);
    preview.begin("s");
    await preview.finish();
    expect([told, said]).toEqual([[], []]);
  });

  it("there is no picture to be had -> said, and the render goes on", () => {
    const { preview, said, told } = stage(1);
    preview.begin("s");
    told[0]?.failed(new ArrasError("not-allowed", { message: "Not yours", action: "Ask." }));
    expect(said).toEqual(["There is no picture to look at: [not-allowed] Not yours. Ask."]);
  });
});
