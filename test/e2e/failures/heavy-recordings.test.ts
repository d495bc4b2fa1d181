/** Recordings as large as they may be, whole, cut off, and made to mislead whoever reads their length. */
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { CAN_MEASURE, ProcessMemory } from "../../support/memory.ts";
import { mp4File, oggFile, wavFile, webmFile } from "../../support/recordings.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { startUpstream, type Exchange, type ScriptedUpstream } from "../../support/upstream.ts";
import { send } from "../call.ts";
import { chargesOf, closedCharge } from "../money/books.ts";

const LARGE = 25 * 1024 * 1024;
const PATH = "/v1/audio/transcriptions";

let gateway: Gateway;
let upstream: ScriptedUpstream;

async function post(file: Uint8Array, to: Gateway = gateway): Promise<Response> {
  const body = new FormData();
  body.append("model", "listener");
  body.append("file", new Blob([new Uint8Array(file)]), "a.wav");
  return fetch(to.url + PATH, { method: "POST", headers: { authorization: `Bearer ${to.key}` }, body });
}

/** A file up to the largest size. */
function upTo(head: Buffer): Buffer {
  return Buffer.concat([head, Buffer.alloc(LARGE - head.length, 1)]);
}

async function prepare(): Promise<Gateway> {
  const made = await startGateway();
  await addUpstream(made.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(made.db, {
    id: "listener",
    operation: "transcribe",
    price: { inputNanos: 0, outputNanos: 0 },
    rates: [{ unit: "durationMs", nanos: 1000 }],
    routes: [{ upstreamId: "one", wire: "openai.transcriptions" }],
  });
  // What the first requests of an isolate load is not part of a measure.
  for (let n = 0; n < 5; n++) expect((await post(wavFile(1), made)).status).toBe(200);
  return made;
}

beforeAll(async () => {
  upstream = await startUpstream();
  upstream.script("upstream-listener", ({ json }: Exchange) => json({ text: "Hello" }));
});

afterAll(async () => upstream.close());

describe.skipIf(!CAN_MEASURE)("the memory of workerd", () => {
  it.each([
    ["a WAV", () => wavFile(819)],
    ["an MP4, tables behind", () => mp4File(3200, { isTableLast: true })],
    ["an Ogg that never ends", () => upTo(oggFile(1).subarray(0, 100))],
    [
      "a WebM with an element of a TB",
      () => upTo(Buffer.concat([webmFile(1).subarray(0, 40), Buffer.from([0x44, 0x89, 1, 0, 1, 0, 0, 0, 0, 0])])),
    ],
    ["an MP3 of marks alone", () => Buffer.alloc(LARGE, 0xff)],
  ])("grows by less than three times the largest recording: %s", async (_, make) => {
    const file = make();
    const own = await prepare();
    try {
      const memory = new ProcessMemory();
      memory.reset();
      const answer = await post(file, own);
      const growth = memory.growth() / file.length;
      expect([answer.status, await answer.text()]).toEqual([200, '{"text":"Hello"}']);
      console.log(`${(file.length / 1e6).toFixed(1)} MB: memory grew by ${growth.toFixed(2)} times the file`);
      expect(growth).toBeLessThan(3);
      const sent = upstream.received.at(-1)?.form?.get("file") as File;
      expect(sent.size).toBe(file.length);
      expect((await closedCharge(own, own.key, answer)).durationMs).toBeGreaterThan(0);
    } finally {
      await own.close();
    }
  });
});

describe.skipIf(!CAN_MEASURE)("the memory that the fields of a form take", () => {
  it.each([
    [413, 25_000_000],
    [200, 10_000_000],
  ])("is no more than that of a file: %i for a prompt of %i bytes", async (status, length) => {
    const own = await prepare();
    try {
      const body = new FormData();
      body.append("model", "listener");
      // Characters that JSON writes with six.
      body.append("prompt", "\u0001".repeat(length));
      body.append("file", new Blob([new Uint8Array(wavFile(1))]), "a.wav");
      const memory = new ProcessMemory();
      memory.reset();
      const answer = await fetch(own.url + PATH, {
        method: "POST",
        headers: { authorization: `Bearer ${own.key}` },
        body,
      });
      expect(answer.status, await answer.text()).toBe(status);
      expect(memory.growth()).toBeLessThan(3 * LARGE);
    } finally {
      await own.close();
    }
  });
});

describe("a recording of 25 MB", () => {
  beforeAll(async () => {
    gateway = await prepare();
  });
  afterAll(async () => gateway.close());

  it("whose client leaves before it is whole is heard by nobody, and costs nothing", async () => {
    const [charges, heard] = [(await chargesOf(gateway, gateway.key)).length, upstream.received.length];
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    const head = [
      `POST ${PATH} HTTP/1.1`,
      `host: ${hostname}`,
      `authorization: Bearer ${gateway.key}`,
      "content-type: multipart/form-data; boundary=form",
      `content-length: ${LARGE}`,
    ];
    socket.write(
      `${head.join("\r\n")}\r\n\r\n--form\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n`,
    );
    socket.write(wavFile(30));
    await setTimeout(300);
    socket.destroy();
    await setTimeout(500);
    expect([(await chargesOf(gateway, gateway.key)).length, upstream.received.length]).toEqual([charges, heard]);
    expect((await post(wavFile(1))).status).toBe(200);
  });

  it("that ends before its form does is refused", async () => {
    const body = `--form\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n${"x".repeat(1e6)}`;
    const headers = { "content-type": "multipart/form-data; boundary=form" };
    expect((await send(gateway, PATH, { body, headers })).status).toBe(400);
  });
});
