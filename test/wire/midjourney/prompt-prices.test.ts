/** What prompts and windows of Midjourney cost: nobody gets more than is paid for. */
import { describe, expect, it } from "vitest";
import { Fault } from "../../../src/core/fault.ts";
import { jsonPayload } from "../../../src/core/payload.ts";
import type { PaintRequest } from "../../../src/operation/paint/paint-request.ts";
import { checkPriced } from "../../../src/tasks/priced-call.ts";
import { readMode, withMode } from "../../../src/wire/midjourney/mode.ts";
import { paint } from "../../../src/wire/midjourney/paint.ts";
import { paintRequest, stepIn } from "../../../src/wire/midjourney/paint-form.ts";
import { timesOf } from "../../../src/wire/midjourney/prompt-parameters.ts";
import { faultOf } from "../support.ts";

const read = (path: string, body: object, beside: Parameters<typeof paintRequest>[1] = {}) =>
  paintRequest(stepIn(jsonPayload({ ...body }), path), beside);
const EARLIER = { made: "up-1", shown: { prompt: "a cat" }, mode: "turbo" } as const;

describe("a mode", () => {
  it.each([
    ["a cat", "a cat", undefined],
    ["a cat --fast", "a cat", "fast"],
    ["--relax a cat --ar 3:2", "a cat --ar 3:2", "relax"],
    ["a cat --TURBO --v 6.1", "a cat --v 6.1", "turbo"],
    ["a cat —fast --relax", "a cat", "relax"],
    ["a cat \u200B--turbo", "a cat \u200B", "turbo"],
    ["a cat, –turbo.", "a cat,.", "turbo"],
    ["a cat -—turbo", "a cat", "turbo"],
    ["a cat ﹣﹣relax", "a cat", "relax"],
    ["how --fastest it is--fast", "how --fastest it is--fast", undefined],
  ])("%s", (prompt, text, mode) => {
    expect(readMode(prompt)).toEqual({ text, mode });
    expect(readMode(withMode(text, mode === undefined ? undefined : "turbo")).mode).toBe(mode && "turbo");
  });
});

