/** Films of Google's models, without any network: what goes up, and what its answers mean. */
import { describe, expect, it } from "vitest";
import { Fault } from "../../../src/core/fault.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { jsonPayload } from "../../../src/core/payload.ts";
import { UpstreamError } from "../../../src/core/upstream-error.ts";
import type { Source } from "../../../src/operation/chat/conversation.ts";
import type { VideoRequest } from "../../../src/operation/video/video-request.ts";
import { triage } from "../../../src/upstream/triage.ts";
import { predictForm } from "../../../src/wire/gemini/predict-form.ts";
import { predictVideo } from "../../../src/wire/gemini/predict-video.ts";
import { rpcCodeOf } from "../../../src/wire/gemini/rpc-codes.ts";
import type { TaskView } from "../../../src/wire/task-types.ts";

type Json = Record<string, unknown>;

const PLAIN: VideoRequest = { prompt: "a cat", seconds: undefined, frame: {}, references: [], count: 1 };
const PICTURE: Source = { kind: "data", type: "image/png", data: "iVBORw0KGgo=" };
const INLINE = { bytesBase64Encoded: "iVBORw0KGgo=", mimeType: "image/png" };
const NAME = "models/veo-3.1/operations/a b";

function write(asked: Partial<VideoRequest>) {
  const call = predictVideo.write({ ...PLAIN, ...asked }, { model: "veo-3.1", account: undefined });
  const body =
    call.payload.kind === "json"
      ? (JSON.parse(call.payload.text) as { instances: Json[]; parameters: Json })
      : undefined;
  return { ...call, instance: body?.instances[0], parameters: body?.parameters };
}

function told(body: Json) {
  return predictVideo.told(jsonPayload({ name: NAME, ...body }), [NAME]).get(NAME);
}

