/** The operator's commands against a running gateway without accounts, upstreams and models. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { routes, upstreamCredentials, upstreams } from "../../../schema/index.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { sealAsBefore } from "../../support/old-seal.ts";
import { CREDENTIALS_KEY } from "../../support/seed.ts";
import { completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";

const PROGRAM = fileURLToPath(new URL("../../../src/cli/operator.ts", import.meta.url));
const ADMIN_TOKEN = "a-token-of-the-operator-in-tests";
const SECRET = "credential-of-the-vendor";

let gateway: Gateway;
let upstream: ScriptedUpstream;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "token-gateway-operator-"));
  [gateway, upstream] = await Promise.all([startGateway({ secrets: { ADMIN_TOKEN } }), startUpstream()]);
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([gateway.close(), upstream.close()]);
});

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function operator(
  words: readonly string[],
  { input = "", env = {} }: { input?: string; env?: Record<string, string> } = {},
): Promise<Run> {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    cwd: folder,
    env: { PATH: process.env["PATH"], GATEWAY_URL: gateway.url, ADMIN_TOKEN, ...env },
    stdio: "pipe",
  });
  child.stdin.on("error", () => undefined).end(input);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number, out, err };
}

async function done(words: readonly string[], options?: Parameters<typeof operator>[1]): Promise<string> {
  const run = await operator(words, options);
  expect(run, words.join(" ")).toMatchObject({ code: 0, err: "" });
  return run.out;
}

const ADD = ["upstream", "add", "--name", "The Vendor", "--base-url"];
const MODEL = "org/model=vendor-model,input=2.5,output=10,cached-read=0.25,auto=100,tools";

/** What one chat of {@link completion} costs: 5 tokens in at 2.5 and 7 out at 10 per million. */
const CHAT = (5 * 2.5 + 7 * 10) / 1_000_000;
const left = (amount: number) => String(Number((amount - CHAT).toFixed(9)));

