/** Upstreams' credentials: for whom they are sealed, and what the operator must send to move them. */
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { upstreamCredentials } from "../../../schema/index.ts";
import { Sealer } from "../../../src/core/seal.ts";
import { CREDENTIALS_KEY } from "../../support/seed.ts";
import { ADMIN_TOKEN, appWith, caller, db, expectStatus, servicesWith, snapshot } from "./support.ts";

const operator = caller(appWith(), ADMIN_TOKEN);
const sealer = new Sealer(CREDENTIALS_KEY);
const ONE = "/admin/api/upstreams/vendor";
const rows = async () => db.select().from(upstreamCredentials).where(eq(upstreamCredentials.upstreamId, "vendor"));

describe("an upstream's credentials", () => {
  beforeAll(async () => {
    const vendor = { id: "vendor", name: "Vendor", kind: "bearer", base_url: "https://api.vendor.example/v1" };
    await expectStatus(operator("POST", "/admin/api/upstreams", vendor), 201);
  });

  it("need not be sent while there are none", async () => {
    for (const base_url of ["https://early.vendor.example/v1", "https://api.vendor.example/v1"])
      await expectStatus(operator("PATCH", ONE, { base_url }), 200);
  });

  it("follow a new path of the same origin, and no other origin", async () => {
    await expectStatus(operator("POST", `${ONE}/credentials`, { secret: "first" }), 201);
    await expectStatus(operator("PATCH", ONE, { base_url: "https://api.vendor.example/v2", name: "V" }), 200);
    const before = await snapshot();
    for (const base_url of [
      "https://evil.example/v1",
      "http://api.vendor.example/v2",
      "https://api.vendor.example:8443",
    ]) {
      const { error } = await expectStatus(operator("PATCH", ONE, { base_url }), 400);
      expect(error).toMatchObject({ param: "base_url", message: expect.stringContaining("Send the credentials") });
    }
    expect(await snapshot()).toEqual(before);
  });

  it("may have a capacity, which replaces nothing else", async () => {
    const unlimited = { requests_per_minute: null, tokens_per_minute: null, concurrent_requests: null };
    const made = await expectStatus(
      operator("POST", `${ONE}/credentials`, { secret: "s", concurrent_requests: 2 }),
      201,
    );
    expect(made).toMatchObject({ ...unlimited, concurrent_requests: 2, disabled: false });
    const path = `${ONE}/credentials/${made["id"]}`;
    const rpm = { requests_per_minute: 5 };
    expect(await expectStatus(operator("PATCH", path, rpm), 200)).toMatchObject({ ...rpm, concurrent_requests: 2 });
    const off = await expectStatus(operator("PATCH", path, { disabled: true, concurrent_requests: null }), 200);
    expect(off).toMatchObject({ ...unlimited, ...rpm, disabled: true });
    expect(await expectStatus(operator("PATCH", path, {}), 200)).toEqual(off);
    await expectStatus(operator("PATCH", `/admin/api/upstreams/other/credentials/${made["id"]}`, rpm), 404);
  });

  it("are replaced in the call that changes the origin", async () => {
    const body = { base_url: "https://moved.example/v1", credentials: [{ secret: "second" }, { secret: "third" }] };
    expect(await expectStatus(operator("PATCH", ONE, body), 200)).toMatchObject({ base_url: body.base_url, name: "V" });
    const purpose = { id: "vendor", origin: "https://moved.example" };
    const secrets = await Promise.all((await rows()).map(async ({ sealed }) => sealer.open(sealed, purpose)));
    expect(secrets.toSorted()).toEqual(["second", "third"]);
  });

  it("sealed for one origin are not sent to another, even if the row is changed behind the gateway's back", async () => {
    const { credentials } = servicesWith().relay;
    const [row] = await rows();
    if (row === undefined) throw new Error("no credential");
    const open = async (baseUrl: string) => credentials.open({ id: "vendor", baseUrl }, row);
    expect(["second", "third"]).toContain(await open("https://moved.example/v1"));
    await expect(open("https://evil.example/v1")).rejects.toThrow();
  });
});
