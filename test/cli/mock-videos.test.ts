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
    const film = await bytesOf(await fetch(url));
    expect(film).toEqual(new Uint8Array(mockFilm(2)));
    expect([...boxesIn(film).keys()]).toEqual(["ftyp", "moov", "mdat"]);
    const times = viewOf(boxesIn(boxesIn(film).get("moov") ?? film).get("mvhd") ?? film);
    expect([times.getUint32(12), times.getUint32(16)]).toEqual([1000, 2000]);
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
      expect(await bytesOf(piece)).toEqual(film.subarray(first, last + 1));
    }
    expect((await fetch(url, { headers: { range: "bytes=999999-" } })).status).toBe(416);
    const thumbnail = await fetch(`${url}?variant=thumbnail`);
    expect(thumbnail.headers.get("content-type")).toBe("image/png");
  });

  it("that nobody has asked for is not there", async () => {
    expect((await fetch(`${mock.url}/v1/videos/video_0`)).status).toBe(404);
  });
});

async function bytesOf(answer: Response): Promise<Uint8Array> {
  return new Uint8Array(await answer.arrayBuffer());
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** The boxes of a file, or of a box, by their type. */
function boxesIn(bytes: Uint8Array): Map<string, Uint8Array> {
  const boxes = new Map<string, Uint8Array>();
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.length; at += view.getUint32(at)) {
    const type = new TextDecoder().decode(bytes.subarray(at + 4, at + 8));
    boxes.set(type, bytes.subarray(at + 8, at + view.getUint32(at)));
  }
  return boxes;
}
