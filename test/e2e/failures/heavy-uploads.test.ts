/** Pictures that are uploaded: what they take of the memory of workerd, and what becomes of uploads that are no whole form. */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as openRequest } from "node:http";
import { crc32, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { CAN_MEASURE, ProcessMemory } from "../../support/memory.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, expectFault } from "../call.ts";
import { chargesOf, expectSoundBooks, pause } from "../money/books.ts";

const MIB = 1024 * 1024;
const PATH = "/v1/images/edits";
const BOUNDARY = "----pictures";
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Random bytes, so that nothing on the way can make them smaller. */
const PICTURES = Array.from({ length: 5 }, () => Buffer.concat([SIGNATURE, randomBytes(5 * MIB)]));
const UPLOADED = PICTURES.reduce((sum, { byteLength }) => sum + byteLength, 0);

/** A PNG of 16,384 × 16,384 pixels, which is 256 MiB when it is decoded. */
function bombPng(): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(16_384, 0);
  header.writeUInt32BE(16_384, 4);
  // Eight bits of grey.
  header.set([8, 0], 8);
  const data = deflateSync(Buffer.alloc(16_384 * 16_385));
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function part(head: string, value: string | Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; ${head}\r\n`),
    Buffer.from(typeof value === "string" ? "\r\n" : "Content-Type: image/png\r\n\r\n"),
    Buffer.from(value),
    Buffer.from("\r\n"),
  ]);
}

function formOf(model: string, pictures: readonly Buffer[]): Buffer {
  return Buffer.concat([
    part('name="model"', model),
    part('name="prompt"', "Bluer"),
    ...pictures.map((picture, position) => part(`name="image[]"; filename="${position}.png"`, picture)),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
}

const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

interface Place {
  readonly gateway: Gateway;
  readonly upstream: ScriptedUpstream;
  readonly close: () => Promise<void>;
}

async function startPlace(): Promise<Place> {
  const [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  const { db } = gateway;
  await addUpstream(db, { id: "painter", baseUrl: upstream.baseUrl });
  await addUpstream(db, { id: "google", baseUrl: upstream.baseUrl, kind: "gemini" });
  const image = { operation: "image", capabilities: '["image"]' };
  await addModel(db, { ...image, id: "painter", routes: [{ upstreamId: "painter", wire: "openai.images" }] });
  await addModel(db, { ...image, id: "banana", routes: [{ upstreamId: "google", wire: "gemini.generate" }] });
  upstream.script("upstream-painter", ({ json }) => json({ data: [{ b64_json: "AAAA" }] }));
  const made = { parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }] };
  upstream.script("upstream-banana", ({ json }) => json({ candidates: [{ content: made, finishReason: "STOP" }] }));
  return {
    gateway,
    upstream,
    close: async () => void (await Promise.all([gateway.close(), upstream.close()])),
  };
}

const upload = async ({ gateway }: Place, body: Uint8Array, headers: Record<string, string> = {}) =>
  call(gateway, PATH, { body, headers: { "content-type": TYPE, ...headers } });

/** The hashes of the pictures that the upstream got. */
async function gotPictures({ upstream }: Place): Promise<string[]> {
  const { form, body } = upstream.received.at(-1) ?? {};
  if (form !== undefined) {
    const files = form.getAll("image[]").filter((one) => one instanceof File);
    return Promise.all(files.map(async (file) => hashOf(new Uint8Array(await file.arrayBuffer()))));
  }
  const [content] = (body?.["contents"] ?? []) as { parts: { inlineData?: { data: string } }[] }[];
  return (content?.parts ?? []).flatMap(({ inlineData }) =>
    inlineData === undefined ? [] : [hashOf(Buffer.from(inlineData.data, "base64"))],
  );
}

describe.skipIf(!CAN_MEASURE)("the memory of workerd", () => {
  const bomb = bombPng();

  /** Measures one upload in a gateway of its own. What its first requests load is not part of the measure. */
  async function measured(model: string, run: (place: Place) => Promise<void>): Promise<number> {
    const place = await startPlace();
    try {
      for (let n = 0; n < 5; n++) expect((await upload(place, formOf(model, [SIGNATURE]))).status).toBe(200);
      const memory = new ProcessMemory();
      memory.reset();
      await run(place);
      return memory.growth();
    } finally {
      await place.close();
    }
  }

  const streamed = (bytes: Buffer) =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.byteLength; at += 16_384) controller.enqueue(bytes.subarray(at, at + 16_384));
        controller.close();
      },
    });

  // The memory of the whole process counts, also what workerd itself holds of a body on its way in and out.
  it.each([
    [4, "as files", "painter", false],
    [4, "as files, sent in pieces of unknown number", "painter", true],
    [8, "in base64", "banana", false],
  ])(
    "grows by less than %i times 25 MB of pictures, which the upstream gets %s",
    async (most, _title, model, inPieces) => {
      const form = formOf(model, PICTURES);
      const growth = await measured(model, async (place) => {
        const answer = await call(place.gateway, PATH, {
          body: inPieces ? streamed(form) : form,
          headers: { "content-type": TYPE },
        });
        expect(answer.status, answer.story).toBe(200);
        expect(await gotPictures(place)).toEqual(PICTURES.map(hashOf));
      });
      expect(growth / UPLOADED).toBeLessThan(most);
    },
  );

  it.each([
    ["painter", "a PNG that is 256 MiB of pixels", bomb],
    ["banana", "a PNG that is 256 MiB of pixels", bomb],
    ["painter", "256 MiB in gzip that are named .png", gzipSync(Buffer.alloc(256 * MIB))],
  ])("at %s grows by the bytes of %s, which nobody decodes", async (model, _title, picture) => {
    const growth = await measured(model, async (place) => {
      const answer = await upload(place, formOf(model, [picture]));
      expect(answer.status, answer.story).toBe(200);
      expect(await gotPictures(place)).toEqual([hashOf(picture)]);
    });
    expect(growth).toBeLessThan(16 * MIB);
  });

  it("grows by less than three times the largest form for one that is 256 MiB when it is inflated", async () => {
    const body = gzipSync(formOf("painter", [Buffer.alloc(256 * MIB)]));
    const growth = await measured("painter", async (place) => {
      const answer = await upload(place, body, { "content-encoding": "gzip" });
      expectFault(answer, PATH, { fault: "body_too_large", says: /27262976 bytes/ });
    });
    expect(growth / UPLOADED).toBeLessThan(3);
  });
});

describe("an upload that is no whole form", () => {
  const form = formOf("painter", PICTURES.slice(0, 1));
  let place: Place;
  let charged: number;

  beforeAll(async () => {
    place = await startPlace();
    expect((await upload(place, formOf("painter", [SIGNATURE]))).status).toBe(200);
    await expectSoundBooks(place.gateway);
    charged = (await chargesOf(place.gateway, place.gateway.key)).length;
    expect([charged, place.upstream.received.length]).toEqual([1, 1]);
  });

  afterAll(async () => place.close());

  /** Nothing was charged or held for it, and no upstream was asked. */
  async function expectNothing(): Promise<void> {
    await expectSoundBooks(place.gateway);
    expect((await chargesOf(place.gateway, place.gateway.key)).length).toBe(charged);
    expect(place.upstream.received.length).toBe(1);
  }

  it.each<[string, Uint8Array, string]>([
    ["ends in a picture", form.subarray(0, MIB), TYPE],
    ["ends in the head of a part", form.subarray(0, 40), TYPE],
    ["ends before its last boundary", form.subarray(0, form.byteLength - BOUNDARY.length - 8), TYPE],
    ["names no boundary", form, "multipart/form-data"],
    ["names another boundary", form, "multipart/form-data; boundary=other"],
    ["is a picture alone", PICTURES[0] ?? SIGNATURE, TYPE],
  ])("is refused where it %s, and costs nothing", async (_, body, type) => {
    const answer = await upload(place, body, { "content-type": type });
    expectFault(answer, PATH, { fault: "bad_json", says: /form/ });
    await expectNothing();
  });

  it.each([true, false])("costs nothing where its client leaves, length known: %s", async (isKnown) => {
    const before = place.gateway.requestLog().length;
    const sending = openRequest(place.gateway.url + PATH, {
      method: "POST",
      headers: {
        authorization: `Bearer ${place.gateway.key}`,
        "content-type": TYPE,
        ...(isKnown ? { "content-length": form.byteLength } : {}),
      },
    });
    const left = once(sending, "error");
    await new Promise((resolve) => sending.write(form.subarray(0, form.byteLength / 2), resolve));
    sending.socket?.resetAndDestroy();
    await left;
    // workerd may end a Worker whose client has left before that can write a line.
    await pause(500);
    const statuses = place.gateway
      .requestLog()
      .slice(before)
      .map((line) => line["status"]);
    expect(statuses.filter((status) => status !== 400)).toEqual([]);
    await expectNothing();
    expect((await upload(place, form.subarray(0, MIB))).status, "the gateway still answers").toBe(400);
  });
});
