/** Bodies that are small to send and large to hold. The isolate that reads them also serves everybody else. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { CAN_MEASURE, ProcessMemory } from "../../support/memory.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { MAX_JSON_VALUES } from "../../../src/core/json-values.ts";
import { call, CHAT, expectFault, MESSAGES, type ExpectedFault } from "../call.ts";

const MIB = 1024 * 1024;
/** The default of `MAX_BODY_BYTES`. */
const LARGEST = 10 * MIB;
const PATH = `/v1${CHAT}`;

const HEAD = '{"model":"plain","messages":[{"role":"user","content":"Hello"}],"x":';

/** A body of the largest size that is accepted, or with so many items, in its field `x`. */
function filled([open, close]: readonly [string, string], item: (position: number) => string, most = Infinity): string {
  const items: string[] = [];
  for (let length = HEAD.length + 3, n = 0; n < most; n++) {
    const next = item(n);
    length += next.length + 1;
    if (length > LARGEST) break;
    items.push(next);
  }
  return `${HEAD}${open}${items.join(",")}${close}}`;
}

const ARRAY = ["[", "]"] as const;
const OBJECT = ["{", "}"] as const;
const emptyArray = () => "[]";
const oddObject = (n: number) => `{"${n.toString(36)}":0}`;
const oddMember = (n: number) => `"${n.toString(36)}":0`;

interface HeavyBody {
  readonly title: string;
  readonly body: () => string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** undefined = the body is accepted. */
  readonly fault?: ExpectedFault;
}

const gzip = { "content-encoding": "gzip" };
const VALUES = { fault: "body_too_large", says: /200000 JSON values/ } as const;
const DEPTH = { fault: "bad_json", says: /256 levels/ } as const;
const BYTES = { fault: "body_too_large", says: /10485760 bytes/ } as const;

const gibibyteOf = (text: string) => gzipSync(Buffer.alloc(1024 * MIB, text));

const BODIES: readonly HeavyBody[] = [
  { title: "a GiB of spaces in 1 MB of gzip", body: () => gibibyteOf(" "), headers: gzip, fault: BYTES },
  { title: "a GiB of brackets in 1 MB of gzip", body: () => gibibyteOf("[],"), headers: gzip, fault: VALUES },
  { title: "10 MiB of empty arrays", body: () => filled(ARRAY, emptyArray), fault: VALUES },
  {
    title: "10 MiB of empty arrays in gzip",
    body: () => gzipSync(filled(ARRAY, emptyArray)),
    headers: gzip,
    fault: VALUES,
  },
  { title: "10 MiB of objects with a name each", body: () => filled(ARRAY, oddObject), fault: VALUES },
  { title: "10 MiB of names in one object", body: () => filled(OBJECT, oddMember), fault: VALUES },
  { title: "10 MiB of open brackets", body: () => "[".repeat(LARGEST), fault: VALUES },
  { title: "as many open brackets as are accepted", body: () => "[".repeat(MAX_JSON_VALUES), fault: DEPTH },
  { title: "as many objects as are accepted", body: () => filled(ARRAY, oddObject, MAX_JSON_VALUES / 2 - 10) },
];

describe.skipIf(!CAN_MEASURE)("the memory of workerd", () => {
  let upstream: ScriptedUpstream;

  beforeAll(async () => {
    upstream = await startUpstream();
    upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
  });

  afterAll(async () => upstream.close());

  it.each(BODIES)(
    "grows by less than three times the largest body: $title",
    async ({ body: make, headers = {}, fault }) => {
      const body = make();
      const gateway = await startGateway();
      try {
        await prepare(gateway, upstream);
        const memory = new ProcessMemory();
        memory.reset();
        const answer = await call(gateway, PATH, { body, headers });
        const growth = memory.growth();
        if (fault === undefined) expect(answer.status, answer.story).toBe(200);
        else expectFault(answer, PATH, fault);
        expect(growth / LARGEST).toBeLessThan(3);
      } finally {
        await gateway.close();
      }
    },
  );
});

/** What the first requests of an isolate load is not part of a measure. */
async function prepare(gateway: Gateway, upstream: ScriptedUpstream): Promise<void> {
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "plain", routes: [{ upstreamId: "one" }] });
  const body = gzipSync(JSON.stringify({ model: "plain", messages: MESSAGES }));
  for (let n = 0; n < 5; n++) expect((await call(gateway, PATH, { body, headers: gzip })).status).toBe(200);
}
