// Finished images that the farm keeps of a session: links to them, and since when.
import type { KeptImages } from "../../proto/gen/arras/v1/images_pb.ts";
import { imagePath, imageText } from "../state/kept-text.ts";

export interface KeptProps {
  readonly kept: KeptImages;
}

export function KeptLinks({ kept }: KeptProps) {
  return (
    <ul class="kept">
      {kept.images.map((image) => (
        <li key={image.name}>
          <a href={imagePath(kept, image)} download>
            {imageText(image)}
          </a>
        </li>
      ))}
    </ul>
  );
}

export function SavedAt({ kept }: KeptProps) {
  const savedAt = new Date(Number(kept.savedAtMs));
  return (
    <time dateTime={savedAt.toISOString()}>
      {savedAt.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}
    </time>
  );
}
