/** What people type for a base URL, and what they meant. */
import { SURFACES, surfaceOf } from "./surfaces.ts";

/** The first words of all rows: `chat`, `completions`, `models`, … */
const FIRST_WORDS = new Set(SURFACES.flatMap(({ rows }) => rows.map(({ path }) => path.split("/")[1] ?? "")));

/**
 * The path of an endpoint, whichever way it was written: with doubled or trailing slashes, with `/v1` missing or
 * doubled. A path that leads to no endpoint only loses its surplus slashes.
 */
export function normalisePath(pathname: string): string {
  const path = pathname.replaceAll(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
  const [, prefix = "", rest = ""] = /^(\/xlei)?(?:\/v1)*(\/.*)?$/.exec(path) ?? [];
  return FIRST_WORDS.has(rest.split("/")[1] ?? "") ? `${prefix}/v1${rest}` : path;
}

/**
 * The endpoint that an unknown path most likely meant: the one whose words it shares.
 * @param own whole paths beside the surfaces
 */
export function likelyPath(path: string, own: readonly string[] = []): string | undefined {
  const { mount, rows } = surfaceOf(path);
  const words = new Set(
    path
      .toLowerCase()
      .split(/[^a-z]+/)
      .flatMap((word) => [word, `${word}s`, word.replace(/s$/, "")]),
  );
  // Words that a candidate has and the path lacks decide between equals.
  const shared = (candidate: string) => {
    const parts = candidate.split("/").filter((word) => word !== "");
    const common = parts.filter((word) => words.has(word)).length;
    return common === 0 ? 0 : common + 0.1 / (1 + parts.length - common);
  };
  const candidates = [
    ...rows.map((row) => ({ whole: mount + row.path, score: shared(row.path) })),
    // The first words of these say whose they are: `/api` alone means none of them.
    ...own.map((whole) => ({
      whole,
      score: shared(whole.replace(/^(\/admin)?\/api/, "")) + (sharesFirst(whole, path) ? 0.5 : 0),
    })),
  ].filter(({ whole, score }) => score >= 1 && !whole.includes(":"));
  return candidates.toSorted((a, b) => b.score - a.score)[0]?.whole;
}

function sharesFirst(a: string, b: string): boolean {
  return a.split("/")[1] === b.split("/")[1];
}