describe("the operator's commands", () => {
  it("lead from nothing to a chat that is answered", async () => {
    const added = await done([...ADD, upstream.baseUrl, "--model", MODEL], { input: `${SECRET}\n` });
    expect(added).toContain(
      "upstream the-vendor\n  credential\n  model org/model\n    price\n    route the-vendor:org/model\n",
    );
    const made = await done(["account", "create", "--name", "Alice", "--top-up", "12.5"]);
    const [, account = ""] = /Account: (\S+)/.exec(made) ?? [];
    const [, key = ""] = /Key: {5}(sk-\w{49})\n/.exec(made) ?? [];
    expect(made).toContain("Balance: 12.5\n");

    upstream.script("vendor-model", (exchange) => exchange.json(completion("Hi")));
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: "auto", messages: [{ role: "user", content: "Hello" }] }),
    });
    const body = await answer.json();
    expect(answer.status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ model: "org/model", choices: [{ message: { content: "Hi" } }] });
    expect(upstream.received.at(-1)?.headers.authorization).toBe(`Bearer ${SECRET}`);

    expect(await done(["account", "list"])).toMatch(new RegExp(`${account} +Alice +${left(12.5)} `));
    expect(await done(["upstream", "list"])).toContain(upstream.baseUrl);
    expect(await done(["model", "list"])).toMatch(/org\/model +chat +100 +0 +false +the-vendor/);
    const again = await done(["key", "create", "--account", account, "--name", "second"]);
    expect(again).toMatch(/^Key: {5}sk-\w{49}\n$/);
    expect(await done(["key", "list", "--account", account])).toMatch(/first[\s\S]*second/);
  });

  it("may be run again: existing rows are kept, a new price is added", async () => {
    const again = await done([...ADD, upstream.baseUrl, "--model", MODEL]);
    expect(again).toContain(
      "upstream the-vendor (kept)\n  credential (kept)\n  model org/model (kept)\n    price (kept)\n    route the-vendor:org/model (kept)\n",
    );
    expect(await gateway.db.select().from(upstreamCredentials)).toHaveLength(1);
    const dearer = await done([...ADD, upstream.baseUrl, "--model", MODEL.replace("2.5", "3")]);
    expect(dearer).toContain("    price\n");
    const [, account = ""] = /(\S+) +Alice/.exec(await done(["account", "list"])) ?? [];
    const topUp = ["top-up", "--account", account, "--amount", "0.5", "--id", "payment-7"];
    expect(await done(topUp)).toBe(`Balance: ${left(13)}\n`);
    expect(await done(topUp)).toBe(`Balance: ${left(13)} (this top-up was there already)\n`);
  });

  it("count the credentials that are left under another key", async () => {
    expect(await done(["sealing", "status"])).toContain("Credentials: 1\nLeft under another key: 0\n");
    const sealed = await sealAsBefore(CREDENTIALS_KEY, SECRET, "the-vendor");
    await gateway.db
      .update(upstreamCredentials)
      .set({ sealed })
      .where(eq(upstreamCredentials.upstreamId, "the-vendor"));
    expect(await done(["sealing", "status"])).toBe("Credentials: 1\nLeft under another key: 1\n");
    await gateway.runSchedule("* * * * *");
    expect(await done(["sealing", "status"])).toContain("Left under another key: 0\n");
  });

  it("give operators tokens of their own", async () => {
    const [, token = ""] =
      /^Token: (op-\w{49})\n$/.exec(await done(["operator", "create", "--name", "olga", "--role", "read"])) ?? [];
    const env = { ADMIN_TOKEN: token };
    expect(await done(["operator", "list"], { env })).toMatch(/olga +op-\w{8} +read +false/);
    const [, id = ""] = /^(\S+) +olga/m.exec(await done(["operator", "list"], { env })) ?? [];
    expect((await operator(["operator", "disable", "--id", id], { env })).err).toContain(
      "Your token has the role 'read'",
    );
    await done(["operator", "disable", "--id", id]);
    expect((await operator(["operator", "list"], { env })).err).toContain("The operator token is not valid.");
  });

  it("say which fields an upstream may get", async () => {
    const fieldsOf = async () => (await gateway.db.select().from(upstreams)).map(({ fields }) => fields);
    const set = async (...words: string[]) => done(["upstream", "fields", "--id", "the-vendor", ...words]);
    await set("--allow", "documents", "--allow", "metadata");
    expect(await fieldsOf()).toEqual(['["documents","metadata"]']);
    await set("--open");
    expect(await fieldsOf()).toEqual(["open"]);
    await set("--reset");
    expect(await fieldsOf()).toEqual([null]);
  });

  it("make redeem codes and disable keys", async () => {
    const codes = await done(["code", "create", "--batch", "spring", "--count", "2", "--amount", "5"]);
    expect(codes).toMatch(/^([0-9A-Z]{5}(-[0-9A-Z]{5}){4}\n){2}$/);
    const made = await done(["account", "create", "--name", "Bob", "--unlimited"]);
    const [, account = ""] = /Account: (\S+)/.exec(made) ?? [];
    const [, key = ""] = /^(\S+) +first/m.exec(await done(["key", "list", "--account", account])) ?? [];
    await done(["key", "disable", "--account", account, "--key", key]);
    expect(await done(["key", "list", "--account", account])).toMatch(/first +sk-\S+ +true/);
  });

  it("add what answers later over the wire of its upstream, and lose no rates of its price", async () => {
    const add = [...ADD.slice(0, 2), "--name", "Kling", "--kind", "kling", "--base-url", upstream.baseUrl];
    const model = "kling-v2-6,operation=video,input=0,output=0,second=0.3,image";
    await done([...add, "--model", model], { input: `${SECRET}\n` });
    const [route] = await gateway.db.select().from(routes).where(eq(routes.modelId, "kling-v2-6"));
    expect(route).toMatchObject({ upstreamId: "kling", wire: "kling.videos" });

    const price = { model_id: "kling-v2-6", input_nanos: 0, output_nanos: 0, second_nanos: 300_000_000 };
    const rates = [{ unit: "second", when: { mode: "pro" }, price_nanos: 500_000_000 }];
    const sent = await fetch(`${gateway.url}/admin/api/prices`, {
      method: "POST",
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify({ ...price, rates }),
    });
    expect(sent.status, await sent.text()).toBe(201);
    expect(await done([...add, "--model", model])).toContain("price (kept)");
    const other = await operator([...add, "--model", model.replace("0.3", "0.4")]);
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining("rates") as string });
  });

  it("say what is wrong, with the server's message, and how they are used", async () => {
    const cases: [words: string[], code: number, message: string, env?: Record<string, string>][] = [
      [["top-up", "--account", "no-such", "--amount", "5"], 1, "The requested resource does not exist."],
      [["top-up", "--account", "x", "--amount", "five"], 2, "--amount must be an amount above 0"],
      [["top-up", "--account", "x", "--amount", "-5"], 2, "npm run operator -- top-up --account ID"],
      [["top-up", "--account", "x"], 2, "--amount is missing."],
      [["account", "destroy"], 2, "There is no command 'account destroy'."],
      [["account", "create", "--name", "x", "--password", "y"], 2, "Unknown option '--password'"],
      [["account", "list", "more"], 2, "more"],
      [["upstream", "fields", "--id", "x", "--open", "--reset"], 2, "Give one of --allow, --open and --reset."],
      [
        [...ADD, "ftp://vendor.example", "--id", "other"],
        1,
        "the base URL must begin with https://",
        { UPSTREAM_KEY: "k" },
      ],
      [[...ADD, "https://vendor.example", "--id", "other"], 2, "No key of the upstream given: set UPSTREAM_KEY"],
      [[...ADD, "https://elsewhere.example"], 1, "There is an upstream 'the-vendor' already"],
      [[...ADD, "https://vendor.example", "--model", "m"], 2, "it needs input= and output="],
      [[...ADD, "https://vendor.example", "--model", "m,input=1,output=1,speed=9"], 2, "no setting 'speed=9'"],
      [[...ADD, "https://vendor.example", "--model", "m,input=1.0000001,output=1"], 2, "six decimals at most"],
      [["account", "list"], 1, "The operator token is not valid. Set ADMIN_TOKEN", { ADMIN_TOKEN: "wrong" }],
      [["account", "list"], 1, "There is no answer from http://127.0.0.1:9", { GATEWAY_URL: "http://127.0.0.1:9" }],
      [["account", "list"], 2, "GATEWAY_URL must begin with https://", { GATEWAY_URL: "http://gateway.example" }],
      [
        ["account", "list"],
        2,
        "Set ADMIN_TOKEN in the environment",
        { GATEWAY_URL: "https://gateway.example", ADMIN_TOKEN: "" },
      ],
    ];
    for (const [words, code, message, env = {}] of cases) {
      const run = await operator(words, { env });
      expect(run, words.join(" ")).toMatchObject({ code, out: "" });
      expect(run.err, words.join(" ")).toContain(message);
      expect(run.err, words.join(" ")).not.toMatch(/\n\s+at /);
    }
  });

  it("explain themselves", async () => {
    expect(await done(["--help"])).toContain("Usage: npm run operator -- COMMAND");
    expect(await done([])).toContain("top-up --account ID");
    expect(await done(["upstream", "add", "--help"])).toContain("prices for a million tokens: input=");
  });
});
