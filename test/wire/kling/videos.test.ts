/** Kling as an upstream of films: what it is asked for, what is paid for, and what its answers mean. */
import { describe, expect, it } from "vitest";
import { jsonPayload, type Payload } from "../../../src/core/payload.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { triage } from "../../../src/upstream/triage.ts";
import { UpstreamError } from "../../../src/core/upstream-error.ts";
import type { VideoRequest } from "../../../src/operation/video/video-request.ts";
import { videos } from "../../../src/wire/kling/videos.ts";
import { videos as soraVideos } from "../../../src/wire/openai/videos.ts";
import { videoForm } from "../../../src/wire/openai/video-form.ts";
import { faultOf, MATCH } from "../support.ts";

const PLAIN: VideoRequest = { prompt: "a cat", seconds: undefined, frame: {}, references: [], count: 1 };
const PICTURE = { kind: "data", type: "image/png", data: "iVBORw0KGgo=" } as const;
const LINK = { kind: "url", url: "https://a.example/a.png" } as const;

const write = (asked: Partial<VideoRequest>, model = "kling-v1-6") =>
  videos.write({ ...PLAIN, ...asked }, { model, account: undefined });
const bodyOf = ({ payload }: { readonly payload: Payload }) => (payload.kind === "json" ? payload.value : {});