describe("what goes up", () => {
  it("is an operation of the model, at its usual length", () => {
    const { address, instance, parameters, units, attributes, dropped } = write({});
    expect(address).toEqual({ method: "POST", path: "/models/veo-3.1:predictLongRunning" });
    expect(instance).toEqual({ prompt: "a cat" });
    expect(parameters).toEqual({ durationSeconds: 8 });
    expect(units).toEqual({ durationMs: 8000, actions: 1 });
    expect(attributes).toEqual({ size: "1280x720", resolution: "720p", audio: "on" });
    expect(dropped).toEqual([]);
  });

  it.each<{ asked: Partial<VideoRequest>; parameters: Json; units?: Json; attributes?: Json }>([
    {
      asked: { seconds: 6, count: 3 },
      parameters: { durationSeconds: 6, sampleCount: 3 },
      units: { durationMs: 18_000, actions: 3 },
    },
    {
      asked: { frame: { width: 720, height: 1280 } },
      parameters: { durationSeconds: 8, aspectRatio: "9:16", resolution: "720p" },
      attributes: { size: "720x1280", resolution: "720p", audio: "on" },
    },
    {
      asked: { frame: { aspect: "9:16", resolution: "4k" } },
      parameters: { durationSeconds: 8, aspectRatio: "9:16", resolution: "4k" },
      attributes: { size: "2160x3840", resolution: "4k", audio: "on" },
    },
    { asked: { frame: { aspect: "16:9" } }, parameters: { durationSeconds: 8, aspectRatio: "16:9" } },
    {
      asked: { negative: "rain", people: "allow_all", enhances: true, sound: true },
      parameters: { durationSeconds: 8, negativePrompt: "rain", personGeneration: "allow_all", enhancePrompt: true },
    },
  ])("says $parameters", ({ asked, parameters, units, attributes }) => {
    const call = write(asked);
    expect(call.parameters).toEqual(parameters);
    if (units !== undefined) expect(call.units).toEqual(units);
    if (attributes !== undefined) expect(call.attributes).toEqual(attributes);
  });

  it("holds pictures themselves", () => {
    expect(write({ first: PICTURE, last: PICTURE }).instance).toEqual({
      prompt: "a cat",
      image: INLINE,
      lastFrame: INLINE,
    });
    const { instance } = write({ references: [PICTURE, PICTURE] });
    const reference = { image: INLINE, referenceType: "asset" };
    expect(instance).toEqual({ prompt: "a cat", referenceImages: [reference, reference] });
  });

  it("names what the API refuses and nothing depends on", () => {
    const { dropped, parameters } = write({ seed: 7, watermark: true, mode: "pro" });
    expect(dropped).toEqual(["seed", "watermark", "mode"]);
    expect(parameters).toEqual({ durationSeconds: 8 });
  });

  it.each<{ asked: Partial<VideoRequest>; param: string; says: RegExp }>([
    { asked: { seconds: 5 }, param: "seconds", says: /of 4, 6, 8 seconds alone/ },
    {
      asked: { seconds: 6, frame: { resolution: "1080p" } },
      param: "seconds",
      says: /in 1080p or 4k, of 8 seconds alone/,
    },
    { asked: { seconds: 4, references: [PICTURE] }, param: "seconds", says: /of references.* 8 seconds alone/ },
    { asked: { frame: { resolution: "480p" } }, param: "size", says: /720p \(1280x720\), 1080p \(1920x1080\), 4k/ },
    { asked: { frame: { aspect: "1:1" } }, param: "size", says: /16:9, 9:16/ },
    { asked: { frame: { width: 1600, height: 900 } }, param: "size", says: /1280x720/ },
    { asked: { frame: { width: 1280, height: 720, resolution: "1080p" } }, param: "size", says: /1280x720/ },
    { asked: { first: { kind: "url", url: "https://a.b/c.png" } }, param: "input_reference", says: /data URL/ },
    { asked: { last: { kind: "id", id: "file-1" } }, param: "last_frame", says: /data URL/ },
    { asked: { first: PICTURE, references: [PICTURE] }, param: "reference_images", says: /either references or/ },
    { asked: { sound: false }, param: "generate_audio", says: /always have sound/ },
    { asked: { remixes: "models/veo/operations/1" }, param: "video", says: /does not change earlier films/ },
  ])("is refused where something else would be made: $param $says", ({ asked, param, says }) => {
    const problem = thrownBy(() => write(asked));
    expect(problem).toBeInstanceOf(Fault);
    expect(problem).toMatchObject({ kind: "unsupported_feature", options: { param } });
    expect((problem as Fault).text("en")).toMatch(says);
    expect((problem as Fault).text("zh")).toMatch(/[\u4e00-\u9fff]/);
  });
});

const taken = (body: JsonObject) => predictVideo.taken(jsonPayload(body), write({}));

