// Addresses of pictures of now.
import { describe, expect, it } from "vitest";
import { pictureQuery } from "../../../../coordinator/viewer/picture-query.ts";

const ask = (name: string, query = "") => pictureQuery("s", name, new URLSearchParams(query));

describe("a picture's address", () => {
  it("everything is given -> asked of the merger so", () => {
    const { request, contentType } = ask("preview.jpg", "aov=normal&size=640&exposure=-1.5&tone=filmic&quality=80");
    expect(contentType).toBe("image/jpeg");
    expect(request).toMatchObject({
      sessionId: "s",
      format: {
        case: "display",
        value: { encoding: "jpeg", output: "normal", maxSidePx: 640, exposureStops: -1.5, tone: "filmic", quality: 80 },
      },
    });
  });

  it("nothing is given -> the beauty in its own size", () => {
    const { value } = ask("preview.png").request.format;
    expect(value).toMatchObject({ output: "", maxSidePx: 0, exposureStops: 0, tone: "srgb" });
  });

  it.each([
    ["preview.gif", "", "preview.png"],
    ["preview.png", "size=0", "size"],
    ["preview.png", "size=1e3", "size"],
    ["preview.png", "exposure=bright", "exposure"],
    ["preview.png", "quality=101", "quality"],
    ["preview.png", "colour=red", "colour"],
  ])("%s?%s -> refused, naming %s", (name, query, named) => {
    try {
      ask(name, query);
    } catch (thrown) {
      expect(String(thrown)).toContain(named);
      return;
    }
    expect.unreachable();
  });
});
