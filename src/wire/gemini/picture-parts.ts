/** The API makes one picture a call: a request for several goes up as so many calls. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { jsonPayload, withMembers, type Payload } from "../../core/payload.ts";
import { answerDraft } from "../reading.ts";
import { jsonOf } from "../request-members.ts";
import type { Parts } from "../types.ts";
import { numberIn, textsIn } from "../values.ts";
import { inner, member } from "./names.ts";
import { refuseError } from "./reader.ts";
import { readUsage } from "./usage.ts";

export const PICTURE_PARTS: Parts = {
  most: 1,
  inputs: picturesAsked,
  part: (payload) => {
    const json = jsonOf(payload);
    const { candidateCount: _one, candidate_count: _other, ...config } = inner(json.value, "generationConfig");
    const name = isObject(json.value["generation_config"]) ? "generation_config" : "generationConfig";
    return withMembers(json, { [name]: config });
  },
  join,
  usage: (answer) => readUsage(jsonOf(answer).value["usageMetadata"]),
};

function picturesAsked(payload: Payload): number {
  const config = inner(jsonOf(payload).value, "generationConfig");
  const isOfPictures = textsIn(member(config, "responseModalities")).some((name) => name.toUpperCase() === "IMAGE");
  return isOfPictures ? (numberIn(member(config, "candidateCount")) ?? 1) : 1;
}

/** @throws UpstreamError for an error in one of them */
function join(answers: readonly Payload[]): Payload {
  const bodies = answers.map((answer) => {
    const { value } = answerDraft(answer);
    refuseError(value);
    return value;
  });
  const candidates = bodies.flatMap((body) => objectsOf(body["candidates"]));
  const usages = bodies.flatMap(({ usageMetadata }) => (isObject(usageMetadata) ? [usageMetadata] : []));
  return jsonPayload({
    ...bodies[0],
    candidates: candidates.map((candidate, index) => ({ ...candidate, index })),
    ...(usages.length < bodies.length ? { usageMetadata: undefined } : { usageMetadata: usages.reduce(sum) }),
  });
}

/** Counts are added up, and lists put together: each of their items counts something. */
function sum(one: JsonObject, other: JsonObject): JsonObject {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...names].map((name) => {
      const [a, b] = [one[name], other[name]];
      if (Array.isArray(a) && Array.isArray(b)) return [name, [...(a as unknown[]), ...(b as unknown[])]];
      return [name, typeof a === "number" && typeof b === "number" ? a + b : (a ?? b)];
    }),
  );
}
