import type { JsonObject } from "../../../src/core/json.ts";
import type { Answer } from "./streams.ts";

/** By the name of a wire. */
type PerWire = Readonly<Record<string, JsonObject>>;

export interface Case {
  readonly name: string;
  /** What the client sends. */
  readonly asks: PerWire;
  /** What the upstream must get, among other members. */
  readonly sent: PerWire;
  /** What the upstream answers. */
  readonly answer: Answer;
  /** What the client must get of a whole answer, among other members. */
  readonly gets: PerWire;
  /** The upstreams that can answer so; absent = all. */
  readonly upstreams?: readonly string[];
  /** The clients that can ask so; absent = all. */
  readonly clients?: readonly string[];
}

/** A case as one wire has it. */
export interface WireCase {
  readonly asks: JsonObject;
  readonly sent: JsonObject;
  readonly gets: JsonObject;
}

export const PIXEL = "iVBORw0KGgo=";
export const SCHEMA = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
