/** Buttons that copy: a text of their own, or the code that they stand beside. */
import { announce } from "./announce.ts";

/** Shows the buttons in a part of the page, and makes them work. */
export function enhanceCopy(root: ParentNode): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => void copy(button));
  }
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const { copy: own = "", done = "" } = button.dataset;
  const text = own === "" ? (button.closest("figure")?.querySelector("code")?.textContent ?? "") : own;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text);
  }
  const before = button.textContent;
  button.textContent = done;
  announce(done);
  setTimeout(() => (button.textContent = before), 2000);
}

/** For pages that are not served over https, where browsers have no clipboard. */
function copyBySelection(text: string): void {
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