describe("a film", () => {
  it("of a prompt alone is short, wide and plain", () => {
    const call = write({});
    expect(call.address).toEqual({ method: "POST", path: "/videos/text2video" });
    expect(bodyOf(call)).toEqual({ model_name: "kling-v1-6", prompt: "a cat", mode: "std", duration: "5" });
    expect(call).toMatchObject({
      units: { durationMs: 5000, actions: 1 },
      attributes: { mode: "std", resolution: "720p", audio: "off" },
      dropped: [],
    });
  });

  it("has the shape, the work and the sound that were asked for", () => {
    const asked = {
      seconds: 10,
      frame: { width: 1080, height: 1920 },
      sound: true,
      negative: "dogs",
      watermark: false,
    };
    const call = write(asked, "kling-v2-6");
    expect(bodyOf(call)).toMatchObject({
      mode: "pro",
      duration: "10",
      aspect_ratio: "9:16",
      sound: "on",
      negative_prompt: "dogs",
      watermark_info: { enabled: false },
    });
    expect(call.units).toEqual({ durationMs: 10_000, actions: 1 });
    expect(call.attributes).toEqual({ mode: "pro", resolution: "1080p", audio: "on", size: "1080x1920" });
  });

  it.each([
    ["another name of the resolution", { resolution: "2160p" }],
    ["a size that is nearly that of the model", { width: 3838, height: 2160 }],
  ])("is paid for as it is made, not by %s", (_name, frame) => {
    expect(write({ frame: { aspect: "16:9", ...frame } }, "kling-v3").attributes).toEqual({
      mode: "4k",
      resolution: "4k",
      size: "3840x2160",
      audio: "off",
    });
  });

  it.each([
    ["a mode that stands for what is done with other films", { mode: "lip-sync" }, "invalid_parameter mode"],
    ["a mode that stands for an effect", { mode: "effects" }, "invalid_parameter mode"],
    ["a mode in other letters than its price", { metadata: { mode: "PRO" } }, "invalid_parameter mode"],
    ["two sizes", { size: "1280x720", resolution: "4k" }, "invalid_parameter resolution"],
  ])("is not asked for with %s", (_name, wishes, refusal) => {
    const body = { model: "m", prompt: "a cat", ...wishes };
    expect(faultOf(() => videoForm.read(jsonPayload(body), MATCH))).toBe(refusal);
  });

  it("of a size that nobody has a price for is not made by Sora", () => {
    const asked = { ...PLAIN, frame: { resolution: "8k" } };
    expect(faultOf(() => soraVideos.write(asked, { model: "m", account: undefined }))).toBe(
      "unsupported_feature resolution",
    );
  });

  it("begins and ends with pictures, as base64 alone or by their addresses", () => {
    const call = write({
      prompt: "",
      first: PICTURE,
      last: LINK,
      frame: { aspect: "16:9", resolution: "1080p" },
      seed: 7,
    });
    expect(call.address.path).toBe("/videos/image2video");
    expect(bodyOf(call)).toEqual({
      model_name: "kling-v1-6",
      image: "iVBORw0KGgo=",
      image_tail: "https://a.example/a.png",
      mode: "pro",
      duration: "5",
    });
    expect(call.dropped.toSorted()).toEqual(["aspect_ratio", "seed"]);
  });

  it("shows what several pictures show", () => {
    const call = write({ references: [PICTURE, LINK] });
    expect(call.address.path).toBe("/videos/multi-image2video");
    expect(bodyOf(call)["image_list"]).toEqual([{ image: "iVBORw0KGgo=" }, { image: "https://a.example/a.png" }]);
  });

  it("takes what only Kling knows, and nothing that is the gateway's", () => {
    const members = {
      cfg_scale: 0.4,
      camera_control: { type: "simple" },
      callback_url: "https://c.example",
      static_mask: "m",
    };
    const native = { wire: "kling.videos", members };
    const call = write({ native });
    expect(bodyOf(call)).toMatchObject({ cfg_scale: 0.4, camera_control: { type: "simple" } });
    expect(bodyOf(call)).not.toHaveProperty("callback_url");
    expect(call.dropped).toEqual(["callback_url", "static_mask"]);
    expect(write({ native }, "kling-v2-1").dropped).toContain("cfg_scale");
    expect(write({ native: { wire: "other.videos", members } }).dropped).toEqual(Object.keys(members));
    expect(soraVideos.write({ ...PLAIN, native }, { model: "sora-2", account: undefined }).dropped).toEqual(
      Object.keys(members),
    );
  });

  it.each<[string, Partial<VideoRequest>, string, string?]>([
    ["a length that old models do not make", { seconds: 8 }, "duration"],
    ["a length that new models do not make", { seconds: 16 }, "duration", "kling-v3-omni"],
    ["several at once", { count: 2 }, "n"],
    ["sound of an old model", { sound: true }, "sound"],
    ["4k of an old model", { frame: { resolution: "4k" } }, "mode"],
    ["pictures that no mode makes", { frame: { width: 854, height: 480 } }, "size"],
    ["a mode that makes others", { mode: "std", frame: { resolution: "1080p" } }, "mode"],
    ["an unknown mode", { mode: "max" }, "mode"],
    ["a shape that is not made", { frame: { aspect: "21:9" } }, "aspect_ratio"],
    ["a remix", { remixes: "text2video/1" }, "model"],
    ["a picture of another vendor", { first: { kind: "id", id: "f" } }, "image"],
    ["references beside a first picture", { first: LINK, references: [LINK, LINK] }, "reference_images"],
  ])("is refused with %s", (_, asked, param, model) => {
    expect(faultOf(() => write(asked, model))).toBe(`unsupported_feature ${param}`);
  });

  it.each([
    ["kling-v1-5", 10],
    ["kling-v2-5-turbo", 5],
    ["kling-v3", 3],
    ["kling-v3-turbo", 15],
  ])("of %s may have %d seconds", (model, seconds) => {
    expect(bodyOf(write({ seconds }, model))["duration"]).toBe(String(seconds));
  });

  it("of a client of Sora's form has Kling's own members, too", () => {
    const metadata = { cfg_scale: 0.7, image_tail: "https://a.example/b.png", unknown: 1 };
    const body = { model: "m", prompt: "a cat", seconds: "10", size: "1920x1080", input_reference: LINK.url, metadata };
    const read = videoForm.read(jsonPayload(body), MATCH);
    expect(read.dropped).toEqual(["unknown"]);
    expect(read.demand.fees).toBeUndefined();
    const voiced = { ...body, metadata: { voice_list: [{ voice_id: "v" }] } };
    expect(videoForm.read(jsonPayload(voiced), MATCH).demand).toMatchObject({
      fees: new Set(["audio"]),
      attributes: { audio: "voice" },
    });
    expect(bodyOf(write(read.asked as VideoRequest))).toMatchObject({
      image: LINK.url,
      image_tail: "https://a.example/b.png",
      mode: "pro",
      duration: "10",
      cfg_scale: 0.7,
    });
  });
});

const CALL = write({});
const data = (value: JsonObject) => jsonPayload({ code: 0, message: "SUCCEED", request_id: "r", data: value });
const told = (value: JsonObject, id = "text2video/8") => videos.told(data(value), [id]).get(id);

