/** The wire of upstreams that speak as midjourney-proxy does: what goes up, and what its answers mean. */
import { describe, expect, it } from "vitest";
import { Fault } from "../../../src/core/fault.ts";
import { jsonPayload, NO_PAYLOAD, type Payload } from "../../../src/core/payload.ts";
import { UpstreamError } from "../../../src/core/upstream-error.ts";
import type { PaintRequest } from "../../../src/operation/paint/paint-request.ts";
import { asAttemptFailure } from "../../../src/upstream/triage.ts";
import { paint } from "../../../src/wire/midjourney/paint.ts";

const TARGET = { model: "any", account: undefined };
const PNG = { kind: "data", type: "image/png", data: "iVBORw0KGgo=" } as const;
const URL_OF = "data:image/png;base64,iVBORw0KGgo=";
const LINK = { kind: "url", url: "https://example.com/cat.png" } as const;

/** What an answer means does not depend on it. */
const CALL = paint.write({ step: "imagine", action: "imagine", prompt: "a cat", pictures: [] }, TARGET);

describe("what goes up", () => {
  it.each<[asked: Omit<PaintRequest, "pictures"> & Partial<PaintRequest>, path: string, body: object]>([
    [{ step: "imagine", action: "imagine", prompt: "a cat" }, "/submit/imagine", { prompt: "a cat" }],
    [
      {
        step: "imagine",
        action: "imagine",
        prompt: "a cat",
        mode: "relax",
        pictures: [PNG, LINK],
        native: { botType: "X" },
      },
      "/submit/imagine",
      { botType: "X", prompt: "a cat --relax", base64Array: [URL_OF, LINK.url] },
    ],
    [
      { step: "blend", action: "blend", pictures: [PNG, PNG], dimensions: "landscape" },
      "/submit/blend",
      { base64Array: [URL_OF, URL_OF], dimensions: "LANDSCAPE" },
    ],
    [{ step: "describe", action: "describe", pictures: [PNG] }, "/submit/describe", { base64: URL_OF }],
    [{ step: "describe", action: "describe", pictures: [LINK] }, "/submit/describe", { link: LINK.url }],
    [{ step: "shorten", action: "shorten", prompt: "long", mode: "turbo" }, "/submit/shorten", { prompt: "long" }],
    [{ step: "upload", action: "upload", pictures: [PNG] }, "/submit/upload-discord-images", { base64Array: [URL_OF] }],
    [
      { step: "edit", action: "edits", prompt: "a hat", pictures: [PNG], mask: PNG },
      "/submit/edits",
      { prompt: "a hat", image: URL_OF, maskBase64: URL_OF },
    ],
    [
      { step: "animate", action: "video", parent: "12", index: 0, native: { motion: "high" } },
      "/submit/video",
      { motion: "high", taskId: "12", index: 0 },
    ],
    [
      { step: "press", action: "pan", parent: "12", button: "MJ::x" },
      "/submit/action",
      { taskId: "12", customId: "MJ::x" },
    ],
    [
      { step: "change", action: "upscale", parent: "12", index: 2 },
      "/submit/change",
      { taskId: "12", action: "UPSCALE", index: 2 },
    ],
    [
      { step: "fill", action: "modal", parent: "12", prompt: "a tree", mode: "turbo", mask: PNG },
      "/submit/modal",
      { taskId: "12", prompt: "a tree --turbo", maskBase64: URL_OF },
    ],
    [{ step: "fill", action: "modal", parent: "12" }, "/submit/modal", { taskId: "12" }],
  ])("%j", (asked, path, body) => {
    const { address, payload, units, attributes } = paint.write({ pictures: [], ...asked }, TARGET);
    expect(address).toEqual({ method: "POST", path: `/mj${path}` });
    // The mode is said to every endpoint, also where no prompt can say it.
    const filter = asked.mode === undefined ? {} : { accountFilter: { modes: [asked.mode.toUpperCase()] } };
    expect(payload.kind === "json" && JSON.parse(payload.text)).toEqual({ ...body, ...filter });
    expect([units, attributes]).toEqual([{ actions: 1 }, { mode: asked.mode ?? "fast" }]);
  });

  it("a face before the picture that gets it", () => {
    const { address, payload } = paint.write({ step: "swap", action: "swap_face", pictures: [LINK, PNG] }, TARGET);
    expect(address.path).toBe("/mj/insight-face/swap");
    expect(payload).toEqual(jsonPayload({ sourceBase64: LINK.url, targetBase64: URL_OF }));
  });

  it("one question about many tasks", () => {
    expect(paint.ask(["1", "2"], TARGET)).toEqual({
      address: { method: "POST", path: "/mj/task/list-by-condition" },
      payload: jsonPayload({ ids: ["1", "2"] }),
    });
  });
});

