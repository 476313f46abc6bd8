// The session's picture in tev: an image of the film's size, named after the session.
import { TevClient, type TevNews } from "../../host/tev/tev-client.ts";
import { type HostPort, hostPortText } from "../../proto/host-port.ts";
import { heightPx, widthPx } from "../../proto/rect.ts";
import type { PictureView } from "./preview.ts";
import type { PreviewPixels } from "./preview-pixels.ts";

export interface TevViewOptions {
  readonly address: HostPort;
  readonly imageName: string;
  readonly size: { readonly widthPx: number; readonly heightPx: number };
  say(line: string): void;
}

export function tevView({ address, imageName, size, say }: TevViewOptions): PictureView {
  const at = hostPortText(address);
  let isAwayTold = false;
  const told = (news: TevNews) => {
    if (news.t === "there") return;
    // Once: who closes tev knows it.
    if (!isAwayTold) say(`tev does not listen at ${at} (${news.reason}); it gets the picture as soon as it does`);
    isAwayTold = true;
  };
  const client = new TevClient({ ...address, told });
  const picture = client.createImage({ name: imageName, ...size, channelNames: ["R", "G", "B", "A"] });
  return {
    draw: ({ rect, rgba }: PreviewPixels) => {
      // A film whose size was found out from what there was of it.
      if (rect.x1 > size.widthPx || rect.y1 > size.heightPx) return;
      picture.draw({ x: rect.x0, y: rect.y0, widthPx: widthPx(rect), heightPx: heightPx(rect) }, rgba);
    },
    close: () => client.close(),
  };
}
