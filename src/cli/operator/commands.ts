/** The operator's commands: a table of words, options and what they send. */
import type { ParseArgsOptionsConfig } from "node:util";
import { readAmount, readCount } from "./amounts.ts";
import type { JsonObject, OperatorClient } from "./client.ts";
import { MODEL_FORM, MODEL_SETTINGS } from "./model-option.ts";
import { checkPayments } from "./payments-check.ts";
import { Problem } from "./problem.ts";
import { readSecret } from "./secrets.ts";
import { table } from "./table.ts";
import { addUpstream } from "./upstream-add.ts";

export interface Call {
  readonly client: OperatorClient;
  readonly say: (line: string) => void;
  /** @throws Problem when the option was not given */
  readonly need: (option: string) => string;
  readonly get: (option: string) => string | undefined;
  readonly all: (option: string) => readonly string[];
  readonly has: (option: string) => boolean;
}

type Terminal = Pick<Call, "client" | "say">;

export interface Command {
  readonly words: string;
  readonly usage: string;
  readonly about: string;
  /** Lines for its own `--help`. */
  readonly details?: readonly string[];
  readonly options: ParseArgsOptionsConfig;
  readonly run: (call: Call) => Promise<void>;
}

const text = { type: "string" } as const;
const yes = { type: "boolean" } as const;
const NOTE = "Changes take effect within 60 seconds.";