describe("an operation", () => {
  it("is known by its name, and asked for by it", () => {
    expect(taken({ name: NAME })).toEqual({ id: NAME, report: { state: "queued" } });
    expect(predictVideo.ask([NAME], { model: "veo-3.1", account: undefined }).address).toEqual({
      method: "GET",
      path: "/models/veo-3.1/operations/a%20b",
    });
  });

  it.each([{}, { name: "" }, { name: 7 }, { name: "models/../../admin" }, { name: "a//b" }])(
    "has a name: %j",
    (body) => {
      expect(thrownBy(() => taken(body))).toMatchObject({ kind: "upstream_error" });
    },
  );

  it("is not begun where an error stands in its place", () => {
    const problem = thrownBy(() => taken({ error: { code: 8, message: "busy" } }));
    expect(problem).toBeInstanceOf(UpstreamError);
    expect(problem).toMatchObject({ error: { code: 429, message: "busy" } });
  });

  it.each([{}, { done: false }, { done: false, metadata: {} }, { done: "yes" }, { done: false, error: {} }])(
    "runs until it says that it is done: %j",
    (body) => expect(told(body)).toEqual({ state: "running" }),
  );

  const uri = "https://relay.example/v1beta/files/x:download?alt=media";
  it.each<{ response: Json; addresses: string[] }>([
    { response: { generateVideoResponse: { generatedSamples: [{ video: { uri } }] } }, addresses: [uri] },
    { response: { generateVideoResponse: { generatedVideos: [{ video: { uri } }] } }, addresses: [uri] },
    {
      response: { generatedVideos: [{ video: { uri } }, { video: { uri: `${uri}&2` } }] },
      addresses: [uri, `${uri}&2`],
    },
    { response: { videos: [{ uri, mimeType: "video/mp4" }] }, addresses: [uri] },
    // Whoever stands between must have the key, too.
    {
      response: {
        generateVideoResponse: {
          generatedSamples: [
            { video: { uri: "https://generativelanguage.googleapis.com/v1beta/files/x:download?alt=media" } },
          ],
        },
      },
      addresses: ["/files/x:download?alt=media"],
    },
  ])("ends with films: $addresses", ({ response, addresses }) => {
    expect(told({ done: true, response })).toEqual({
      state: "succeeded",
      results: addresses.map((address, at) => ({ variant: at === 0 ? "video" : "video-2", address })),
      usage: { actions: addresses.length },
    });
  });

  it("counts films that were kept back beside those that were made", () => {
    const generateVideoResponse = { generatedSamples: [{ video: { uri } }], raiMediaFilteredCount: 1 };
    expect(told({ done: true, response: { generateVideoResponse } })).toMatchObject({
      state: "succeeded",
      usage: { actions: 1 },
      native: { raiMediaFilteredCount: 1 },
    });
  });

  it.each<{ body: Json; kind: string; says: RegExp }>([
    {
      body: {
        response: { generateVideoResponse: { raiMediaFilteredCount: 1, raiMediaFilteredReasons: ["A child."] } },
      },
      kind: "content_policy",
      says: /^A child\.$/,
    },
    { body: { response: { raiMediaFilteredCount: 2 } }, kind: "content_policy", says: /filtered by the safety rules/ },
    { body: { response: {} }, kind: "upstream_error", says: /answered with an error/ },
    { body: {}, kind: "upstream_error", says: /answered with an error/ },
    {
      body: { response: { videos: [{ gcsUri: "gs://a/b" }] } },
      kind: "upstream_error",
      says: /answered with an error/,
    },
    { body: { error: { code: 3, message: "bad prompt" } }, kind: "invalid_parameter", says: /^bad prompt$/ },
    { body: { error: { code: 9, message: "not here" } }, kind: "invalid_parameter", says: /^not here$/ },
    { body: { error: { code: 8, message: "busy" } }, kind: "upstream_rate_limited", says: /too many requests/ },
    { body: { error: { code: 13, message: "oops" } }, kind: "upstream_error", says: /answered with an error/ },
    { body: { error: { code: 14, message: "oops" } }, kind: "overloaded", says: /overloaded/ },
    { body: { error: { code: 4, message: "oops" } }, kind: "upstream_timeout", says: /in time/ },
    { body: { error: { message: "oops" } }, kind: "upstream_error", says: /answered with an error/ },
  ])("ends without one: $body", ({ body, kind, says }) => {
    const report = told({ done: true, ...body });
    expect(report?.state).toBe("failed");
    const { fault } = triage({ status: undefined, error: report?.error ?? {} }, []);
    expect(fault.kind).toBe(kind);
    expect(fault.text("en")).toMatch(says);
  });
});

