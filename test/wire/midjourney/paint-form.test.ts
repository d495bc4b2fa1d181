/** How clients of midjourney-proxy ask, and what they see. */
import { describe, expect, it } from "vitest";
import { jsonPayload } from "../../../src/core/payload.ts";
import { actionOfButton } from "../../../src/wire/midjourney/buttons.ts";
import { readMode, withMode } from "../../../src/wire/midjourney/mode.ts";
import { paint } from "../../../src/wire/midjourney/paint.ts";
import { paintForm, paintRequest, stepIn, submitted } from "../../../src/wire/midjourney/paint-form.ts";
import { STEP_PATHS } from "../../../src/wire/midjourney/paint-steps.ts";
import type { PaintRequest } from "../../../src/operation/paint/paint-request.ts";
import { faultOf } from "../support.ts";
import type { TaskView } from "../../../src/wire/task-types.ts";

describe("a button", () => {
  it.each([
    ["MJ::JOB::upsample::1::82c51c9d", "upscale"],
    ["MJ::JOB::upsample_v5_2x::1::82c51c9d::SOLO", "upscale"],
    ["MJ::JOB::upsample_v6_2x_creative::1::x::SOLO", "upscale"],
    ["MJ::JOB::variation::4::x", "variation"],
    ["MJ::JOB::low_variation::1::x::SOLO", "low_variation"],
    ["MJ::JOB::high_variation::1::x::SOLO", "high_variation"],
    ["MJ::JOB::reroll::0::x::SOLO", "reroll"],
    ["MJ::JOB::pan_left::1::x::SOLO", "pan"],
    ["MJ::Outpaint::75::1::x::SOLO", "zoom"],
    ["MJ::CustomZoom::x", "custom_zoom"],
    ["MJ::Inpaint::1::x::SOLO", "inpaint"],
    ["MJ::Job::PicReader::3", "imagine"],
    ["MJ::Picread::Retry", "describe"],
    ["MJ::BOOKMARK::x", "action"],
    ["MJ::JOB::somersault::1::x", "action"],
    ["", "action"],
  ])("%s is a step: %s", (customId, action) => {
    expect(actionOfButton(customId)).toBe(action);
  });
});

describe("a mode", () => {
  it.each([
    ["a cat", "a cat", undefined],
    ["a cat --fast", "a cat", "fast"],
    ["--relax a cat --ar 3:2", "a cat --ar 3:2", "relax"],
    ["a cat --TURBO --v 6.1", "a cat --v 6.1", "turbo"],
    ["a cat —fast --relax", "a cat", "relax"],
    ["a cat \u200B--turbo", "a cat \u200B", "turbo"],
    ["a cat, –turbo.", "a cat,.", "turbo"],
    ["how --fastest it is--fast", "how --fastest it is--fast", undefined],
  ])("%s", (prompt, text, mode) => {
    expect(readMode(prompt)).toEqual({ text, mode });
    expect(readMode(withMode(text, mode === undefined ? undefined : "turbo")).mode).toBe(mode && "turbo");
  });
});

const read = (path: string, body: object, beside: Parameters<typeof paintRequest>[1] = {}) =>
  paintRequest(stepIn(jsonPayload({ ...body }), path), beside);
const EARLIER = { made: "up-1", shown: { prompt: "a cat" }, mode: "turbo" } as const;

