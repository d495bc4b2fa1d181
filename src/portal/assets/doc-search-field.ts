/** Shows what the documentation has while somebody types. The key `/` leads to the field, Escape empties it. */
import { announce } from "./announce.ts";

const PAUSE_MS = 200;

/** @param field in the form of the search; `data-results` is the id of the place below it */
export function enhanceDocSearch(field: HTMLInputElement): void {
  const { form } = field;
  const results = document.getElementById(field.dataset["results"] ?? "");
  if (form === null || results === null) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: AbortController | undefined;

  field.addEventListener("input", () => {
    clearTimeout(timer);
    running?.abort();
    if (field.value.trim() === "") return results.replaceChildren();
    timer = setTimeout(() => {
      running = new AbortController();
      void showResults(searchOf(form, field), results, running.signal);
    }, PAUSE_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    field.value = "";
    field.dispatchEvent(new Event("input"));
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof Element && event.target.matches("input, textarea, select");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
  });
}

function searchOf({ action }: HTMLFormElement, { name, value }: HTMLInputElement): URL {
  const url = new URL(action);
  url.searchParams.set(name, value);
  url.searchParams.set("part", "results");
  return url;
}

async function showResults(url: URL, results: HTMLElement, signal: AbortSignal): Promise<void> {
  try {
    const answer = await fetch(url, { signal });
    if (!answer.ok) return;
    const found = new DOMParser().parseFromString(await answer.text(), "text/html");
    results.replaceChildren(...found.body.childNodes);
    announce(results.querySelector("[data-count]")?.textContent ?? "");
  } catch (error) {
    // Somebody typed on, or the network is away: the form still works.
    if (!(error instanceof DOMException) && !(error instanceof TypeError)) throw error;
  }
}
