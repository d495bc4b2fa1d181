/** `/docs/clients`: how each client is connected, from the list of clients. */
import type { ConfigText, Client } from "../clients/types.ts";
import type { Text } from "../../core/language.ts";
import { clientsFor, valuesFor } from "../clients/index.ts";
import { SAMPLE_KEY } from "../samples.ts";
import { CLIENTS } from "../text/clients-text.ts";
import { addresses, code, h2, p, table, text } from "./blocks.ts";
import type { Facts } from "./facts.ts";
import type { Block, CodeForm, DocPage } from "./types.ts";

const PATH = "/docs/clients";

const GROUPS = [
  { id: "link", title: CLIENTS.byLink, has: (client: Client) => client.link !== undefined },
  {
    id: "file",
    title: CLIENTS.byText,
    has: (client: Client) => client.link === undefined && client.texts !== undefined,
  },
  {
    id: "hand",
    title: CLIENTS.byFields,
    has: (client: Client) => client.link === undefined && client.texts === undefined,
  },
] as const;

const FORMS: Readonly<Record<ConfigText["form"], CodeForm>> = {
  json: "json",
  toml: "toml",
  yaml: "yaml",
  env: "env",
  shell: "sh",
  python: "python",
  javascript: "js",
};

/** @param clients those whose wire is served */
export function clientPages(clients: readonly Client[] = clientsFor()): readonly DocPage[] {
  return [listOf(clients), ...clients.map(pageOf)];
}

function listOf(clients: readonly Client[]): DocPage {
  return {
    path: PATH,
    title: CLIENTS.title,
    summary: CLIENTS.intro,
    group: "clients",
    changed: "2026-11-27",
    blocks: ({ origin, settings }) => [
      ...GROUPS.flatMap(({ id, title, has }): Block[] => [
        { kind: "heading", level: 2, id, text: title },
        {
          kind: "links",
          links: clientsFor(settings.IMPORT_TEMPLATES)
            .filter(has)
            .map(({ id: clientId, name }) => ({
              // A client of the operator's own has a link in the page of a new key, and nothing to read.
              path: clients.some((client) => client.id === clientId) ? `${PATH}/${clientId}` : newKeyPath(name),
              title: name,
            })),
        },
      ]),
      h2("other", "Any other program", "其他程序"),
      p(
        "Every program that has a field for OpenAI's base URL works, such as tools for CodeLlama:",
        "凡是可以填写 OpenAI 接口地址的程序都能使用，例如 CodeLlama 的各类工具：",
      ),
      addresses(
        { label: text("Base URL", "接口地址"), url: `${origin}/v1` },
        {
          label: text("The whole address, for programs that add nothing", "完整地址（程序不自动补全时）"),
          url: `${origin}/v1/chat/completions`,
        },
      ),
      p(
        "Documents of Xlei name `/xlei/v1` for Chatbox, LobeChat, Cursor and LangChain. It works, too; but there a request without `stream` is answered by a stream, which some programs cannot read. See [surfaces](/docs/surfaces).",
        "Xlei 的文档为 Chatbox、LobeChat、Cursor 和 LangChain 填写 `/xlei/v1`，同样可用；但该地址在未指定 `stream` 时返回流，部分程序无法读取，见[接口格式](/docs/surfaces)。",
      ),
    ],
  };
}

function pageOf(client: Client): DocPage {
  const { id, name } = client;
  return {
    path: `${PATH}/${id}`,
    parent: PATH,
    title: text(name, name),
    summary: withName(text("How to connect {client}.", "如何接入 {client}。"), name),
    group: "clients",
    changed: "2026-11-27",
    // The operator may have removed it, or have a link of their own for it.
    isOn: ({ IMPORT_TEMPLATES }) => clientsFor(IMPORT_TEMPLATES).some((left) => left.id === id),
    blocks: (facts) => setup(client, facts),
  };
}

/** Words with the name of a client. Chinese has no space between Chinese characters. */
function withName({ en, zh }: Text, name: string): Text {
  const put = (words: string) => words.replace("{client}", () => name);
  return text(put(en), put(zh).replaceAll(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, ""));
}

function newKeyPath(name: string): string {
  return `/app/keys/new?name=${encodeURIComponent(name)}`;
}

function setup({ name, link, texts = [], fields, note }: Client, { origin, siteName }: Facts): readonly Block[] {
  const values = valuesFor(origin, siteName, SAMPLE_KEY);
  const written = link?.(values);
  const isPacked = written !== undefined && !written.includes(SAMPLE_KEY);
  const showsKey = !isPacked || fields !== undefined || texts.length > 0;
  const filled = (words: Text) => withName(words, name);
  return [
    {
      kind: "links",
      links: [{ path: newKeyPath(name), title: filled(CLIENTS.makeKey) }],
    },
    ...(showsKey ? [{ kind: "text", text: CLIENTS.needsKey } as const] : []),
    ...(note === undefined ? [] : [{ kind: "text", text: note } as const]),
    ...(fields === undefined
      ? []
      : [
          table(
            text("What to fill in", "填写内容"),
            [text("Field", "字段"), text("Value", "值")],
            fields(values).map(([label, value]) => [label, `\`${value}\``]),
          ),
        ]),
    ...texts.map(({ place, form, text: write }) => code(place, FORMS[form], write(values))),
    ...(written === undefined
      ? []
      : [
          code(filled(CLIENTS.link), "text", written),
          ...(isPacked ? [{ kind: "text", text: CLIENTS.packedKey } as const] : []),
          { kind: "text", text: CLIENTS.nothingHappens } as const,
        ]),
  ];
}
