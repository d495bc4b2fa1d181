/** What of an upstream's answer is no client's business: who served it behind the upstream, and for how much. */
import type { JsonPlace } from "../core/json-edit.ts";

/** Members that tell who served an answer behind the upstream. */
const ROUTING: ReadonlySet<string> = new Set([
  "provider",
  "provider_id",
  "provider_name",
  "provider_metadata",
  "provider_specific_fields",
  "upstream",
  "upstream_id",
  "upstream_model",
  "route",
  "router",
  "routing",
  "channel",
  "channel_id",
  "x_groq",
  "openrouter_metadata",
  "litellm_metadata",
  "_hidden_params",
  "_response_headers",
]);

/** A name that tells what the upstream charges: `estimated_cost`, `cost_in_usd_ticks`, `is_byok`. */
const PRICED = /cost|price|byok|billing|credit/i;

/**
 * Removes an upstream's own costs and routing from an answer or a piece of one. Other members pass.
 * @param documented the members that the wire documents: they need no look at their names
 */
export function scrub(answer: JsonPlace, documented: ReadonlySet<string>): void {
  for (const name of Object.keys(answer.value)) {
    if (!documented.has(name) && (ROUTING.has(name) || PRICED.test(name))) answer.set(name, undefined);
  }
  scrubCosts(answer.object("usage"));
}

/** Removes costs from `usage` and from the objects in it. */
function scrubCosts(place: JsonPlace | undefined): void {
  if (place === undefined) return;
  for (const name of Object.keys(place.value)) {
    if (PRICED.test(name)) place.set(name, undefined);
    else scrubCosts(place.object(name));
  }
}
