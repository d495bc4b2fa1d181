/** The least UUIDv7 of a moment: ids of charges made before it are less. */
export function uuidv7Floor(atMs: number): string {
  const hex = Math.max(0, Math.floor(Math.min(atMs, 0xffff_ffff_ffff)))
    .toString(16)
    .padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
