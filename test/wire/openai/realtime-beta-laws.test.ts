import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonDraft } from "../../../src/core/json-edit.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { fromBeta, speaksBeta, toBeta } from "../../../src/wire/openai/realtime-beta.ts";
import { faultOf } from "../support.ts";
import { NAMES, TOOL, draftOf, saidBy, shownToBeta, toPresent, toPresentSession } from "./realtime-beta-shapes.ts";

it("of audio, only the type is read", () => {
  function audioOf(event: JsonObject): JsonDraft {
    const read = (value: JsonObject, name: string | symbol): unknown => {
      expect(name).toBe("type");
      return value["type"];
    };
    return new JsonDraft(new Proxy(event, { get: read }));
  }
  fromBeta(audioOf({ type: "input_audio_buffer.append", audio: "AAAA" }));
  const delta = { type: "response.output_audio.delta", delta: "AAAA" };
  expect(toBeta(audioOf(delta))).toBe(true);
  expect(delta.type).toBe("response.audio.delta");
});

describe("there and back", () => {
  const FORMAT = fc.constantFrom("pcm16", "g711_ulaw", "g711_alaw");
  const LIMIT = fc.oneof(fc.integer({ min: 1, max: 4096 }), fc.constant("inf"));
  const TURNS = fc.option(
    fc.record(
      { type: fc.constantFrom("server_vad", "semantic_vad"), threshold: fc.double({ min: 0, max: 1 }) },
      {
        requiredKeys: ["type"],
      },
    ),
  );
  const HEARD = {
    input_audio_format: FORMAT,
    input_audio_transcription: fc.option(fc.record({ model: fc.string(), prompt: fc.string() }, { requiredKeys: [] })),
    input_audio_noise_reduction: fc.option(fc.record({ type: fc.constantFrom("near_field", "far_field") })),
    turn_detection: TURNS.map((turns) => JSON.parse(JSON.stringify(turns)) as unknown),
    include: fc.array(fc.string()),
  };
  const SPOKEN = {
    modalities: fc.constantFrom(["text"], ["text", "audio"], ["audio", "text"]),
    voice: fc.string(),
    output_audio_format: FORMAT,
    max_response_output_tokens: LIMIT,
  };
  const SESSION = fc.record(
    {
      ...HEARD,
      ...SPOKEN,
      speed: fc.integer({ min: 1, max: 6 }).map((quarters) => quarters / 4),
      temperature: fc.constant(0.8),
      instructions: fc.string({ unit: "grapheme" }),
      tools: fc.array(fc.constant(TOOL)),
      tool_choice: fc.constantFrom("auto", "none", "required"),
      tracing: fc.option(fc.constantFrom("auto", { group_id: "g" })),
      prompt: fc.option(fc.constant({ id: "pmpt_1" })),
    },
    { requiredKeys: [] },
  );

  /** The members of a session that a client of the beta finds again. The order of modalities says nothing. */
  function found(session: unknown): JsonObject {
    const { temperature: _, modalities, object: __, ...rest } = session as JsonObject;
    return Array.isArray(modalities) ? { ...rest, modalities: modalities.toSorted() } : rest;
  }

  it("a client of the beta finds its session as it asked for it", () => {
    fc.assert(
      fc.property(SESSION, (session) => {
        const asked = toPresentSession(session);
        const shown = shownToBeta({ type: "session.updated", session: asked });
        expect(shown?.["type"]).toBe("session.updated");
        expect(found(shown?.["session"])).toEqual(found(session));
      }),
      { numRuns: 500 },
    );
  });

  it("and its session of transcription", () => {
    fc.assert(
      fc.property(fc.record(HEARD, { requiredKeys: [] }), (session) => {
        const asked = toPresent({ type: "transcription_session.update", session });
        const shown = shownToBeta({ type: "session.updated", session: asked["session"] });
        expect(shown?.["type"]).toBe("transcription_session.updated");
        expect(found(shown?.["session"])).toEqual(session);
      }),
    );
  });

  it("a session of the present protocol has no flat setting", () => {
    fc.assert(
      fc.property(SESSION, (session) => {
        const asked = toPresentSession(session) as JsonObject;
        expect(speaksBeta({ type: "session.update", session: { ...asked, type: undefined } })).toBe(false);
        expect(toPresentSession(asked)).toEqual(asked);
      }),
    );
  });

  it("any JSON is translated or refused, and its text says the same as its value", () => {
    const member = fc.constantFrom(
      "type",
      "session",
      "response",
      "item",
      "part",
      "audio",
      "input",
      "output",
      "content",
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.constantFrom<unknown>(null, 5, "assistant", "text", "output_text", "realtime", "pcm16", ["audio"]),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.oneof(member, fc.constantFrom("role", "voice", "modalities", "format")), tie("value")),
      ),
    }));
    const type = fc.constantFrom(
      ...NAMES.map(([name]) => name),
      "session.update",
      "transcription_session.update",
      "response.create",
      "conversation.item.create",
      "session.created",
      "response.done",
      "response.content_part.done",
    );
    const event = fc.record(
      { type, session: value, response: value, item: value, part: value },
      { requiredKeys: ["type"] },
    );
    fc.assert(
      fc.property(event, (tried) => {
        expect(shownToBeta(tried)).toBeDefined();
        const draft = draftOf(tried);
        const fault = faultOf(() => fromBeta(draft));
        if (fault === "none") saidBy(draft);
        else expect(fault).toMatch(/^invalid_parameter (session|response)\./);
      }),
      { numRuns: 500 },
    );
  });
});