describe("a request", () => {
  it.each([
    ["batchSize", "/submit/video", { prompt: "x", image: "https://a.test/a.png", batchSize: 40 }],
    ["batchSize", "/submit/video", { prompt: "x", image: "https://a.test/a.png", batchSize: 0.5 }],
    ["videoType", "/submit/video", { prompt: "x", image: "https://a.test/a.png", videoType: "the large one" }],
    ["batchSize", "/submit/video", { prompt: "x", image: "https://a.test/a.png", batchSize: "0x4" }],
    ["videoType", "/submit/video", { prompt: "x", image: "https://a.test/a.png", videoType: "--bs 4 _720" }],
    ["prompt", "/submit/imagine", { prompt: "a cat --repeat 40" }],
    ["prompt", "/submit/imagine", { prompt: "a cat —r 9" }],
    ["prompt", "/submit/imagine", { prompt: "a cat --rep 9" }],
    ["prompt", "/submit/imagine", { prompt: "a {red, blue} cat" }],
    ["prompt", "/submit/imagine", { prompt: "a {red {b} , blue} cat" }],
    ["prompt", "/submit/imagine", { prompt: "https://a.test/a.png--repeat 4" }],
    ["prompt", "/submit/imagine", { prompt: "https://a.test/a.png--hd" }],
    ["prompt", "/submit/imagine", { prompt: "a cat --\u200Brepeat 4" }],
    ["prompt", "/submit/imagine", { prompt: "a cat -\u00AD-repeat 4" }],
    ["prompt", "/submit/imagine", { prompt: "a cat -\u2060-turbo" }],
    ["prompt", "/submit/imagine", { prompt: "- --fast—turbo" }],
    ["prompt", "/submit/imagine", { prompt: "a cat --q 5" }],
    ["prompt", "/submit/imagine", { prompt: "a cat --q" }],
    ["prompt", "/submit/imagine", { prompt: "a cat--q 4" }],
    ["prompt", "/submit/imagine", { prompt: "a cat--turbo" }],
    ["prompt", "/submit/imagine", { prompt: "a cat --video" }],
    ["prompt", "/submit/imagine", { prompt: "a cat --batch-size 4" }],
    ["prompt", "/submit/imagine", { prompt: "a cat --v--hd" }],
    ["prompt", "/submit/imagine", { prompt: "a cat --高清" }],
    ["prompt", "/submit/shorten", { prompt: "a cat --repeat 4" }],
    ["prompt", "/submit/edits", { prompt: "a {red, blue} cat", image: "https://a.test/a.png" }],
    ["prompt", "/submit/video", { prompt: "a cat --bs 4", image: "https://a.test/a.png" }],
    ["base64Array", "/submit/imagine", { prompt: "x", base64Array: ["https://a.test/a.png --q 4"] }],
    ["image", "/submit/video", { prompt: "x", image: "https://a.test/{a,b}.png" }],
  ])("is refused where it asks for more than is paid for: %s at %s", (param, path, body) => {
    expect(faultOf(() => read(path, body))).toBe(`invalid_parameter ${param}`);
  });

  it.each([
    ["a cat", 1],
    ["a cat -- a dog, a cat—blue and the dog--green", 1],
    ["a cat --ar 3:2 --v 6.1 --style raw --s 250 --no dogs, hd --draft --niji6", 1],
    ["https://a.test/a--q-4--hd.png a cat", 1],
    ["https://a.test/blue--cat a {small} cat, and a dog", 1],
    ["一只猫——在雨中", 1],
    ["a cat --q 1", 1],
    ["a cat --q .25", 1],
    ["a cat --quality 2", 2],
    ["a cat --Q=4", 4],
    ["a cat –q4", 4],
    ["a cat ——hd", 4],
    ["a cat --ｈｄ", 4],
    ["- --fast—hd", 4],
    ["a cat --oref https://a.test/a.png", 2],
    ["a cat --hd --q 4", 16],
    ["a cat --repeat 1", 1],
  ])("pays as often as its prompt costs more: %s", (prompt, actions) => {
    const { demand, asked } = read("/submit/imagine", { prompt });
    expect(demand.units).toEqual({ actions });
    expect(paint.write(asked as PaintRequest, { model: "", account: undefined }).units).toEqual({ actions });
  });

  it.each([
    [4, "/submit/change", { taskId: "1", action: "REROLL" }],
    [4, "/submit/action", { taskId: "1", customId: "MJ::JOB::variation::1::x" }],
    [4, "/submit/modal", { taskId: "1", prompt: "a dog" }],
    [16, "/submit/modal", { taskId: "1", prompt: "a dog --hd --q 4" }],
    [1, "/submit/change", { taskId: "1", action: "UPSCALE", index: 1 }],
    [1, "/submit/video", { taskId: "1", index: 0 }],
  ])("pays %i times where it makes anew what cost four times as much: %s %j", (actions, path, body) => {
    const earlier = { made: "up-1", shown: { prompt: "a cat --q 4 --turbo" }, mode: "turbo" };
    expect(read(path, body, { earlier }).demand.units).toEqual({ actions });
  });

  it.each(["-", "—", "—-", "{", "{ --", "--a", "https://", "a—"])("takes no longer than it is long: %s", (part) => {
    // Were the time that of the square, this would take minutes.
    const prompt = part.repeat(150_000);
    try {
      timesOf(readMode(prompt).text);
    } catch (error) {
      expect(error).toBeInstanceOf(Fault);
    }
  });

  it.each([
    ["mj_modal", 1, "MJ::Inpaint::1::x"],
    ["mj_modal", 4, "MJ::Job::PicReader::all"],
    ["mj_video", 1, "MJ::JOB::animate_high::1::x"],
  ])("pays %s %i times for what fills the window of %s", (model, actions, customId) => {
    const opened = read("/submit/action", { taskId: "1", customId, enableRemix: true }, { earlier: EARLIER });
    const earlier = { made: "up-2", shown: opened.shown, mode: "turbo" };
    const { demand, asked } = read("/submit/modal", { taskId: "2", prompt: "a dog" }, { earlier });
    expect([demand.model, demand.units]).toEqual([model, { actions }]);
    expect(paint.write(asked as PaintRequest, { model: "", account: undefined })).toMatchObject({
      address: { path: "/mj/submit/modal" },
      units: { actions },
    });
  });

  it.each([
    [undefined, [], true],
    ["vid_1.1_i2v_480", [], true],
    ["vid_1.1_i2v_720", [], false],
    ["vid_1.1_i2v_720", [{ nanos: 320, when: { mode: "fast" } }], false],
    ["vid_1.1_i2v_720", [{ nanos: 320, when: { resolution: "720p" } }], true],
    ["vid_1.1_i2v_1080", [{ nanos: 320, when: { resolution: "720p" } }], false],
  ])("sells a film of the type %s for a price of its own: %j, %s", (videoType, rates, isSold) => {
    const { demand, asked } = read("/submit/video", { prompt: "x", image: "https://a.test/a.png", videoType });
    const call = paint.write(asked as PaintRequest, { model: "", account: undefined });
    const check = () => checkPriced(demand, call, { actions: [...rates, { nanos: 100, when: {} }] });
    if (isSold) expect(check).not.toThrow();
    else expect(faultOf(check)).toBe("unsupported_feature resolution");
  });
});
