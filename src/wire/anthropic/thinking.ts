/** How a model of this wire is told to think, by its generation. */
import type { JsonObject } from "../../core/json.ts";
import type { ChatRequest, Effort, Part } from "../../operation/chat/conversation.ts";

export interface Thinking {
  readonly isOn: boolean;
  readonly thinking?: JsonObject;
  /** Members of `output_config`. */
  readonly config: JsonObject;
}

const OFF: Thinking = { isOn: false, config: {} };

/** Claude from 4.6 on decides for itself how long it thinks, and refuses a budget. */
const ADAPTIVE = /claude-(opus|sonnet|haiku|fable|mythos)-(4-([6-9]|[1-9]\d)(?!\d)|[5-9]|[1-9]\d)/;

/** The gateway's choice for models that need a number. */
const BUDGETS: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 4096,
  high: 16_384,
  xhigh: 32_768,
  max: 65_536,
};
const MIN_BUDGET = 1024;
const SPOKEN: ReadonlySet<Effort> = new Set(["low", "medium", "high", "xhigh", "max"]);

/** @param dropped gets the names of what cannot be asked for */
export function thinkingOf(chat: ChatRequest, model: string, maxTokens: number, dropped: string[]): Thinking {
  const { reasoning, toolChoice } = chat;
  const { effort, budget } = reasoning ?? {};
  if (effort === "none" || budget === 0) return { ...OFF, thinking: { type: "disabled" } };
  if (effort === undefined && budget === undefined) return OFF;
  const drop = (): Thinking => {
    dropped.push("reasoning");
    return OFF;
  };
  // A model that must call a tool cannot think before, nor can one whose thoughts of this turn are lost.
  if (toolChoice?.mode === "required" || lacksThoughts(chat)) return drop();
  if (ADAPTIVE.test(model)) {
    const spoken = effort !== undefined && SPOKEN.has(effort) ? effort : "low";
    const config = effort === undefined ? {} : { effort: spoken };
    return { isOn: true, thinking: { type: "adaptive" }, config };
  }
  const tokens = Math.min(budget ?? BUDGETS[effort ?? "medium"], maxTokens - 1);
  if (tokens < MIN_BUDGET) return drop();
  return { isOn: true, thinking: { type: "enabled", budget_tokens: tokens }, config: {} };
}

/** Whether the model waits for results of calls that it made after thoughts which did not come back signed. */
function lacksThoughts({ turns }: ChatRequest): boolean {
  const isResult = (part: Part) => part.kind === "tool-result";
  const last = turns.findLastIndex(({ role, parts }) => role !== "assistant" && parts.some((part) => !isResult(part)));
  const loop = turns.slice(last + 1).filter(({ role }) => role === "assistant");
  const isSigned = (part: Part) => part.kind === "reasoning" && part.proof?.vendor === "anthropic";
  return (
    loop.some(({ parts }) => parts.some(({ kind }) => kind === "tool-call")) &&
    !loop.some(({ parts }) => parts.some(isSigned))
  );
}
