/** What people type for a base URL, and what they meant. */
import { ENDPOINTS } from "./table.ts";
import { SURFACES } from "./surfaces.ts";

/** The first words of all endpoints: `chat`, `completions`, `models`, … */
const FIRST_WORDS = new Set(ENDPOINTS.map(({ path }) => path.split("/")[1] ?? ""));

/**
 * The path of an endpoint, whichever way it was written: with doubled or trailing slashes, with `/v1` missing or
 * doubled. A path that leads to no endpoint only loses its surplus slashes.
 */
export function normalisePath(pathname: string): string {
  const path = pathname.replaceAll(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
  const [, prefix = "", rest = ""] = /^(\/xlei)?(?:\/v1)*(\/.*)?$/.exec(path) ?? [];
  return FIRST_WORDS.has(rest.split("/")[1] ?? "") ? `${prefix}/v1${rest}` : path;
}

/** The endpoint that an unknown path most likely meant: the one whose words it shares. */
export function likelyPath(path: string): string | undefined {
  const mount = SURFACES.find((surface) => path.startsWith(surface.mount.replace(/v1$/, "")))?.mount ?? "/v1";
  const words = new Set(
    path
      .toLowerCase()
      .split(/[^a-z]+/)
      .flatMap((word) => [word, `${word}s`, word.replace(/s$/, "")]),
  );
  const shared = (candidate: string) => candidate.split("/").filter((word) => word !== "" && words.has(word)).length;
  const plain = ENDPOINTS.map(({ path: candidate }) => candidate).filter((candidate) => !candidate.includes(":"));
  const best = plain.reduce<string | undefined>(
    (a, b) => (a === undefined || shared(b) > shared(a) ? b : a),
    undefined,
  );
  return best === undefined || shared(best) === 0 ? undefined : mount + best;
}
