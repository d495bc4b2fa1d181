/** In place of `src/services.ts` in the build of the bench whose storage answers at once. */
import { buildServices as build } from "../../../src/services.ts";
import type { Env, Settings } from "../../../src/settings.ts";
import { instantD1, instantObjects } from "./instant-storage.ts";

export * from "../../../src/services.ts";

export function buildServices(env: Env, settings: Settings) {
  const instant = {
    ...env,
    DB: instantD1(env.DB),
    KEY_WINDOWS: instantObjects(env.KEY_WINDOWS as never),
    UPSTREAM_HEALTH: instantObjects(env.UPSTREAM_HEALTH as never),
    IP_LIMITER: { limit: async () => ({ success: true }) },
  } as Env;
  return build(instant, settings);
}
