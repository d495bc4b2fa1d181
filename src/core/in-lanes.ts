/** A Worker has six connections at once. */
const LANES = 6;

/**
 * Does the work for each item, a few at the same time, and waits for all of them. What
 * is begun beyond that waits for a connection while its time runs.
 * @throws what `work` throws first; the others of its time still run
 */
export async function inLanes<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at] as Item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(LANES, items.length) }, lane));
  return results;
}
