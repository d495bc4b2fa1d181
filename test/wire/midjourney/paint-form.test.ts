/** How clients of midjourney-proxy ask, and what they see. */
import { describe, expect, it } from "vitest";
import { jsonPayload } from "../../../src/core/payload.ts";
import { readButton } from "../../../src/wire/midjourney/buttons.ts";
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
    ["MJ::Job::PromptAnalyzer::2", "imagine"],
    ["MJ::Picread::Retry", "describe"],
    ["MJ::BOOKMARK::x", "action"],
    ["MJ::JOB::somersault::1::x", "action"],
    ["", "action"],
  ])("%s is a step: %s", (customId, action) => {
    expect(readButton(customId)).toEqual({ action });
  });

  it.each([
    ["MJ::Job::PicReader::all", "imagine", 4],
    ["MJ::Job::PromptAnalyzer::all", "imagine", 5],
    ["MJ::JOB::somersault::ALL::x", "action", 5],
  ])("%s is as many steps as it makes: %s", (customId, action, count) => {
    expect(readButton(customId)).toEqual({ action, count });
    const earlier = { made: "up-1", shown: { prompt: "" }, mode: undefined };
    expect(read("/submit/action", { taskId: "1", customId }, { earlier }).demand.units).toEqual({ actions: count });
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

  it("says nothing in other members that an upstream could write into the prompt", () => {
    const film = { prompt: "x", image: "https://a.test/a.png", motion: "low --hd", loop: "--q 4", botType: "a b" };
    const { asked, dropped } = read("/submit/video", film);
    expect(asked).toMatchObject({ native: {} });
    expect(dropped).toEqual(["motion", "loop", "botType"]);
    const press = { taskId: "1", customId: "MJ::x", batchSize: 4, videoType: "vid_720", enableRemix: true };
    expect(read("/submit/action", press, { earlier: EARLIER })).toMatchObject({
      asked: { native: { enableRemix: true } },
      dropped: ["batchSize", "videoType"],
    });
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
    expect(demand.units).toEqual({ actions: 1 });
    expect(() => read("/submit/action", { taskId: "1", customId: "MJ::x" })).toThrow("resource_not_found");
  });

  it("presses the buttons alone that its task shows, where it shows some", () => {
    const native = { buttons: [{ customId: "MJ::JOB::upsample::1::x" }, { customId: "MJ::Inpaint::1::x" }] };
    const press = (customId: string, shown: object) => () =>
      read("/submit/action", { taskId: "1", customId }, { earlier: { ...EARLIER, native: { ...shown } } });
    expect(faultOf(press("MJ::JOB::upsample::2::x", native))).toBe("invalid_parameter customId");
    for (const { customId } of native.buttons) expect(press(customId, native)).not.toThrow();
    for (const none of [{}, { buttons: [] }]) expect(press("MJ::JOB::upsample::2::x", none)).not.toThrow();
    expect(faultOf(press(`MJ::${"x".repeat(200)}`, {}))).toBe("invalid_parameter customId");
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
