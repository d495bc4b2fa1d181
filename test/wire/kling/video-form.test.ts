/** What clients of Kling write, and what they are shown. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { jsonPayload, type Payload } from "../../../src/core/payload.ts";
import type { VideoRequest } from "../../../src/operation/video/video-request.ts";
import { earlierIn, readKling } from "../../../src/wire/kling/read-video.ts";
import { filmOfId, KLING_FORMS, nameOfForm } from "../../../src/wire/kling/video-form.ts";
import type { VideoKind } from "../../../src/wire/kling/video-kinds.ts";
import { videos } from "../../../src/wire/kling/videos.ts";
import { videos as soraVideos } from "../../../src/wire/openai/videos.ts";
import type { TaskView } from "../../../src/wire/task-types.ts";
import { faultOf, MATCH } from "../support.ts";

const PNG = "iVBORw0KGgo=";
const URL = "https://a.example/a.png";
const read = (kind: VideoKind, body: JsonObject) => KLING_FORMS[nameOfForm(kind)].read(jsonPayload(body), MATCH);
const TARGET = { model: "kling-v1-6", account: undefined };
const bodyOf = ({ payload }: { readonly payload: Payload }) => (payload.kind === "json" ? payload.value : {});
const sent = (kind: VideoKind, body: JsonObject) =>
  bodyOf(videos.write(read(kind, body).asked as VideoRequest, TARGET));
const EARLIER = { made: "v-1", model: "kling-v1-6", seconds: 5.1, attributes: { mode: "pro", resolution: "1080p" } };
const goOn = (kind: VideoKind, body: JsonObject) =>
  readKling(KLING_FORMS[nameOfForm(kind)], kind, jsonPayload(body), EARLIER);

describe("a request", () => {
  it("of a prompt reaches Kling as it was written", () => {
    const body = {
      prompt: "a cat",
      negative_prompt: "dogs",
      cfg_scale: 0.5,
      mode: "pro",
      duration: 10,
      aspect_ratio: "9:16",
      camera_control: { type: "simple", config: { zoom: 5 } },
      watermark_info: { enabled: true },
    };
    const asked = read("text2video", {
      model_name: "m",
      callback_url: "https://c.example/x",
      external_task_id: "mine",
      ...body,
    });
    expect(asked).toMatchObject({
      name: "mine",
      callback: "https://c.example/x",
      dropped: [],
      shown: { prompt: "a cat", external_task_id: "mine" },
      demand: {
        model: "m",
        units: { durationMs: 10_000, actions: 1 },
        attributes: { mode: "pro", resolution: "1080p" },
      },
    });
    expect(bodyOf(videos.write(asked.asked as VideoRequest, TARGET))).toEqual({
      ...body,
      duration: "10",
      model_name: "kling-v1-6",
    });
  });

  it("need not name a model, and may name what nobody knows", () => {
    expect(read("text2video", { prompt: "a" }).demand.model).toBe("kling-v1");
    expect(read("text2video", { prompt: "a", model: "other" }).demand.model).toBe("other");
    expect(read("text2video", { prompt: "a", seed: 1 }).dropped).toEqual(["seed"]);
    expect(sent("text2video", { prompt: "a" })).toMatchObject({ aspect_ratio: "16:9", duration: "5" });
  });

  it("with pictures has them without what a data URL says", () => {
    const body = sent("image2video", { image: `data:image/png;base64,${PNG}`, image_tail: URL, mode: "pro" });
    expect(body).toMatchObject({ image: PNG, image_tail: URL, mode: "pro" });
    expect(sent("image2video", { image: PNG, static_mask: URL })).toMatchObject({ image: PNG, static_mask: URL });
    expect(read("image2video", { image: PNG, image_tail: PNG }).demand.needs).toEqual(new Map([["image", 2]]));
    const list = [{ image: PNG }, { image: URL }];
    expect(sent("multi-image2video", { prompt: "a", image_list: list })).toMatchObject({ image_list: list });
  });

  it("reaches an upstream in Sora's form", () => {
    const target = { model: "sora-2", account: undefined };
    const asked = read("text2video", { prompt: "a cat", mode: "pro", duration: "8", cfg_scale: 0.5 });
    const call = soraVideos.write(asked.asked as VideoRequest, target);
    expect(bodyOf(call)).toMatchObject({ seconds: "8", size: "1920x1080" });
    expect(call.dropped).toEqual(["cfg_scale"]);
    const silent = read("image2video", { image: URL }).asked as VideoRequest;
    expect(faultOf(() => soraVideos.write(silent, target))).toBe("unsupported_feature prompt");
  });

  it("goes on with an earlier film", () => {
    expect(earlierIn("video-extend", jsonPayload({ video_id: "8-2" }))).toBe("8-2");
    const extension = goOn("video-extend", { video_id: "8", prompt: "more", cfg_scale: 0.5 });
    expect(extension).toMatchObject({
      wires: new Set(["kling.videos"]),
      demand: { model: "kling-v1-6", units: { durationMs: 5000 }, attributes: { mode: "pro", resolution: "1080p" } },
    });
    const call = videos.write(extension.asked as VideoRequest, TARGET);
    expect(call.address.path).toBe("/videos/video-extend");
    expect(bodyOf(call)).toEqual({ video_id: "v-1", prompt: "more", cfg_scale: 0.5 });
    expect(call).toMatchObject({ units: { durationMs: 5000 }, attributes: { mode: "pro", resolution: "1080p" } });
  });

  it("goes on with a film at the price of that film, whatever cheaper model its client names", () => {
    const attributes = { mode: "pro", resolution: "1080p", size: "1920x1080", audio: "on" };
    const earlier = { ...EARLIER, attributes };
    const body = { video_id: "8", model_name: "cheap", model: "cheap", models: ["cheap"], provider: { only: ["x"] } };
    const extension = readKling(KLING_FORMS["kling.video-extend"], "video-extend", jsonPayload(body), earlier);
    expect(extension.demand).toMatchObject({ model: "kling-v1-6", attributes });
    expect(extension.demand.fallbacks ?? []).toEqual([]);
    expect(extension.dropped).toEqual(["model_name", "model", "models", "provider"]);
    expect(videos.write(extension.asked as VideoRequest, TARGET).attributes).toEqual(attributes);
  });

  it("has an effect of each mode at its own price", () => {
    const input = { image: URL, mode: "4k" };
    const effect = read("effects", { effect_scene: "squish", input });
    expect(effect.demand.attributes).toEqual({ mode: "effects-4k" });
  });

  it.each([
    [5.0417, 5042],
    [1.001, 1001],
  ])("counts whole milliseconds of a film of %s s", (seconds, durationMs) => {
    const body = jsonPayload({ input: { video_id: "8", text: "hello" } });
    const asked = readKling(KLING_FORMS["kling.lip-sync"], "lip-sync", body, { ...EARLIER, seconds });
    expect(asked.demand.units).toEqual({ durationMs, actions: 1 });
    expect(videos.write(asked.asked as VideoRequest, TARGET).units).toEqual({ durationMs, actions: 1 });
  });

  it("lets a film speak", () => {
    const input = {
      video_id: "8",
      mode: "text2video",
      text: "hello",
      voice_id: "g",
      callback_url: "https://c.example",
    };
    expect(earlierIn("lip-sync", jsonPayload({ input }))).toBe("8");
    const asked = goOn("lip-sync", { input });
    expect(asked.dropped).toEqual(["input.callback_url"]);
    const call = videos.write(asked.asked as VideoRequest, TARGET);
    expect(bodyOf(call)).toEqual({ input: { video_id: "v-1", mode: "text2video", text: "hello", voice_id: "g" } });
    expect(call).toMatchObject({ units: { durationMs: 5100, actions: 1 }, attributes: { mode: "lip-sync" } });
    const foreign = read("lip-sync", { model_name: "m", input: { video_url: "https://a.example/f.mp4", mode: "x" } });
    // Nobody knows how long it is before the upstream tells.
    expect(foreign.demand.units).toEqual({ durationMs: 60_000, actions: 1 });
    expect(videos.write(foreign.asked as VideoRequest, TARGET).units).toEqual(foreign.demand.units);
  });

  it.each<[string, VideoKind, JsonObject, string[]]>([
    ["lips", "lip-sync", { input: { video_url: URL, text: "a" } }, ["mode"]],
    ["an effect", "effects", { effect_scene: "hug", input: { image: URL } }, ["mode"]],
    ["voices", "text2video", { prompt: "a", sound: "on", voice_list: [{ voice_id: "v" }] }, ["audio"]],
    ["voices of a picture", "image2video", { image: URL, voice_list: [{ voice_id: "v" }] }, ["audio"]],
    ["no voices", "text2video", { prompt: "a", sound: "on", voice_list: [] }, []],
    ["voices that nobody hears", "multi-image2video", { prompt: "a", image_list: [URL], voice_list: ["v"] }, []],
  ])("with %s is sold only at a price of its own", (_name, kind, body, fees) => {
    expect([...(read(kind, body).demand.fees ?? [])]).toEqual(fees);
  });

  it("with voices has sound, at the price of voices", () => {
    const voices = [{ voice_id: "v" }];
    const asked = read("text2video", { prompt: "<<<voice_1>>> says hello", voice_list: voices });
    expect(asked.demand.attributes).toMatchObject({ audio: "voice" });
    const call = videos.write(asked.asked as VideoRequest, { ...TARGET, model: "kling-v2-6" });
    expect(bodyOf(call)).toMatchObject({ sound: "on", voice_list: voices });
    expect(call.attributes).toMatchObject({ audio: "voice", mode: "std" });
    // Others leave the voices out, and are paid for sound.
    const { audio } = soraVideos.write(asked.asked as VideoRequest, { ...TARGET, model: "sora-2" }).attributes;
    expect(audio).not.toBe("voice");
    expect(faultOf(() => read("text2video", { prompt: "a", sound: "off", voice_list: voices }))).toBe(
      "invalid_parameter voice_list",
    );
  });

  it("makes an effect of pictures", () => {
    const input = { model_name: "m", mode: "pro", images: [`data:image/png;base64,${PNG}`, URL], duration: "10" };
    const asked = read("effects", { effect_scene: "hug", input });
    expect(asked.demand).toMatchObject({
      model: "m",
      units: { durationMs: 10_000 },
      attributes: { mode: "effects-pro" },
    });
    expect(bodyOf(videos.write(asked.asked as VideoRequest, TARGET))).toEqual({
      effect_scene: "hug",
      input: { model_name: "kling-v1-6", mode: "pro", images: [PNG, URL], duration: "10" },
    });
    expect(sent("effects", { effect_scene: "squish", input: { image: URL, duration: 5 } })).toEqual({
      effect_scene: "squish",
      input: { image: URL, duration: "5" },
    });
  });

  const film = { prompt: "a" };
  it.each<[string, VideoKind, JsonObject]>([
    ["missing_input prompt", "text2video", {}],
    ["missing_input image", "image2video", film],
    ["missing_input image_list", "multi-image2video", film],
    ["missing_input input", "lip-sync", {}],
    ["missing_input input.video_id", "lip-sync", { input: {} }],
    ["missing_input effect_scene", "effects", { input: { image: URL } }],
    ["missing_input input.image", "effects", { effect_scene: "a", input: {} }],
    ["missing_input video_id", "video-extend", film],
    ["invalid_parameter mode", "text2video", { ...film, mode: "fast" }],
    ["invalid_parameter duration", "text2video", { ...film, duration: "long" }],
    ["invalid_parameter aspect_ratio", "text2video", { ...film, aspect_ratio: "wide" }],
    ["invalid_parameter sound", "text2video", { ...film, sound: "loud" }],
    ["invalid_parameter cfg_scale", "text2video", { ...film, cfg_scale: 2 }],
    ["invalid_parameter callback_url", "text2video", { ...film, callback_url: 5 }],
    ["invalid_parameter external_task_id", "text2video", { ...film, external_task_id: "x".repeat(257) }],
    ["invalid_parameter model", "text2video", { ...film, model_name: 5 }],
    ["invalid_parameter image", "image2video", { image: "file:///etc/passwd" }],
    ["invalid_parameter image_tail", "image2video", { image: URL, image_tail: URL, static_mask: URL }],
    ["invalid_parameter image_list", "multi-image2video", { ...film, image_list: [URL, URL, URL, URL, URL] }],
    ["invalid_parameter input.video_url", "lip-sync", { input: { video_url: "file:///x" } }],
  ])("is refused: %s", (fault, kind, body) => {
    expect(faultOf(() => read(kind, body))).toBe(fault);
  });
});

const VIEW: TaskView = {
  id: "831922345719271433",
  model: "m",
  state: "running",
  progress: 0,
  createdAtMs: 1_722_769_557_708,
  expiresAtMs: undefined,
  finishedAtMs: undefined,
  seconds: 5,
  attributes: {},
  error: undefined,
  shown: { prompt: "a cat", external_task_id: "mine" },
  links: [],
  native: undefined,
};

describe("a task", () => {
  const { show, tell, newId } = KLING_FORMS["kling.text2video"];
  it("is shown in Kling's envelope", () => {
    const id = VIEW.id;
    expect(show(VIEW)).toEqual({
      code: 0,
      message: "SUCCEED",
      data: {
        task_id: id,
        task_status: "processing",
        task_status_msg: "",
        task_info: { external_task_id: "mine" },
        created_at: 1_722_769_557_708,
        updated_at: 1_722_769_557_708,
      },
      id,
      task_id: id,
      object: "video",
      status: "in_progress",
    });
  });

  it("has its films, each by an id of its own, when it has succeeded", () => {
    const links = ["https://g.example/1", "https://g.example/2"];
    const native = { videos: [{ id: "theirs", duration: "5.1" }] };
    const told = tell?.({ ...VIEW, state: "succeeded", finishedAtMs: 1_722_769_657_708, links, native });
    expect(told).toMatchObject({
      task_status: "succeed",
      task_result: {
        videos: [
          { id: VIEW.id, url: links[0], duration: "5.1" },
          { id: `${VIEW.id}-2`, url: links[1], duration: "5" },
        ],
      },
      updated_at: 1_722_769_657_708,
    });
    expect(JSON.stringify(told)).not.toContain("theirs");
    expect(filmOfId(`${VIEW.id}-2`)).toEqual({ task: VIEW.id, at: 1 });
    expect(filmOfId("video_ab12")).toEqual({ task: "video_ab12", at: 0 });
  });

  it("says why it failed", () => {
    const error = { code: "unprocessable", message: "too dark" };
    expect(tell?.({ ...VIEW, state: "failed", error })).toMatchObject({
      task_status: "failed",
      task_status_msg: "too dark",
    });
  });

  it("has a long number as its id", () => {
    const ids = Array.from({ length: 200 }, () => newId());
    expect(ids.filter((id) => !/^[1-9]\d{17}$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(200);
  });
});
