/** A session's preference among candidates, the same in every isolate and with nothing stored. */

/**
 * The item with the smallest draw, where draws are made by hash. Each item wins in proportion to its weight. When an item
 * is removed or added, only the sessions that prefer it move.
 * @see https://www.snia.org/sites/default/files/SDC15_presentations/dist_sys/Jason_Resch_New_Consistent_Hashings_Rev.pdf
 */
export function preferred<Item>(
  session: string,
  items: readonly { readonly item: Item; readonly key: string; readonly weight: number }[],
): Item | undefined {
  let best: { item: Item; draw: number } | undefined;
  for (const { item, key, weight } of items) {
    if (weight <= 0) continue;
    const draw = -Math.log(unit(`${session}\n${key}`)) / weight;
    if (best === undefined || draw < best.draw) best = { item, draw };
  }
  return best?.item;
}

/** A hash in (0, 1): FNV-1a with murmur's finish. Spreads well; keeps nothing secret. */
export function unit(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  return ((hash >>> 0) + 0.5) / 0x1_0000_0000;
}
