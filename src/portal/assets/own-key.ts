/** A key that the reader pastes stands in all code of the page. It is in the memory of this page alone. */

/** The key that samples have, and the one that the code shows. */
let sample = "";
let shown = "";

/** @param field where a key is pasted; `data-own-key` is the key that samples have */
export function enhanceOwnKey(field: HTMLInputElement): void {
  sample = field.dataset["ownKey"] ?? "";
  shown = sample;
  const hidden = field.closest<HTMLElement>("[hidden]");
  if (hidden !== null) hidden.hidden = false;
  field.addEventListener("input", () => {
    const typed = field.value.trim();
    // Nothing that would end a string of some language.
    const next = /^[\w-]+$/.test(typed) ? typed : sample;
    replaceKey(document, shown, next);
    shown = next;
  });
}

/** In code that came later, which has the sample's key. */
export function fillInKey(root: ParentNode): void {
  replaceKey(root, sample, shown);
}

function replaceKey(root: ParentNode, before: string, after: string): void {
  if (before === after) return;
  for (const code of root.querySelectorAll("pre code")) {
    code.textContent = (code.textContent ?? "").replaceAll(before, after);
  }
}
