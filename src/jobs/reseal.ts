/**
 * Each minute: seals again what is sealed under the previous key or in the old form, a bounded number of credentials at a
 * time. A credential that no key opens stays as it is; `npm run operator -- sealing status` counts it.
 */
import { and, eq, notLike, sql } from "drizzle-orm";
import { upstreamCredentials, upstreams } from "../../schema/index.ts";
import { log } from "../core/log.ts";
import type { Services } from "../services.ts";
import { purposeOf } from "../upstream/base-url.ts";

const BATCH_SIZE = 50;

/** @returns how many credentials were sealed again */
export async function resealCredentials({ db, sealer }: Pick<Services, "db" | "sealer">): Promise<number> {
  const outdated = await db
    .select({ id: upstreamCredentials.id, sealed: upstreamCredentials.sealed, upstream: upstreams })
    .from(upstreamCredentials)
    .innerJoin(upstreams, eq(upstreams.id, upstreamCredentials.upstreamId))
    .where(notLike(upstreamCredentials.sealed, `${await sealer.presentPrefix()}%`))
    // By chance, so that rows that no key opens do not keep the others from their turn.
    .orderBy(sql`random()`)
    .limit(BATCH_SIZE);
  let resealed = 0;
  for (const { id, sealed, upstream } of outdated) {
    const purpose = purposeOf(upstream);
    const secret = await sealer.open(sealed, purpose).catch(() => undefined);
    if (secret === undefined) continue;
    const { meta } = await db
      .update(upstreamCredentials)
      .set({ sealed: await sealer.seal(secret, purpose) })
      // The operator may have replaced the credential meanwhile.
      .where(and(eq(upstreamCredentials.id, id), eq(upstreamCredentials.sealed, sealed)));
    resealed += meta.changes;
  }
  if (resealed > 0) log("info", "credentials_resealed", { resealed, unopened: outdated.length - resealed });
  return resealed;
}
