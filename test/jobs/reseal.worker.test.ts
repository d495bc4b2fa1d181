/** A change of `CREDENTIALS_KEY`: rows of the previous key are sealed again, in bounded batches. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { expect, it } from "vitest";
import { upstreamCredentials } from "../../schema/index.ts";
import { toBase64Url } from "../../src/core/base64.ts";
import { Sealer } from "../../src/core/seal.ts";
import { resealCredentials } from "../../src/jobs/reseal.ts";
import { sealAsBefore } from "../support/old-seal.ts";
import { addUpstream, CREDENTIALS_KEY } from "../support/seed.ts";

const NEW_KEY = toBase64Url(new Uint8Array(32).fill(7));
const LOST_KEY = toBase64Url(new Uint8Array(32).fill(9));
const db = drizzle(env.DB);
const purpose = { id: "vendor", origin: "https://vendor.example" };

it("seals rows of the previous key and of the old form again, 50 a run, and leaves what no key opens", async () => {
  const secrets = Array.from({ length: 55 }, (_, index) => `secret ${index}`);
  await addUpstream(db, { id: "vendor", baseUrl: `${purpose.origin}/v1`, credentials: secrets });
  await set("vendor-credential-0", await sealAsBefore(CREDENTIALS_KEY, "secret 0", "vendor"));
  const lost = await new Sealer(LOST_KEY).seal("lost", purpose);
  await set("vendor-credential-1", lost);
  const sealer = new Sealer(NEW_KEY, CREDENTIALS_KEY);

  const first = await resealCredentials({ db, sealer });
  expect([49, 50]).toContain(first);
  expect(first + (await resealCredentials({ db, sealer }))).toBe(54);
  expect(await resealCredentials({ db, sealer })).toBe(0);

  const alone = new Sealer(NEW_KEY);
  for (const { id, sealed } of await db.select().from(upstreamCredentials)) {
    if (id === "vendor-credential-1") expect(sealed).toBe(lost);
    else expect(await alone.open(sealed, purpose)).toBe(`secret ${id.slice("vendor-credential-".length)}`);
  }
});

async function set(id: string, sealed: string): Promise<void> {
  await db.update(upstreamCredentials).set({ sealed }).where(eq(upstreamCredentials.id, id));
}
