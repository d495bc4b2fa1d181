/** Puts what is kept of a conversation into a request of Responses, and keeps the answer. */
import { Fault } from "../../core/fault.ts";
import { log } from "../../core/log.ts";
import { randomId } from "../../core/id.ts";
import { type JsonPayload, type Payload } from "../../core/payload.ts";
import { TooLong, type Stored } from "../../state/state-store.ts";
import { invalid } from "../../wire/invalid.ts";
import { jsonOf } from "../../wire/request-members.ts";
import {
  asInput,
  idOf,
  outputItems,
  ownItems,
  presentState,
  readStateAsked,
  referencesIn,
  withId,
  withItems,
  type StateAsked,
} from "../../wire/openai/response-state.ts";
import { responses } from "../../wire/openai/responses.ts";
import type { ClientRequest } from "../../wire/types.ts";
import { refuseManyValues } from "../request-body.ts";
import { contentOf, itemsOf, namesOf, type Keeper } from "./kept-items.ts";

export interface Prepared {
  readonly payload: Payload;
  readonly present?: NonNullable<ClientRequest["present"]>;
}

/**
 * @throws Fault `invalid_parameter`, `previous_response_not_found`, `resource_not_found`, `context_length_exceeded`,
 *   `unsupported_feature`
 */
export async function prepareResponse(received: Payload, keeper: Keeper): Promise<Prepared> {
  const payload = jsonOf(received);
  const asked = readStateAsked(payload.value);
  const { isOn } = keeper.services.state;
  const said = { ...asked, store: asked.store && isOn };
  // Without anything kept, the wire refuses a request that refers to it.
  const { payload: whole, own } = isOn ? await continued(payload, asked, keeper) : { payload, own: () => [] };
  const keepAnswer = (id: string, response: string) => {
    if (said.store || (isOn && said.conversation !== undefined))
      keeper.defer(keep(keeper, said, { id, response, own }));
  };
  return { payload: whole, present: presentState(said, keepAnswer) };
}

/** The request with what came before it. */
export async function withHistory(payload: JsonPayload, keeper: Keeper): Promise<JsonPayload> {
  const asked = readStateAsked(payload.value);
  return keeper.services.state.isOn ? (await continued(payload, asked, keeper)).payload : payload;
}

interface Continued {
  readonly payload: JsonPayload;
  readonly own: () => readonly string[];
}

/** @returns the whole request, and the texts of the items that are its own */
async function continued(payload: JsonPayload, asked: StateAsked, keeper: Keeper): Promise<Continued> {
  const references = referencesIn(payload.value);
  if ((asked.previous ?? asked.conversation) === undefined && references.size === 0) {
    return { payload, own: () => ownItems(payload) };
  }
  const own = ownItems(payload);
  const [history, referred] = await Promise.all([historyOf(asked, keeper), resolve(own, references, keeper)]).catch(
    (error: unknown) => {
      throw error instanceof TooLong ? tooLong(asked) : error;
    },
  );
  const ownInput = referred.map(asInput);
  // Faults in the client's own items name them by their own positions.
  responses.read(withItems(payload, ownInput), NO_MATCH);
  const whole = withItems(payload, [...history, ...ownInput]);
  refuseManyValues(whole.text);
  return { payload: whole, own: () => referred };
}

const NO_MATCH = { params: {}, headers: new Headers() };

/** The texts of the items that came before. */
async function historyOf(asked: StateAsked, keeper: Keeper): Promise<string[]> {
  const turns = await turnsBefore(asked, keeper);
  return turns.flatMap((turn) => itemsOf(turn)).map(asInput);
}

async function turnsBefore({ previous, conversation }: StateAsked, { services, accountId }: Keeper): Promise<Stored[]> {
  const { state } = services;
  if (previous !== undefined) {
    const turns = await state.chain(accountId, previous);
    if (turns === undefined) throw new Fault("previous_response_not_found", { param: "previous_response_id" });
    // A response of a conversation continues that conversation, up to itself.
    const [first] = turns;
    if (first?.conversation === undefined) return turns;
    const before = await state.conversation(accountId, first.conversation);
    return [...before.filter((turn) => turn.createdAt < first.createdAt && turn.id !== first.id), ...turns];
  }
  if (conversation === undefined) return [];
  const [found, turns] = await Promise.all([
    state.find(accountId, "conversation", conversation),
    state.conversation(accountId, conversation),
  ]);
  if (found === undefined) throw notFound("conversation", conversation);
  return [found, ...turns];
}

const MOST_REFERENCES = 500;

/** Puts kept items in place of references to them. */
async function resolve(
  items: readonly string[],
  asked: ReadonlyMap<number, string>,
  { services, accountId }: Keeper,
): Promise<readonly string[]> {
  const ids = [...asked.values()];
  if (ids.length === 0) return items;
  if (ids.length > MOST_REFERENCES) {
    const most = String(MOST_REFERENCES);
    throw invalid("input", `refers to more than ${most} items`, `引用的项目超过 ${most} 个`);
  }
  const rows = await services.state.rowsOfItems(accountId, ids);
  const known = new Map(rows.flatMap((row) => itemsOf(row)).map((item) => [idOf(item), item]));
  return items.map((item, position) => {
    const id = asked.get(position);
    if (id === undefined) return item;
    const found = known.get(id);
    if (found !== undefined) return found;
    throw invalid(
      `input[${position}].id`,
      `names no kept item: '${id.slice(0, 100)}'`,
      `所指的项目不存在:'${id.slice(0, 100)}'`,
    );
  });
}

/** Of a request's own items, and of an answer's. */
const MOST_NAMED = 200;

interface Answer {
  readonly id: string;
  readonly response: string;
  readonly own: () => readonly string[];
}

/** Never rejects. */
async function keep({ services, accountId }: Keeper, asked: StateAsked, { id, response, own }: Answer): Promise<void> {
  const { previous, conversation, store } = asked;
  try {
    const items = own();
    const output = outputItems(response);
    const isKept = await services.state.keep(
      accountId,
      {
        // What a conversation gets without being stored as a response has no id for clients.
        id: store ? id : randomId("items_"),
        kind: store ? "response" : "items",
        previous,
        conversation,
        createdAt: services.now(),
        content: contentOf(items.map(withId), store ? response : `{"output":[${output.join(",")}]}`),
      },
      // Nobody knows the ids that were made here for the request's own items.
      namesOf([...items.slice(-MOST_NAMED), ...output.slice(0, MOST_NAMED)]),
    );
    if (!isKept) log("info", "response_too_long_to_keep", { account: accountId });
  } catch (error) {
    log("error", "response_not_kept", { account: accountId, reason: String(error).slice(0, 200) });
  }
}

function tooLong({ previous, conversation }: StateAsked): Fault {
  const field = previous === undefined ? "conversation" : "previous_response_id";
  return new Fault("context_length_exceeded", {
    param: (previous ?? conversation) === undefined ? "input" : field,
    detail: {
      en: "What came before is too long to be taken from '{param}'. Send what is needed of it as 'input'.",
      zh: "'{param}' 中的历史内容过长,请在 'input' 中提交所需部分。",
    },
  });
}

/** @param kind as the text names it */
export function notFound(kind: "response" | "conversation" | "item", id: string): Fault {
  const names = { response: "响应", conversation: "会话", item: "项目" };
  return new Fault("resource_not_found", {
    values: { id: id.slice(0, 100) },
    detail: { en: `There is no ${kind} with the id '{id}'.`, zh: `id 为 '{id}' 的${names[kind]}不存在。` },
  });
}
