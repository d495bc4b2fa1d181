/** Other names of models: whole names, and beginnings of names. */
import { isAuto } from "./plan.ts";
import type { Catalogue } from "./catalogue.ts";

/** Names that end so stand for all that begin like them. */
const ANY = "*";

/** The name by which the catalogue knows what a client asks for. The longest beginning counts. */
export function resolveName({ models, aliases }: Catalogue, name: string): string {
  if (aliases.size === 0 || isAuto(name) || models.has(name)) return name;
  const whole = aliases.get(name);
  if (whole !== undefined) return whole;
  let [found, length] = [name, -1];
  for (const [pattern, target] of aliases) {
    const beginning = pattern.endsWith(ANY) ? pattern.slice(0, -1) : undefined;
    if (beginning === undefined || beginning.length <= length || !name.startsWith(beginning)) continue;
    [found, length] = [target, beginning.length];
  }
  return found;
}