describe("an answer", () => {
  it("is remembered with its endpoint", () => {
    const answer = data({ task_id: "831922345719271433", task_status: "submitted" });
    const { id } = videos.taken(answer, CALL);
    expect(id).toBe("text2video/831922345719271433");
    expect(videos.ask([id], { model: "m", account: undefined }).address.path).toBe(
      "/videos/text2video/831922345719271433",
    );
    // Relays that answer in another form.
    expect(videos.taken(jsonPayload({ id: "x", task_id: "t", status: "queued" }), CALL).id).toBe("text2video/t");
  });

  it("tells of films by their states", () => {
    expect(told({ task_status: "submitted" })).toEqual({ state: "queued" });
    expect(told({ task_status: "processing" })).toEqual({ state: "running" });
    expect(told({ task_status: "a new word" })).toEqual({ state: "queued" });
    const films = [
      { id: "v1", url: "https://a.example/1.mp4", duration: "5.1" },
      { id: "v2", url: "https://a.example/2.mp4", duration: "5" },
    ];
    expect(told({ task_status: "succeed", task_result: { videos: films } })).toEqual({
      state: "succeeded",
      results: [
        { variant: "video", address: "https://a.example/1.mp4" },
        { variant: "video-2", address: "https://a.example/2.mp4" },
      ],
      usage: { durationMs: 10_100 },
      native: {
        videos: [
          { id: "v1", duration: "5.1" },
          { id: "v2", duration: "5" },
        ],
      },
    });
    expect(faultOf(() => told({ task_status: "succeed", task_result: { videos: [] } }))).toBe("upstream_error");
  });

  it("tells why a film failed in the upstream's words", () => {
    const report = told({ task_status: "failed", task_status_msg: "the picture is too small" });
    expect(report?.state).toBe("failed");
    const { fault } = triage({ status: undefined, error: report?.error ?? {} }, []);
    expect(fault.text("en")).toBe("the picture is too small");
  });

  it.each([
    [1001, "upstream_error", "credential_refused"],
    [1100, "upstream_error", "out_of_funds"],
    [1102, "upstream_error", "out_of_funds"],
    [1103, "upstream_error", "forbidden"],
    [1201, "invalid_parameter", "refused_request"],
    [1203, "no_route", "model_missing"],
    [1301, "content_policy", "refused_request"],
    [1302, "upstream_rate_limited", "rate_limited"],
    [1303, "upstream_rate_limited", "rate_limited"],
    [5000, "upstream_error", "error"],
    [5001, "overloaded", "error"],
    [5002, "upstream_timeout", "timeout"],
  ])("of status 200 may be the failure %d", (code, kind, outcome) => {
    try {
      videos.taken(jsonPayload({ code, message: "no", request_id: "r" }), CALL);
      expect.fail("nothing was thrown");
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      expect(triage({ status: undefined, error: error.error }, [])).toMatchObject({ fault: { kind }, outcome });
    }
  });

  it("may be a failure in the words of a relay", () => {
    const taken = (value: JsonObject) => faultOf(() => videos.taken(jsonPayload(value), CALL));
    const error = { code: "insufficient_quota", message: "no" };
    expect(taken({ code: "fail_to_fetch", message: "no" })).toBe(`upstream's {"code":"fail_to_fetch","message":"no"}`);
    expect(taken({ error })).toBe(`upstream's ${JSON.stringify(error)}`);
    expect(videos.taken(jsonPayload({ code: "success", data: { task_id: "8" } }), CALL).id).toBe("text2video/8");
  });

  it("that knows no such task makes it absent", () => {
    expect(videos.told(jsonPayload({ code: 1203, message: "no such task" }), ["text2video/8"])).toEqual(new Map());
  });

  it.each([
    ["no JSON", { kind: "none" } as const],
    ["no data", jsonPayload({ code: 0, data: null })],
    ["no id", data({ task_status: "submitted" })],
  ])("is broken with %s", (_, answer) => {
    expect(faultOf(() => videos.taken(answer, CALL))).toBe("upstream_error");
  });
});

it.each([
  [429, 1102, "out_of_funds"],
  [429, 1302, "rate_limited"],
  [400, 1301, "refused_request"],
  [401, 1004, "credential_refused"],
  [404, 1203, "model_missing"],
])("a refusal with status %d and number %d means %s", (status, code, outcome) => {
  expect(triage({ status, error: { code, message: "no" } }, []).outcome).toBe(outcome);
});
