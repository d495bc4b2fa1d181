/**
 * Makes tabs of the forms that choose a language of code. A choice holds for all requests of the page, and a cookie of the server
 * keeps it for other pages. Arrows move between the tabs; Enter and Space choose.
 */
import { enhanceCopy } from "./copy.ts";
import { fillInKey } from "./own-key.ts";

interface Chooser {
  readonly tabs: readonly HTMLButtonElement[];
  /** The id of what the tabs change. */
  readonly panel: HTMLElement;
}

export function enhanceCodeTabs(forms: readonly HTMLFormElement[]): void {
  const choosers: Chooser[] = forms.flatMap((form) => tabsOf(form, (language) => void choose(language)) ?? []);

  async function choose(language: string): Promise<void> {
    for (const chooser of choosers) mark(chooser, language);
    const url = new URL(location.href);
    url.searchParams.set("lang", language);
    const answer = await fetch(url);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const { panel } of choosers) {
      const made = page.getElementById(panel.id);
      if (made === null) continue;
      panel.replaceChildren(...made.children);
      enhanceCopy(panel);
      fillInKey(panel);
    }
  }
}

function tabsOf(form: HTMLFormElement, choose: (language: string) => void): Chooser | undefined {
  const select = form.querySelector("select");
  const panel = document.getElementById(form.dataset["languages"] ?? "");
  if (select === null || panel === null) return undefined;
  const list = document.createElement("div");
  list.className = "tabs";
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", form.querySelector("label")?.textContent ?? "");
  const tabs = [...select.options].map(({ value, text }) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `${panel.id}-${value}`;
    tab.value = value;
    tab.textContent = text;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    tab.addEventListener("click", () => choose(value));
    return tab;
  });
  list.append(...tabs);
  list.addEventListener("keydown", (event) => moveFocus(event, tabs));
  const chooser = { tabs, panel };
  panel.setAttribute("role", "tabpanel");
  form.replaceWith(list);
  mark(chooser, select.value);
  return chooser;
}

function mark({ tabs, panel }: Chooser, language: string): void {
  for (const tab of tabs) {
    const isChosen = tab.value === language;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    if (isChosen) panel.setAttribute("aria-labelledby", tab.id);
  }
}

function moveFocus(event: KeyboardEvent, tabs: readonly HTMLButtonElement[]): void {
  const at = tabs.findIndex((tab) => tab === document.activeElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  tabs[to % tabs.length]?.focus();
}
