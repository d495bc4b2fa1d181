/** Kling's pictures: what clients of two forms ask for, what goes up, what is paid for, and what is shown. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { jsonPayload, type Payload } from "../../../src/core/payload.ts";
import type { ImageRequest } from "../../../src/operation/image/image-request.ts";
import { klingPictureOf } from "../../../src/wire/kling/from-images.ts";
import { pictureForm } from "../../../src/wire/kling/picture-form.ts";
import { pictures } from "../../../src/wire/kling/pictures.ts";
import { images } from "../../../src/wire/openai/images.ts";
import type { TaskRequest, TaskView } from "../../../src/wire/task-types.ts";
import { faultOf, MATCH } from "../support.ts";

const PNG = "iVBORw0KGgo=";
const LINK = "https://a.example/a.png";
const TARGET = { model: "kling-v2-1", account: undefined };

const read = (body: JsonObject) => pictureForm.read(jsonPayload({ prompt: "a cat", ...body }), MATCH);
const ofOpenAi = (body: JsonObject) =>
  klingPictureOf(images.read(jsonPayload({ model: "m", prompt: "a cat", ...body }), MATCH));
const write = ({ asked }: TaskRequest) => pictures.write(asked as ImageRequest, TARGET);
const bodyOf = ({ payload }: { readonly payload: Payload }) => (payload.kind === "json" ? payload.value : {});

describe("a client of Kling", () => {
  it("asks for a picture", () => {
    const asked = read({});
    expect(asked.demand).toMatchObject({
      operation: "image",
      model: "kling-v1",
      // Kling's films have the same names.
      fallbacks: ["kling-v1-image"],
      units: { images: 1 },
      attributes: { mode: "text" },
    });
    expect(asked.demand.fees).toBeUndefined();
    const call = write(asked);
    expect(call.address).toEqual({ method: "POST", path: "/images/generations" });
    expect(bodyOf(call)).toEqual({ model_name: "kling-v2-1", prompt: "a cat", resolution: "1k", n: 1 });
    expect(call).toMatchObject({ units: { images: 1 }, attributes: { mode: "text", resolution: "1k" }, dropped: [] });
  });

  it("asks for several large ones of a face", () => {
    const own = { image: `data:image/png;base64,${PNG}`, image_reference: "face", human_fidelity: 0.4 };
    const asked = read({
      model_name: "kling-v1-5",
      ...own,
      resolution: "2K",
      n: "3",
      aspect_ratio: "3:4",
      negative_prompt: "dogs",
      callback_url: "https://c.example/x",
      external_task_id: "mine",
      seed: 5,
    });
    expect(asked).toMatchObject({ name: "mine", callback: "https://c.example/x", dropped: ["seed"] });
    expect(asked.demand).toMatchObject({
      model: "kling-v1-5",
      units: { images: 3 },
      attributes: { mode: "face", resolution: "2k" },
      fees: new Set(["mode", "resolution"]),
      needs: new Map([["image", 1]]),
    });
    const call = write(asked);
    expect(bodyOf(call)).toEqual({
      model_name: "kling-v2-1",
      prompt: "a cat",
      ...own,
      image: PNG,
      resolution: "2k",
      n: 3,
      aspect_ratio: "3:4",
    });
    // What is made of a picture takes none.
    expect(call.dropped).toEqual(["negative_prompt"]);
    expect(call).toMatchObject({ units: { images: 3 }, attributes: { mode: "face", resolution: "2k" } });
    expect(read({ image: LINK }).demand.attributes).toEqual({ mode: "image" });
  });

  it.each<[string, JsonObject]>([
    ["missing_input prompt", { prompt: "" }],
    ["invalid_parameter n", { n: 10 }],
    ["invalid_parameter n", { n: 1.5 }],
    ["invalid_parameter image", { image: "file:///etc/passwd" }],
    ["invalid_parameter image_reference", { image: LINK, image_reference: "pose" }],
    ["missing_input image", { image_reference: "face" }],
    ["invalid_parameter image_fidelity", { image: LINK, image_fidelity: 2 }],
    ["invalid_parameter aspect_ratio", { aspect_ratio: "wide" }],
    ["unsupported_feature aspect_ratio", { aspect_ratio: "5:4" }],
    ["unsupported_feature resolution", { resolution: "4k" }],
  ])("is refused: %s", (fault, body) => {
    expect(faultOf(() => write(read(body)))).toBe(fault);
  });

  it("sees the task in Kling's envelope", () => {
    const view: TaskView = {
      id: "831922345719271433",
      model: "m",
      state: "succeeded",
      progress: 100,
      createdAtMs: 1_722_769_557_708,
      expiresAtMs: undefined,
      finishedAtMs: 1_722_769_657_708,
      seconds: undefined,
      attributes: {},
      error: undefined,
      shown: {},
      links: ["https://g.example/1", "https://g.example/2"],
      native: undefined,
    };
    expect(pictureForm.show(view)).toEqual({
      code: 0,
      message: "SUCCEED",
      data: {
        task_id: view.id,
        task_status: "succeed",
        task_status_msg: "",
        task_info: {},
        task_result: {
          images: [
            { index: 0, url: "https://g.example/1" },
            { index: 1, url: "https://g.example/2" },
          ],
        },
        created_at: 1_722_769_557_708,
        updated_at: 1_722_769_657_708,
      },
    });
    const link = { id: "8", token: "t" };
    expect(pictureForm.linkOf({ ...link, variant: "image" })).toBe("/kling/v1/images/generations/8/content?token=t");
    expect(pictureForm.linkOf({ ...link, variant: "image-2" })).toContain("token=t&variant=image-2");
  });
});

describe("a client of OpenAI", () => {
  it.each<[JsonObject, JsonObject, string[]]>([
    [{ size: "1024x1024" }, { aspect_ratio: "1:1", resolution: "1k" }, []],
    [{ size: "1024x1536" }, { aspect_ratio: "2:3", resolution: "1k" }, []],
    [{ size: "1792x1024" }, { aspect_ratio: "16:9", resolution: "1k" }, []],
    [{ size: "2560x1440" }, { aspect_ratio: "16:9", resolution: "2k" }, []],
    [{ size: "16:9" }, { aspect_ratio: "16:9", resolution: "1k" }, []],
    [{ size: "2K" }, { resolution: "2k" }, []],
    [{ size: "auto" }, { resolution: "1k" }, []],
    [{ size: "1000x900" }, { aspect_ratio: "1:1", resolution: "1k" }, ["size"]],
    [{ aspect_ratio: "4:3", resolution: "2k" }, { aspect_ratio: "4:3", resolution: "2k" }, []],
    [{ quality: "high", style: "vivid" }, { resolution: "1k" }, ["quality", "style"]],
  ])("asks with %j", (body, expected, dropped) => {
    const asked = ofOpenAi(body);
    const call = write(asked);
    expect(bodyOf(call)).toEqual({ model_name: "kling-v2-1", prompt: "a cat", n: 1, ...expected });
    expect(asked.dropped.toSorted()).toEqual(dropped);
    const { resolution } = expected;
    expect(asked.demand.fees?.has("resolution") ?? false).toBe(resolution === "2k");
    expect(call.attributes).toEqual({ mode: "text", resolution });
  });

  it("has its pictures counted, and may name what only Kling knows", () => {
    const asked = ofOpenAi({ n: 4, image: `data:image/png;base64,${PNG}`, image_reference: "subject" });
    expect(asked.demand).toMatchObject({
      model: "m",
      choices: 1,
      units: { images: 4 },
      attributes: { mode: "subject" },
      fees: new Set(["mode"]),
    });
    expect(bodyOf(write(asked))).toMatchObject({ image: PNG, image_reference: "subject", n: 4 });
  });

  it.each<[string, JsonObject]>([
    ["unsupported_feature mask", { image: LINK, mask: LINK }],
    ["unsupported_feature image", { image: [LINK, LINK] }],
    ["unsupported_feature n", { n: 10 }],
    ["unsupported_feature resolution", { size: "4096x4096" }],
  ])("is refused: %s", (fault, body) => {
    expect(faultOf(() => write(ofOpenAi(body)))).toBe(fault);
  });
});

const data = (value: JsonObject) => jsonPayload({ code: 0, message: "SUCCEED", request_id: "r", data: value });
const told = (value: JsonObject) => pictures.told(data(value), ["8"]).get("8");

describe("an answer", () => {
  it("is remembered by the id of its task", () => {
    const { id } = pictures.taken(data({ task_id: "8/9", task_status: "submitted" }), write(read({})));
    expect(id).toBe("8/9");
    expect(pictures.ask([id], TARGET).address).toEqual({ method: "GET", path: "/images/generations/8%2F9" });
  });

  it("tells of pictures, and how many there are", () => {
    expect(told({ task_status: "processing" })).toEqual({ state: "running" });
    const made = [
      { index: 0, url: "https://a.example/1.png" },
      { index: 1, url: "https://a.example/2.png" },
    ];
    expect(told({ task_status: "succeed", task_result: { images: made } })).toEqual({
      state: "succeeded",
      results: [
        { variant: "image", address: "https://a.example/1.png" },
        { variant: "image-2", address: "https://a.example/2.png" },
      ],
      usage: { images: 2 },
    });
    expect(faultOf(() => told({ task_status: "succeed", task_result: { images: [] } }))).toBe("upstream_error");
    expect(pictures.told(jsonPayload({ code: 1203, message: "no such task" }), ["8"])).toEqual(new Map());
  });
});
