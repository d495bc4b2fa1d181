/** What a script adds to pages that work without one: copy buttons, tabs, the focus on what is wrong, answers as they are made. */
import { enhanceCodeTabs } from "./code-tabs.ts";
import { enhanceCopy } from "./copy.ts";
import { enhanceDocSearch } from "./doc-search-field.ts";
import { enhanceOwnKey } from "./own-key.ts";
import { enhancePlayground } from "./playground.ts";

enhanceCopy(document);

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

enhanceCodeTabs([...document.querySelectorAll<HTMLFormElement>("form[data-languages]")]);
for (const field of document.querySelectorAll<HTMLInputElement>("input[data-own-key]")) enhanceOwnKey(field);
for (const field of document.querySelectorAll<HTMLInputElement>("input[data-results]")) enhanceDocSearch(field);
