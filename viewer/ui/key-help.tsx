// The keyboard map.
import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { cameraKeyRows, keyRows, keyText } from "../state/key-map.ts";

export function KeyHelp({ isOpen }: { readonly isOpen: Signal<boolean> }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-label="Keys" onClose={() => (isOpen.value = false)}>
      {/* First: the dialog opens where what takes the focus is, and that is to be its beginning. */}
      <button type="button" class="close" onClick={() => dialog.current?.close()}>
        Close
      </button>
      <table>
        <tbody>
          {keyRows.map(({ keys, command, text }) => (
            <tr key={command}>
              <th scope="row">
                {keys.map((key) => (
                  <kbd key={key}>{keyText(key)}</kbd>
                ))}
              </th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2>With the camera tool</h2>
      <table>
        <tbody>
          {cameraKeyRows.map(({ keys, text }) => (
            <tr key={text}>
              <th scope="row">
                {keys.map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">Drag to move, wheel or pinch to zoom, twice on the picture for one to one and back.</p>
    </dialog>
  );
}
