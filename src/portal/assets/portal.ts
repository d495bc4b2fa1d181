/** What a script adds to pages that work without one: copy buttons, the focus on what is wrong, answers as they are made. */
import { enhancePlayground } from "./playground.ts";

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => void copy(button));
}

async function copy(button: HTMLButtonElement): Promise<void> {
  const { copy: text = "", done = "" } = button.dataset;
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

function announce(text: string): void {
  let region = document.querySelector("#announcements");
  if (region === null) {
    region = document.createElement("div");
    region.id = "announcements";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = text;
}

document.querySelector<HTMLElement>("[data-focus]")?.focus();

// A menu closes when the focus or a click goes elsewhere.
for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu")) {
  const close = (event: Event) => {
    if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  };
  document.addEventListener("click", close);
  document.addEventListener("focusin", close);
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
}

// A payment begins by itself. Whoever comes back finds the order, and is not sent away again.
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-submit]")) {
  history.replaceState(null, "", location.pathname);
  form.submit();
}

for (const root of document.querySelectorAll<HTMLElement>("[data-playground]")) enhancePlayground(root);