describe("what Google's clients see", () => {
  const VIEW: TaskView = {
    id: "video_1",
    model: "a/veo",
    state: "failed",
    progress: 0,
    createdAtMs: 0,
    expiresAtMs: undefined,
    finishedAtMs: 0,
    seconds: 8,
    attributes: {},
    error: undefined,
    shown: {},
    links: [],
    native: undefined,
  };

  it.each([
    ["content_policy_violation", 3],
    ["invalid_value", 3],
    ["unprocessable", 3],
    ["upstream_rate_limited", 8],
    ["bad_gateway", 13],
    ["no_available_route", 14],
    ["upstream_timeout", 4],
    ["task_expired", 4],
    ["task_lost", 13],
  ])("is the number of a failure: %s", (code, number) => {
    expect(rpcCodeOf(code)).toBe(number);
    const shown = predictForm.show({ ...VIEW, error: { code, message: "why" } });
    expect(shown).toEqual({
      name: "models/a/veo/operations/video_1",
      done: true,
      error: { code: number, message: "why" },
    });
  });

  it("is an operation in each of its states", () => {
    for (const state of ["queued", "running"] as const) {
      expect(predictForm.show({ ...VIEW, state })).toEqual({
        name: "models/a/veo/operations/video_1",
        metadata: {},
        done: false,
      });
    }
    const made = { ...VIEW, state: "succeeded", links: ["x", "y"], native: { raiMediaFilteredCount: 1 } } as const;
    expect(predictForm.show(made)["response"]).toMatchObject({
      generateVideoResponse: {
        generatedSamples: [{ video: { uri: "x" } }, { video: { uri: "y" } }],
        raiMediaFilteredCount: 1,
      },
    });
    expect(predictForm.show(VIEW)["error"]).toEqual({ code: 13, message: "The task failed." });
  });
});

describe("what Google's clients ask for", () => {
  const match = { params: { call: "models/veo-3.1:predictLongRunning" }, headers: new Headers() };
  const read = (body: Json) => predictForm.read(jsonPayload(body), match);

  it("is read in either spelling", () => {
    const picture = { bytes_base64_encoded: "/9j/4AAQ", mime_type: "image/png" };
    const { asked, demand, dropped, shown } = read({
      instances: [
        {
          prompt: "a cat",
          image: picture,
          last_frame: { inlineData: { data: "AAAA", mimeType: "image/webp" } },
          mask: {},
        },
      ],
      parameters: {
        aspect_ratio: "9:16",
        resolution: "4K",
        duration_seconds: 8,
        sample_count: 2,
        negativePrompt: "rain",
        seed: 7,
        fps: 24,
      },
      labels: {},
    });
    expect(asked).toEqual({
      prompt: "a cat",
      seconds: 8,
      frame: { aspect: "9:16", resolution: "4k" },
      // By its first bytes, whatever is said of it.
      first: { kind: "data", type: "image/jpeg", data: "/9j/4AAQ" },
      last: { kind: "data", type: "image/webp", data: "AAAA" },
      references: [],
      count: 2,
      negative: "rain",
      seed: 7,
    });
    expect(demand).toMatchObject({
      model: "veo-3.1",
      units: { durationMs: 16_000, actions: 2 },
      attributes: { resolution: "4k" },
    });
    expect(demand.needs.get("image")).toBe(2);
    expect(dropped).toEqual(["labels", "instances.mask", "parameters.fps"]);
    expect(shown).toEqual({ prompt: "a cat" });
  });

  it.each<{ instance: Json; says: RegExp }>([
    { instance: { image: PICTURE, lastFrame: "x" }, says: /'instances\.image' must hold a picture/ },
    { instance: { lastFrame: { gcsUri: "file:///etc/passwd" } }, says: /'instances\.lastFrame' must be a data URL or/ },
    { instance: { lastFrame: {}, last_frame: {} }, says: /'instances\.lastFrame' stands there as 'last_frame' too/ },
    { instance: { referenceImages: [{}, {}, {}, {}] }, says: /at most 3 objects/ },
    { instance: { referenceImages: [{}] }, says: /'instances\.referenceImages\.image' must hold/ },
    { instance: { referenceImages: [{ image: INLINE, referenceType: "style" }] }, says: /must be 'asset'/ },
  ])("is refused: $says", ({ instance, says }) => {
    const problem = thrownBy(() => read({ instances: [{ prompt: "a cat", ...instance }] }));
    expect((problem as Fault).text("en")).toMatch(says);
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
