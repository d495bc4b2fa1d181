/** Corrects the paths that come from mistyped base URLs. */
import { SURFACES, surfaceOf } from "./surfaces.ts";

/** The first words of the paths below a version: `chat`, `completions`, `models`, … */
const VERSIONED = SURFACES.filter(({ mount }) => /\/v\d/.test(mount));
const FIRST_WORDS = new Set(VERSIONED.flatMap(({ rows }) => rows.map(({ path }) => path.split("/")[1] ?? "")));

/**
 * The endpoint's path, even if it was written with doubled or trailing slashes, or with `/v1` missing or doubled. A path
 * that leads to no endpoint only loses its surplus slashes.
 */
export function normalisePath(pathname: string): string {
  const path = pathname
    .replaceAll(/\/{2,}/g, "/")
    .replace(/(.)\/$/, "$1")
    // Google's clients add their version to the base URL, and speak OpenAI's format below a path of their own.
    .replace(/^(?:\/v1)*\/v1(?:alpha|beta\d*)(?=\/|$)/, "/v1beta")
    .replace(/^\/v1beta\/openai(?=\/|$)/, "/v1");
  const [, prefix = "", rest = ""] = /^(\/xlei|\/kling)?(?:\/v1)*(\/.*)?$/.exec(path) ?? [];
  return FIRST_WORDS.has(rest.split("/")[1] ?? "") ? `${prefix}/v1${rest}` : path;
}

/**
 * The endpoint that an unknown path most likely meant: the path that has most words in common with it.
 * @param own the paths of endpoints outside the surfaces
 */
export function likelyPath(path: string, own: readonly string[] = []): string | undefined {
  const { mount, rows } = surfaceOf(path);
  const words = new Set(
    path
      .toLowerCase()
      .split(/[^a-z]+/)
      .flatMap((word) => [word, `${word}s`, word.replace(/s$/, "")]),
  );
  // Among candidates with equally many common words, the one with the fewest other words wins.
  const shared = (candidate: string) => {
    const parts = candidate.split("/").filter((word) => word !== "");
    const common = parts.filter((word) => words.has(word)).length;
    return common === 0 ? 0 : common + 0.1 / (1 + parts.length - common);
  };
  const candidates = [
    ...rows.map((row) => ({ whole: mount + row.path, score: shared(row.path) })),
    // The prefix of these paths is no common word: `/api` alone means none of them.
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