describe("a request", () => {
  it("names the model of its step", () => {
    const models = [
      read("/submit/imagine", { prompt: "x" }),
      read("/insight-face/swap", { sourceBase64: "aaaa", targetBase64: "bbbb" }),
      read("/submit/action", { taskId: "1", customId: "MJ::JOB::low_variation::1::x" }, { earlier: EARLIER }),
      read("/submit/modal", { taskId: "1" }, { earlier: EARLIER }),
    ].map(({ demand }) => [demand.model, ...demand.fallbacks]);
    expect(models).toEqual([
      ["mj_imagine"],
      ["mj_swap_face", "swap_face"],
      ["mj_low_variation", "mj_variation"],
      ["mj_modal"],
    ]);
  });

  it("pays for each of the films that it asks for, and for their size", () => {
    const film = { prompt: "x", image: "https://a.test/a.png" };
    const { demand, asked } = read("/submit/video", { ...film, batchSize: "4", videoType: "vid_1.1_i2v_720" });
    expect(demand).toMatchObject({ units: { actions: 4 }, attributes: { resolution: "720p" } });
    expect(paint.write(asked as PaintRequest, { model: "", account: undefined })).toMatchObject({
      units: { actions: 4 },
      attributes: { resolution: "720p" },
    });
    expect(read("/submit/video", film).demand).toMatchObject({ units: { actions: 1 }, attributes: {} });
  });

  it.each([
    ["batchSize", "/submit/video", { prompt: "x", image: "https://a.test/a.png", batchSize: 40 }],
    ["batchSize", "/submit/video", { prompt: "x", image: "https://a.test/a.png", batchSize: 0.5 }],
    ["videoType", "/submit/video", { prompt: "x", image: "https://a.test/a.png", videoType: "the large one" }],
    ["prompt", "/submit/imagine", { prompt: "a cat --repeat 40" }],
    ["prompt", "/submit/imagine", { prompt: "a cat —r 9" }],
    ["prompt", "/submit/video", { prompt: "a cat --bs 4", image: "https://a.test/a.png" }],
  ])("is refused where it asks for more than is paid for: %s at %s", (param, path, body) => {
    expect(faultOf(() => read(path, body))).toBe(`invalid_parameter ${param}`);
  });

  it("takes the mode of the path, else of the prompt, else of the task before", () => {
    const modes = [
      read("/submit/imagine", { prompt: "x --relax" }, { mode: "turbo" }),
      read("/submit/imagine", { prompt: "x --relax" }),
      read("/submit/imagine", { prompt: "x" }),
      read("/submit/modal", { taskId: "1", prompt: "x" }, { earlier: EARLIER }),
      read("/submit/modal", { taskId: "1", prompt: "x --fast" }, { earlier: EARLIER }),
      read("/submit/modal", { taskId: "1" }, { earlier: { ...EARLIER, mode: "fast" } }),
    ].map(({ demand }) => demand.attributes?.mode);
    expect(modes).toEqual(["turbo", "relax", undefined, "turbo", "fast", undefined]);
  });

  it("keeps from the upstream what is the gateway's, and says what has no place", () => {
    const { asked, dropped, shown, callback } = read("/submit/imagine", {
      prompt: "x",
      state: "s",
      notifyHook: "https://client.test/hook",
      accountFilter: { modes: ["FAST"] },
      botType: "NIJI_JOURNEY",
      secret: 1,
    });
    expect(asked).toEqual({
      step: "imagine",
      action: "imagine",
      prompt: "x",
      pictures: [],
      native: { botType: "NIJI_JOURNEY" },
    });
    expect([dropped, callback]).toEqual([["accountFilter", "secret"], "https://client.test/hook"]);
    expect(shown).toEqual({
      action: "IMAGINE",
      description: "/imagine x",
      state: "s",
      botType: "NIJI_JOURNEY",
      prompt: "x",
    });
  });

  it("goes on with the task of the upstream, and inherits its prompt", () => {
    const { asked, shown, demand } = read(
      "/submit/action",
      { taskId: "1", customId: "MJ::Inpaint::1::x" },
      { earlier: EARLIER },
    );
    expect(asked).toMatchObject({ step: "press", action: "inpaint", parent: "up-1", button: "MJ::Inpaint::1::x" });
    expect(shown).toMatchObject({ action: "INPAINT", prompt: "a cat", customId: "MJ::Inpaint::1::x" });
    expect(demand.units).toEqual({});
    expect(() => read("/submit/action", { taskId: "1", customId: "MJ::x" })).toThrow("resource_not_found");
  });

  it("may say its steps in few letters", () => {
    const change = (content: string) => read("/submit/simple-change", { content }, { earlier: EARLIER }).asked;
    expect(change(" 123 u4 ")).toMatchObject({ step: "change", action: "upscale", index: 4, parent: "up-1" });
    expect(change("123 V1")).toMatchObject({ action: "variation", index: 1 });
    expect(change("123 R")).toMatchObject({ action: "reroll" });
    expect(() => change("123 R1")).toThrow("invalid_parameter");
  });

  it("has limits", () => {
    const long = "x".repeat(10_001);
    expect(() => read("/submit/imagine", { prompt: long })).toThrow("invalid_parameter");
    expect(() => read("/submit/imagine", { prompt: "x", state: long })).toThrow("invalid_parameter");
    expect(() => read("/submit/imagine", { prompt: "x", base64Array: Array(11).fill("aaaa") })).toThrow(
      "invalid_param",
    );
    expect(() => read("/submit/imagine", { prompt: "x", base64Array: ["file:///etc/passwd"] })).toThrow(
      "invalid_param",
    );
    expect(STEP_PATHS).toHaveLength(12);
  });
});

