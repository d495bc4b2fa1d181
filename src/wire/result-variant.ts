/** The name of the nth result of its kind, from 0 on: `video`, then `video-2`. */
export function variantOf(kind: "image" | "video", at: number): string {
  return at === 0 ? kind : `${kind}-${at + 1}`;
}
