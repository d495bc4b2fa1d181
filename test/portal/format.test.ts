import { describe, expect, it } from "vitest";
import { csvLine } from "../../src/portal/csv.ts";
import { filled, readForm, refuse } from "../../src/portal/form.ts";
import { Format } from "../../src/portal/format.ts";
import { amount, checked, email, lines, newPassword, oneOf, whole } from "../../src/portal/rules.ts";
import { KEYS } from "../../src/portal/text/keys-text.ts";
import { SAMPLES } from "../../src/portal/samples.ts";
import { saying } from "../../src/portal/visit.ts";

const english = new Format({ language: "en", timeZone: "Asia/Shanghai", currency: undefined });
const chinese = new Format({ language: "zh", timeZone: "Asia/Shanghai", currency: "CNY" });

describe("amounts", () => {
  it.each([
    [0, "0.00"],
    [1_000_000_000, "1.00"],
    [1_234_567_890_123, "1,234.56789"],
    [500_000_000, "0.50"],
    [1_500, "0.000002"],
    [1_000, "0.000001"],
    [499, "< 0.000001"],
    [1, "< 0.000001"],
    [-1, "> -0.000001"],
    [-2_500_000_000, "-2.50"],
    [9_007_199_254_740_991, "9,007,199.254741"],
  ])("%d nanos are %s: never 0.00 for what is not nought", (nanos, text) => expect(english.amount(nanos)).toBe(text));

  it.each([
    ["0", "¥0.00"],
    ["65520", "¥0.00006552"],
    ["0.125", "¥0.000000000125"],
    ["9007199254740991.125", "¥9,007,199.254740991125"],
  ])("%s nanos are %s where each decimal counts", (nanos, text) => expect(chinese.exact(nanos)).toBe(text));

  it("carry the site's currency", () => expect(chinese.amount(12_500_000_000)).toBe("¥12.50"));
});

describe("numbers and times", () => {
  it("are the reader's", () => {
    expect(english.duration(340)).toBe("340ms");
    expect(english.duration(1234)).toBe("1.2s");
    expect(english.percent(0.9876)).toBe("98.8%");
    expect(english.time(Date.UTC(2026, 0, 1))).toBe("Jan 1, 2026, 08:00 GMT+8");
    expect(chinese.time(Date.UTC(2026, 0, 1))).toContain("2026年1月1日");
    expect(chinese.list(["a", "b", "c"])).toBe("a、b和c");
  });
});

describe("texts", () => {
  it("take values, and leave what they do not know", () => {
    const say = saying("en");
    expect(say({ en: "{a} of {b} {c}", zh: "" }, { a: 1, b: "two" })).toBe("1 of two {c}");
    expect(say({ en: "$& {a}", zh: "" }, { a: "$&" })).toBe("$& $&");
  });
});

describe("rules", () => {
  const problem = { problem: expect.anything() };

  it.each(["a@b.co", "A.B+c@Example.COM", `${"x".repeat(242)}@example.com`])("take the address %s", (text) =>
    expect(email(text)).toEqual({ value: text.toLowerCase() }),
  );
  it.each(["", "a", "a@b", "a b@c.de", "a@@b.cd", "a@b@c.de", `${"x".repeat(243)}@example.com`])(
    "refuse the address %j",
    (text) => expect(email(text)).toMatchObject(problem),
  );

  it("take any password of 10 to 128 characters, in one form of Unicode", () => {
    expect(newPassword("          ")).toEqual({ value: "          " });
    expect(newPassword("ｐａｓｓｗｏｒｄ１２")).toEqual({ value: "password12" });
    expect(newPassword("123456789")).toMatchObject(problem);
    expect(newPassword("x".repeat(129))).toMatchObject(problem);
  });

  it("read amounts, numbers, lists and words", () => {
    expect([amount(""), amount("0.5"), amount("5")]).toEqual([{ value: null }, { value: 5e8 }, { value: 5e9 }]);
    for (const text of ["0", "-1", "1e3", "1,5", "0.0000000001", "x"])
      expect(amount(text), text).toMatchObject(problem);
    expect([whole(1, 9)(""), whole(1, 9)("9")]).toEqual([{ value: null }, { value: 9 }]);
    for (const text of ["0", "10", "1.5", "-1", " 1 x"]) expect(whole(1, 9)(text), text).toMatchObject(problem);
    expect(lines("a\n b ,c,,\r\na")).toEqual({ value: ["a", "b", "c"] });
    expect(lines(" \n,")).toEqual({ value: null });
    expect(lines("甲、乙")).toEqual({ value: ["甲", "乙"] });
    expect([oneOf("x", "y")("y"), oneOf("x", "y")("z")]).toEqual([{ value: "y" }, { value: "x" }]);
    expect([checked("on"), checked("")]).toEqual([{ value: true }, { value: false }]);
  });
});

