import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { flag, milliseconds } from "./columns.ts";

/** The most that an upstream takes; null = no limit. */
const capacity = () => ({
  requestsPerMinute: integer("requests_per_minute"),
  /** Of prompts and outputs together. */
  tokensPerMinute: integer("tokens_per_minute"),
  concurrentRequests: integer("concurrent_requests"),
});

/** A vendor's endpoint, or anything that speaks like one. */
export const upstreams = sqliteTable("upstreams", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** How the gateway addresses it and authenticates to it; see `src/upstream`. */
  kind: text("kind").notNull(),
  /** With its version path and no trailing slash, such as `https://api.example.com/v1`. */
  baseUrl: text("base_url").notNull(),
  disabled: flag("disabled").notNull().default(false),
  createdAt: milliseconds("created_at").notNull(),
  /** JSON array of the groups whose keys may use it; null = every key. */
  groups: text("groups"),
  /** When a client leaves in the middle: read on to the upstream's own count, or stop the upstream at once. */
  abandon: text("abandon", { enum: ["cancel", "drain"] })
    .notNull()
    .default("drain"),
  /**
   * JSON array of request fields that the upstream may get besides those of its wire; `open` = all but those that change
   * its routing, its bill or its account; null = none.
   */
  fields: text("fields"),
  /** The name by which clients may choose it; null = they may not. */
  label: text("label"),
});

/** An upstream's keys, AES-GCM under `CREDENTIALS_KEY`; see `src/core/seal.ts`. */
export const upstreamCredentials = sqliteTable(
  "upstream_credentials",
  {
    id: text("id").primaryKey(),
    upstreamId: text("upstream_id")
      .notNull()
      .references(() => upstreams.id),
    /** `v2.<key>.<nonce>.<ciphertext>`; the upstream's id and the origin of its base URL are authenticated with it. */
    sealed: text("sealed").notNull(),
    disabled: flag("disabled").notNull().default(false),
    createdAt: milliseconds("created_at").notNull(),
    /** Of all routes together. */
    ...capacity(),
  },
  (table) => [index("upstream_credentials_upstream").on(table.upstreamId)],
);

/** A public name that clients ask for. */
export const models = sqliteTable("models", {
  /** The public name. It may contain `/`. */
  id: text("id").primaryKey(),
  /** See `OPERATIONS` in `src/operation`. */
  operation: text("operation").notNull(),
  /** JSON array; see `CAPABILITIES` in `src/operation`. */
  capabilities: text("capabilities").notNull().default("[]"),
  /** Tokens of prompt and output together; null = not known. */
  contextLength: integer("context_length"),
  /** Tokens; null = not known. */
  maxOutput: integer("max_output"),
  /** The model's share of `auto` requests, relative to other models; 0 = none. */
  autoWeight: integer("auto_weight").notNull().default(0),
  ownedBy: text("owned_by").notNull().default("gateway"),
  disabled: flag("disabled").notNull().default(false),
  /** Deadlines of this model in milliseconds; null = the site's setting. */
  firstEventMs: integer("first_event_ms"),
  firstOutputMs: integer("first_output_ms"),
  idleMs: integer("idle_ms"),
  answerMs: integer("answer_ms"),
  totalMs: integer("total_ms"),
  /** Plans of this tier and above may use it; accounts without a plan may use all. */
  tier: integer("tier").notNull().default(0),
  /** Tokens of an answer whose length the client does not limit; null = the gateway's assumption. */
  usualOutput: integer("usual_output"),
  /** The most tokens that one part of a prompt can be; null = the whole context. */
  imageTokens: integer("image_tokens"),
  audioTokens: integer("audio_tokens"),
  fileTokens: integer("file_tokens"),
  /** The most output that one choice can gain in a second; null = the gateway's assumption. */
  maxTokensPerSecond: integer("max_tokens_per_second"),
  createdAt: milliseconds("created_at").notNull(),
});

/** One way to serve a model. */
export const routes = sqliteTable(
  "routes",
  {
    id: text("id").primaryKey(),
    modelId: text("model_id")
      .notNull()
      .references(() => models.id),
    upstreamId: text("upstream_id")
      .notNull()
      .references(() => upstreams.id),
    /** The upstream's own name of the model. */
    upstreamModel: text("upstream_model").notNull(),
    /** The wire of the upstream; see `WireName` in `src/wire`. */
    wire: text("wire").notNull(),
    /** The route's share of requests, relative to other routes of its priority. */
    weight: integer("weight").notNull().default(100),
    /** Higher is tried first. */
    priority: integer("priority").notNull().default(0),
    /** The upstream answers `stream_options` with an error. */
    refusesStreamOptions: flag("refuses_stream_options").notNull().default(false),
    disabled: flag("disabled").notNull().default(false),
    createdAt: milliseconds("created_at").notNull(),
    /** The request field for a cap on output that this model obeys. */
    outputCapField: text("output_cap_field", { enum: ["max_tokens", "max_completion_tokens"] })
      .notNull()
      .default("max_tokens"),
    /** The most inputs of one request that it takes; null = as many as the wire. Longer requests go up in parts. */
    maxInputs: integer("max_inputs"),
    /** What the operator pays on this route: JSON array of `{unit, when?, costNanos}`; null = what the model's price says. */
    costs: text("costs"),
    /** Of each credential on this route. */
    ...capacity(),
  },
  (table) => [index("routes_model").on(table.modelId), index("routes_upstream").on(table.upstreamId)],
);
