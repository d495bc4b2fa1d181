/** `CHANGELOG.md` as a page. The build puts its text here (`cli/build.ts`). */
import { text } from "../blocks.ts";
import type { Block, DocPage } from "../types.ts";

declare const CHANGELOG: string;

export const CHANGES: DocPage = {
  path: "/docs/changes",
  title: text("Changes", "更新记录"),
  summary: text("What has changed in the gateway, the newest first.", "网关的更新内容，最新的在前（英文）。"),
  language: "en",
  group: "more",
  changed: "2026-11-27",
  blocks: () => changesIn(CHANGELOG),
};

/** Headings and lists of a changelog. An item that stands deeper follows the one above it. */
function changesIn(changelog: string): readonly Block[] {
  const blocks: Block[] = [];
  // The title and the sentence below it are the page's own.
  for (const paragraph of changelog.slice(changelog.indexOf("\n## ")).split(/\n\n+/)) {
    const [, marks, heading] = /^\n?(#{2,3}) (.+)$/.exec(paragraph) ?? [];
    if (heading !== undefined) {
      const id = heading
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, "-")
        .replaceAll(/^-|-$/g, "");
      blocks.push({ kind: "heading", level: marks === "##" ? 2 : 3, id: `changes-${id}`, text: heading });
      continue;
    }
    const items = paragraph.trim().split(/\n\s*- |^- /);
    const [before = "", ...rest] = items.map((item) => item.replaceAll(/\s*\n\s*/g, " ").trim());
    if (before !== "") blocks.push({ kind: "text", text: before });
    if (rest.length > 0) blocks.push({ kind: "list", items: rest, isOrdered: false });
  }
  return blocks;
}
