// Denoising on and off: what does it is said beside the picture, and why it cannot where it cannot.
import type { SessionView } from "../live/session-view.ts";
import { isDenoised } from "../state/commands.ts";

export function Denoise({ view }: { readonly view: SessionView }) {
  const { denoiser } = view.model.value;
  // Not known before there is a picture.
  if (denoiser === undefined) return null;
  const isMissing = denoiser.missing !== "";
  return (
    <label
      class="toggle"
      title={isMissing ? denoiser.missing : `By ${denoiser.name}; the film and its EXR stay as they are`}
    >
      <input
        type="checkbox"
        disabled={isMissing}
        checked={isDenoised(view.choices.value)}
        onChange={() => view.obey("denoise")}
        aria-describedby="denoiser"
      />
      <span>Denoise</span>
      <small id="denoiser">
        {isMissing ? "no denoiser there" : isDenoised(view.choices.value) ? denoiser.name : ""}
      </small>
    </label>
  );
}