/** As it came, so that numbers are as long as they are. */
const told = (text: string): Payload => jsonPayload(JSON.parse(text) as Record<string, unknown>, text);

describe("an answer to a submission", () => {
  it.each([
    [
      '{"code":1,"description":"提交成功","result":"1320098173412546","properties":{}}',
      "1320098173412546",
      "queued",
      {},
    ],
    // JSON.parse would make another number of it.
    ['{"code":1,"description":"x","result": 13200981734125467}', "13200981734125467", "queued", {}],
    [
      '{"code":22,"description":"x","result":"1","properties":{"numberOfQueues":3}}',
      "1",
      "queued",
      { numberOfQueues: 3 },
    ],
    [
      '{"code":21,"description":"x","result":"1","properties":{"status":"IN_PROGRESS","imageUrl":""}}',
      "1",
      "running",
      {},
    ],
    ['{"code":21,"description":"x","result":"1","properties":{"status":"SUCCESS"}}', "1", "succeeded", {}],
    ['{"code":0,"description":"x","result":"1"}', "1", "queued", {}],
  ])("is taken: %s", (text, id, state, native) => {
    expect(paint.taken(told(text), CALL)).toMatchObject({ id, report: { state, native } });
    expect(paint.taken(told(text), CALL).isWhole).toBeUndefined();
    expect(paint.taken(told(text), CALL).report.wantsMore).toBeUndefined();
  });

  it("wants more, and costs nothing, where a window opens", () => {
    const answer = '{"code":21,"description":"Waiting","result":"1","properties":{"status":"MODAL"}}';
    expect(paint.taken(told(answer), CALL)).toEqual({
      id: "1",
      words: "Waiting",
      report: { state: "running", native: { status: "MODAL" }, wantsMore: true },
    });
  });

  it("is all there is where pictures were uploaded, or a face was swapped at once", () => {
    expect(
      paint.taken(told('{"code":0,"description":"success","result":["https://a.test/1.png"]}'), CALL),
    ).toMatchObject({
      isWhole: true,
      report: { state: "succeeded", native: { links: ["https://a.test/1.png"] } },
    });
    expect(paint.taken(told('{"code":1,"description":"success","result":"https://a.test/1.png"}'), CALL)).toMatchObject(
      {
        isWhole: true,
        report: { results: [{ variant: "image", address: "https://a.test/1.png" }] },
      },
    );
  });

  it.each([
    ['{"code":23,"description":"full"}', "upstream_rate_limited", "rate_limited"],
    ['{"code":30,"description":"busy"}', "upstream_rate_limited", "rate_limited"],
    ['{"code":24,"description":"banned","properties":{"bannedWord":"gore"}}', "content_policy", "refused_request"],
    ['{"code":4,"description":"--foo is unknown"}', "invalid_parameter", "refused_request"],
    ['{"code":4,"description":"quota_not_enough"}', "upstream_error", "out_of_funds"],
    ['{"code":3,"description":"no account"}', "upstream_error", "error"],
    ['{"code":5,"description":"x"}', "upstream_error", "error"],
    ['{"code":9,"description":"x"}', "upstream_error", "error"],
    ['{"code":1,"description":"x"}', "upstream_error", "garbage"],
    ['{"code":0,"description":"x","result":[]}', "upstream_error", "garbage"],
    ['{"message":"x"}', "upstream_error", "error"],
    ['{"error":{"code":"insufficient_quota","message":"x"}}', "upstream_error", "out_of_funds"],
  ])("is refused: %s", (text, kind, outcome) => {
    const failure = (): unknown => {
      try {
        return paint.taken(told(text), CALL);
      } catch (error) {
        return asAttemptFailure(error);
      }
    };
    expect(failure()).toMatchObject({ fault: { kind }, outcome });
  });
});