describe("forms", () => {
  const fields = {
    name: {
      label: KEYS.name,
      input: "text",
      rule: (text: string) => (text === "" ? { problem: KEYS.nameProblem } : { value: text }),
    },
    limit: { label: KEYS.day, input: "decimal", rule: amount },
  } as const;

  it("take numbers, addresses and lists in the wide letters of Chinese keyboards, and names as they are", () => {
    const wide = {
      ...fields,
      mail: { label: KEYS.name, input: "email", rule: email },
      models: { label: KEYS.name, input: "lines", rule: lines },
    } as const;
    const data = new FormData();
    for (const [name, text] of Object.entries({
      name: "Ａｎｎ",
      limit: "１２．５",
      mail: "ann＠example．com",
      models: "ａ，b",
    }))
      data.set(name, text);
    expect(readForm(wide, data)).toMatchObject({
      ok: true,
      values: { name: "Ａｎｎ", limit: 12.5e9, mail: "ann@example.com", models: ["ａ", "b"] },
    });
  });

  it("give values, or what was sent beside what is wrong", () => {
    const data = new FormData();
    data.set("name", "  Ann ");
    data.set("limit", "2");
    data.set("other", "is not read");
    expect(readForm(fields, data)).toEqual({
      ok: true,
      values: { name: "Ann", limit: 2e9 },
      sent: { name: "Ann", limit: "2" },
    });
    data.set("name", "");
    data.set("limit", "two");
    const read = readForm(fields, data);
    expect(read).toMatchObject({ ok: false, sent: { name: "", limit: "two" } });
    expect(Object.keys(read.ok ? {} : read.problems)).toEqual(["name", "limit"]);
    expect(refuse({ name: "x" }, "name", { problem: KEYS.nameProblem })).toMatchObject({
      ok: false,
      sent: { name: "x" },
    });
    expect(filled({ a: 1, b: null, c: undefined, d: "" })).toEqual({ sent: { a: "1", d: "" }, problems: {} });
  });
});

describe("csvLine", () => {
  it("quotes, and lets no spreadsheet run a text", () => {
    expect(csvLine(["a", 1, null, 'say "x", y', "two\nlines"])).toBe('a,1,,"say ""x"", y","two\nlines"');
    expect(csvLine(["=1+1", "+x", "-x", "@x", "\tx", "-1.50", -2])).toBe("'=1+1,'+x,'-x,'@x,'\tx,-1.50,-2");
    // Spreadsheets of East Asia read the wide signs, too.
    expect(csvLine(["＝1+1", "＋x", "－x", "＠x", "\n=1"])).toBe("'＝1+1,'＋x,'－x,'＠x,\"'\n=1\"");
  });
});

describe("samples", () => {
  const hostile = { model: "auto", messages: [{ role: "user", content: `it's "x" \\ $HOME \`id\`\n你好 {{}}` }] };

  it("hold a hostile message without letting it out", () => {
    for (const { write } of SAMPLES) {
      for (const stream of [false, true])
        expect(write("https://llm.example.com", { ...hostile, stream })).toMatchSnapshot();
    }
  });
});
