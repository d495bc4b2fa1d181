/** Films of the mock: they take their time, can be watched, and come in pieces. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mockFilm } from "../../src/cli/mock-film.ts";
import { startMockLlm } from "../../src/cli/mock-model.ts";

const TOOK_MS = 400;

let mock: Awaited<ReturnType<typeof startMockLlm>>;
beforeAll(async () => {
  mock = await startMockLlm({ latencyMs: 0, filmMs: TOOK_MS });
});
afterAll(async () => mock.stop());

type Json = Record<string, unknown>;

async function ask(path: string, init: RequestInit = {}): Promise<Json> {
  return (await (await fetch(`${mock.url}/v1/videos${path}`, init)).json()) as Json;
}

const create = async (body: object) => ask("", { method: "POST", body: JSON.stringify(body) });

async function finished(id: unknown): Promise<readonly Json[]> {
  const told: Json[] = [];
  while (told.at(-1)?.["status"] !== "completed") told.push(await ask(`/${String(id)}`));
  return told;
}

describe("a film", () => {
  it("waits, makes progress and is there", async () => {
    const made = await create({ model: "sora-2", prompt: "a cat", seconds: "8", size: "1280x720" });
    expect(made).toMatchObject({ object: "video", status: "queued", progress: 0, seconds: "8", size: "1280x720" });
    const early = await fetch(`${mock.url}/v1/videos/${String(made["id"])}/content`);
    expect(early.status).toBe(404);
    const told = await finished(made["id"]);
    expect([...new Set(told.map(({ status }) => status))]).toEqual(["queued", "in_progress", "completed"]);
    const progress = told.map((one) => Number(one["progress"]));
    expect(progress).toEqual(progress.toSorted((one, other) => one - other));
    expect(progress.some((part) => part > 0 && part < 100)).toBe(true);
    expect(told.at(-1)).toMatchObject({ progress: 100, error: null });
  });

  it("is asked for with a form, too, and made again with another prompt", async () => {
    const form = new FormData();
    form.set("prompt", "a dog");
    form.set("seconds", "12");
    form.set("input_reference", new Blob(["x"], { type: "image/png" }), "dog.png");
    const made = await ask("", { method: "POST", body: form });
    expect(made).toMatchObject({ prompt: "a dog", seconds: "12", model: "sora-2" });
    const path = `/${String(made["id"])}/remix`;
    const again = await ask(path, { method: "POST", body: JSON.stringify({ prompt: "a blue dog" }) });
    expect(again).toMatchObject({ prompt: "a blue dog", seconds: "12", remixed_from_video_id: made["id"] });
  });

  it("is a file of MP4 that is as long as was asked for, whole and in pieces", async () => {
    const { id } = await create({ seconds: "2" });
    await finished(id);
    const url = `${mock.url}/v1/videos/${String(id)}/content`;
    const film = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(film.equals(mockFilm(2))).toBe(true);
    expect([...boxesIn(film).keys()]).toEqual(["ftyp", "moov", "mdat"]);
    const times = boxesIn(boxesIn(film).get("moov") ?? film).get("mvhd");
    expect([times?.readUInt32BE(12), times?.readUInt32BE(16)]).toEqual([1000, 2000]);
    for (const [range, first, last] of [
      ["bytes=0-", 0, film.length - 1],
      ["bytes=100-199", 100, 199],
      ["bytes=-10", film.length - 10, film.length - 1],
    ] as const) {
      const piece = await fetch(url, { headers: { range } });
      expect([piece.status, piece.headers.get("content-range")]).toEqual([
        206,
        `bytes ${first}-${last}/${film.length}`,
      ]);
      expect(Buffer.from(await piece.arrayBuffer()).equals(film.subarray(first, last + 1))).toBe(true);
    }
    expect((await fetch(url, { headers: { range: "bytes=999999-" } })).status).toBe(416);
    const thumbnail = await fetch(`${url}?variant=thumbnail`);
    expect(thumbnail.headers.get("content-type")).toBe("image/png");
  });

  it("that nobody has asked for is not there", async () => {
    expect((await fetch(`${mock.url}/v1/videos/video_0`)).status).toBe(404);
  });
});

/** The boxes of a file, or of a box, by their type. */
function boxesIn(bytes: Buffer): Map<string, Buffer> {
  const boxes = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    boxes.set(bytes.toString("latin1", at + 4, at + 8), bytes.subarray(at + 8, at + bytes.readUInt32BE(at)));
  }
  return boxes;
}