const VIEW: TaskView = {
  id: "12345678901234567890",
  model: "mj_imagine",
  state: "queued",
  progress: 0,
  createdAtMs: 1000,
  expiresAtMs: undefined,
  finishedAtMs: undefined,
  seconds: undefined,
  attributes: {},
  error: undefined,
  shown: { action: "IMAGINE", prompt: "a cat", description: "/imagine a cat" },
  links: [],
  native: undefined,
};

describe("a task", () => {
  it("has the states of the proxy", () => {
    const statuses = (
      [
        [{ state: "submitting" }, "NOT_START"],
        [{ state: "queued" }, "SUBMITTED"],
        [{ state: "queued", native: { status: "NOT_START" } }, "NOT_START"],
        [{ state: "running" }, "IN_PROGRESS"],
        [{ state: "running", native: { status: "MODAL" } }, "MODAL"],
        // What the upstream said last may be older than the state.
        [{ state: "succeeded", native: { status: "IN_PROGRESS" } }, "SUCCESS"],
        [{ state: "failed", native: { status: "IN_PROGRESS" } }, "FAILURE"],
        [{ state: "failed", native: { status: "CANCEL" } }, "CANCEL"],
      ] as const
    ).map(([more, status]) => [paintForm.show({ ...VIEW, ...more })["status"], status]);
    for (const [shown, status] of statuses) expect(shown).toBe(status);
  });

  it("shows its picture and its films", () => {
    const links = ["image", "video", "video-2"].map(
      (variant) => `https://gw.test${paintForm.linkOf({ id: "1", token: "t", variant })}`,
    );
    const task = { ...VIEW, state: "succeeded", links, finishedAtMs: 2000 } as const;
    expect(paintForm.show(task)).toMatchObject({
      imageUrl: "https://gw.test/mj/image/1",
      videoUrl: "https://gw.test/mj/video/1?variant=video",
      videoUrls: [{ url: links[1] }, { url: links[2] }],
      finishTime: 2000,
    });
    expect(paintForm.show({ ...task, state: "running", progress: 33 })["imageUrl"]).toMatch(/\/image\/1\?rand=33$/);
  });

  it("is told to whoever submitted it", () => {
    expect(submitted(VIEW, undefined)).toEqual({ code: 1, description: "提交成功", result: VIEW.id, properties: {} });
    const queued = { ...VIEW, native: { numberOfQueues: 2 } };
    expect(submitted(queued, "queue")).toMatchObject({
      code: 1,
      description: "queue",
      properties: { numberOfQueues: 2 },
    });
    const modal = { ...VIEW, native: { status: "MODAL" } };
    expect(submitted(modal, "window")).toMatchObject({ code: 21, properties: { status: "MODAL" } });
    expect(submitted({ ...VIEW, native: { links: ["https://a.test"] } }, "success")).toEqual({
      code: 1,
      description: "success",
      result: ["https://a.test"],
    });
  });
});