const bytes = (text: string): Payload => ({
  kind: "bytes",
  type: "application/json",
  body: new Uint8Array(new TextEncoder().encode(text)),
});
const listed = (value: unknown) => bytes(JSON.stringify(value));

it("that bans a word says nothing else of its upstream", () => {
  const properties = { bannedWord: "gore", promptEn: "gore at https://vendor.test by my-credential" };
  const refusal = (): unknown => {
    try {
      return paint.taken(jsonPayload({ code: 24, description: "x", properties }), CALL);
    } catch (error) {
      return asAttemptFailure(error, [{ word: "my-credential", replacement: "[key]" }]).fault.options.values;
    }
  };
  expect(refusal()).toEqual({ bannedWord: "gore", promptEn: "gore at [url] by [key]" });
});

describe("a list of tasks", () => {
  it.each<[task: object, report: object]>([
    [{ status: "" }, { state: "queued", native: {} }],
    [{ status: "NOT_START", progress: "" }, { state: "queued" }],
    [
      { status: "MODAL", progress: "0%" },
      { state: "running", progress: 0, native: { status: "MODAL" }, wantsMore: true },
    ],
    [
      { status: "IN_PROGRESS", progress: "33%", imageUrl: "https://a.test/1.png" },
      { state: "running", progress: 33, results: [{ variant: "image", address: "https://a.test/1.png" }] },
    ],
    [
      { status: "FAILURE", failReason: "Banned" },
      { state: "failed", error: { status: 422, message: "Banned" } },
    ],
    [{ status: "CANCEL" }, { state: "failed", native: { status: "CANCEL" } }],
    [{ status: "A_NEW_WORD" }, { state: "queued" }],
    [
      {
        status: "SUCCESS",
        progress: "100%",
        imageUrl: "",
        videoUrl: "https://a.test/1.mp4",
        videoUrls: [{ url: "https://a.test/1.mp4" }, "https://a.test/2.mp4"],
      },
      {
        state: "succeeded",
        results: [
          { variant: "video", address: "https://a.test/1.mp4" },
          { variant: "video-2", address: "https://a.test/2.mp4" },
        ],
      },
    ],
  ])("tells of %j", (task, report) => {
    expect(paint.told(listed([{ id: "1", ...task }]), ["1"]).get("1")).toMatchObject(report);
  });

  it("tells nothing of the upstream's own accounts", () => {
    const task = {
      id: "1",
      status: "SUCCESS",
      buttons: [{ customId: "MJ::x", label: "U1", emoji: "", type: 2, style: 2, secret: 1 }],
      properties: { finalPrompt: "a cat", discordChannelId: "secret", notifyHook: "https://secret.test" },
      notifyHook: "https://secret.test",
      serverUrl: "secret",
    };
    const { native } = paint.told(listed([task]), ["1"]).get("1") ?? {};
    expect(JSON.stringify(native)).not.toContain("secret");
    expect(native).toMatchObject({
      buttons: [{ customId: "MJ::x", label: "U1" }],
      properties: { finalPrompt: "a cat" },
    });
  });

  it("has nothing of tasks that nobody asked for, or that the upstream does not know", () => {
    const tasks = listed([{ id: 7, status: "SUCCESS" }, { id: "8", status: "SUCCESS" }, "x"]);
    expect([...paint.told(tasks, ["7", "9"]).keys()]).toEqual(["7"]);
    for (const none of [NO_PAYLOAD, listed(null), listed([])]) expect(paint.told(none, ["7"]).size).toBe(0);
  });

  it("is none where it is an object, or no JSON", () => {
    expect(() => paint.told(told('{"code":4,"description":"x"}'), ["1"])).toThrow(UpstreamError);
    expect(() => paint.told(bytes("<h1>"), ["1"])).toThrow(Fault);
  });
});

describe("a seed", () => {
  it("is asked for, and may be a number", () => {
    expect(paint.seed?.ask("1/2", TARGET).address).toEqual({ method: "GET", path: "/mj/task/1%2F2/image-seed" });
    expect(paint.seed?.told(told('{"code":0,"description":"success","result":"1234567890"}'))).toBe("1234567890");
    expect(paint.seed?.told(told('{"code":1,"description":"success","result":1234567890}'))).toBe("1234567890");
    expect(() => paint.seed?.told(told('{"code":1,"description":"success"}'))).toThrow(Fault);
  });
});