export const COMMANDS: readonly Command[] = [
  {
    words: "account create",
    usage: "--name NAME [--top-up AMOUNT] [--plan ID] [--unlimited] [--manages-account]",
    about: "an account and its first key, which is shown this once",
    options: { name: text, "top-up": text, plan: text, unlimited: yes, "manages-account": yes },
    async run({ client, say, need, get, has }) {
      const name = need("name");
      const amount = get("top-up") === undefined ? undefined : readAmount(get("top-up"), "--top-up");
      const plan = get("plan");
      const account = await client.send("POST", "/accounts", {
        name,
        ...(has("unlimited") ? { unlimited: true } : {}),
        ...(plan === undefined ? {} : { plan_id: plan }),
      });
      say(`Account: ${String(account["id"])}`);
      if (amount !== undefined) await topUp({ client, say }, String(account["id"]), "first-top-up", amount);
      await createKey({ client, say, has }, String(account["id"]), "first");
    },
  },
  {
    words: "account list",
    usage: "",
    about: "every account and its balance",
    options: {},
    async run({ client, say }) {
      const columns = ["id", "name", "balance", "held", "plan_id", "disabled"];
      say(table(await client.all("/accounts"), columns));
    },
  },
  {
    words: "top-up",
    usage: "--account ID --amount AMOUNT [--id PAYMENT]",
    about: "add to a balance; the same --id again adds nothing",
    options: { account: text, amount: text, id: text },
    async run({ client, say, need, get }) {
      const id = get("id") ?? crypto.randomUUID();
      await topUp({ client, say }, need("account"), id, readAmount(need("amount"), "--amount"));
    },
  },
  {
    words: "key create",
    usage: "--account ID --name NAME [--manages-account]",
    about: "one more key, which is shown this once; with --manages-account it sees all of its account",
    options: { account: text, name: text, "manages-account": yes },
    run: async ({ client, say, has, need }) => createKey({ client, say, has }, need("account"), need("name")),
  },
  {
    words: "key list",
    usage: "--account ID",
    about: "the keys of an account",
    options: { account: text },
    async run({ client, say, need }) {
      const columns = [
        "id",
        "name",
        "prefix",
        "disabled",
        "manages_account",
        "expires_at",
        "used_total",
        "quota_total",
      ];
      say(table(await client.all(`/accounts/${encodeURIComponent(need("account"))}/keys`), columns));
    },
  },
  {
    words: "key disable",
    usage: "--account ID --key ID",
    about: "refuse a key from now on",
    options: { account: text, key: text },
    async run({ client, say, need }) {
      const path = `/accounts/${encodeURIComponent(need("account"))}/keys/${encodeURIComponent(need("key"))}`;
      await client.send("PATCH", path, { disabled: true });
      say(`Disabled. ${NOTE}`);
    },
  },
  {
    words: "upstream add",
    usage: `--name NAME --base-url URL [--id ID] [--kind KIND] --model ${MODEL_FORM} [--model …]`,
    about:
      "an upstream with its models, prices (for a million tokens) and routes; its key from UPSTREAM_KEY, a prompt or stdin",
    details: ["Settings of a --model:", ...MODEL_SETTINGS],
    options: { name: text, "base-url": text, id: text, kind: text, model: { type: "string", multiple: true } },
    async run({ client, say, need, get, all }) {
      const name = need("name");
      await addUpstream(client, {
        id: get("id") ?? idFrom(name),
        name,
        kind: get("kind") ?? "bearer",
        baseUrl: need("base-url"),
        models: all("model"),
        readSecret: async () => readSecret("UPSTREAM_KEY", "key of the upstream"),
        say,
      });
      say(NOTE);
    },
  },
  {
    words: "upstream list",
    usage: "",
    about: "every upstream",
    options: {},
    run: async ({ client, say }) =>
      say(table(await client.all("/upstreams"), ["id", "name", "kind", "base_url", "disabled"])),
  },
  {
    words: "operator create",
    usage: `--name NAME --role read|support|finance|owner [--expires TIME]`,
    about: "an operator with a token of its own, which is shown this once; it lasts 90 days without --expires",
    options: { name: text, role: text, expires: text },
    async run({ client, say, need, get }) {
      const expires = get("expires");
      const made = await client.send("POST", "/operators", {
        name: need("name"),
        role: need("role"),
        ...(expires === undefined ? {} : { expires_at: expires }),
      });
      say(`Token: ${String(made["token"])}`);
    },
  },
  {
    words: "operator list",
    usage: "",
    about: "every operator, its role and the day of its last use",
    options: {},
    async run({ client, say }) {
      const columns = ["id", "name", "prefix", "role", "disabled", "expires_at", "last_used_day"];
      say(table(await client.all("/operators"), columns));
    },
  },
  {
    words: "operator disable",
    usage: "--id ID",
    about: "refuse an operator's token from now on",
    options: { id: text },
    async run({ client, say, need }) {
      await client.send("PATCH", `/operators/${encodeURIComponent(need("id"))}`, { disabled: true });
      say("Disabled.");
    },
  },
  {
    words: "sealing status",
    usage: "",
    about: "how many credentials are not yet sealed under the present CREDENTIALS_KEY",
    options: {},
    async run({ client, say }) {
      const { credentials, left } = await client.send("GET", "/sealing");
      say(`Credentials: ${String(credentials)}\nLeft under another key: ${String(left)}`);
      if (left === 0) say("CREDENTIALS_KEY_PREVIOUS is no longer needed one minute from now.");
    },
  },
  {
    words: "upstream fields",
    usage: "--id ID (--allow NAME [--allow …] | --open | --reset)",
    about: "request fields that an upstream may get besides the usual ones",
    details: [
      "--allow  a field, by the name in `x-gateway-warnings: dropped=NAME`; replaces the earlier list",
      "--open   every field but those that change the upstream's routing, bill or account",
      "--reset  the usual fields only",
    ],
    options: {
      id: text,
      allow: { type: "string", multiple: true },
      open: { type: "boolean" },
      reset: { type: "boolean" },
    },
    async run({ client, say, need, all, has }) {
      const names = all("allow");
      const given = [names.length > 0, has("open"), has("reset")].filter(Boolean);
      if (given.length !== 1) throw new Problem("Give one of --allow, --open and --reset.", 2);
      const fields = has("open") ? "open" : has("reset") ? null : names;
      await client.send("PATCH", `/upstreams/${encodeURIComponent(need("id"))}`, { fields });
      say(NOTE);
    },
  },
  {
    words: "model list",
    usage: "",
    about: "every model and the upstreams that serve it",
    options: {},
    async run({ client, say }) {
      const [models, routes] = [await client.all("/models"), await client.all("/routes")];
      const rows = models.map((model): JsonObject => {
        const upstreams = routes
          .filter((route) => route["model_id"] === model["id"])
          .map((route) => route["upstream_id"]);
        return { ...model, upstreams: upstreams.join(" ") };
      });
      say(table(rows, ["id", "operation", "auto_weight", "tier", "disabled", "upstreams"]));
    },
  },
  {
    words: "payments check",
    usage: "",
    about: "whether payment services reach the gateway from outside, and which payments need a look",
    options: {},
    run: async ({ client, say }) => checkPayments(client, say),
  },
  {
    words: "code create",
    usage: "--batch NAME --count N --amount AMOUNT [--expires TIME]",
    about: "redeem codes, which are shown this once",
    options: { batch: text, count: text, amount: text, expires: text },
    async run({ client, say, need, get }) {
      const expires = get("expires");
      const made = await client.send("POST", "/code-batches", {
        batch: need("batch"),
        count: readCount(need("count"), "--count"),
        amount_nanos: readAmount(need("amount"), "--amount"),
        ...(expires === undefined ? {} : { expires_at: expires }),
      });
      say((made["codes"] as string[]).join("\n"));
    },
  },
];

async function topUp({ client, say }: Terminal, account: string, id: string, amountNanos: number): Promise<void> {
  const path = `/accounts/${encodeURIComponent(account)}`;
  const body = { kind: "top_up", id, amount_nanos: amountNanos };
  const posted = await client.send("POST", `${path}/entries`, body).catch((error: unknown) => {
    if (error instanceof Problem && error.message.startsWith("There is no answer"))
      throw new Problem(`${error.message} To be sure that it is added once, try again with --id ${id}.`);
    throw error;
  });
  const { balance } = await client.send("GET", path);
  say(`Balance: ${String(balance)}${posted["replayed"] === true ? " (this top-up was there already)" : ""}`);
}

async function createKey(
  { client, say, has }: Terminal & Pick<Call, "has">,
  account: string,
  name: string,
): Promise<void> {
  const settings = has("manages-account") ? { manages_account: true } : {};
  const { key } = await client.send("POST", `/accounts/${encodeURIComponent(account)}/keys`, { name, ...settings });
  say(`Key:     ${String(key)}`);
}

/** `Open Router` → `open-router`. */
function idFrom(name: string): string {
  const id = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  if (id === "") throw new Problem("Give the upstream an --id, for its --name has no letters to make one of.", 2);
  return id;
}
