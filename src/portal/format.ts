/** How pages write amounts, numbers and times, in the reader's language and time zone. */
import { formatNanos } from "../core/money.ts";
import type { Language } from "../core/language.ts";

export const LOCALES = { en: "en", zh: "zh-CN" } as const satisfies Record<Language, string>;

const MOST_DECIMALS = 6;
/** Nanos, and the thousandths of them that a line of a receipt can have. */
const EXACT_DECIMALS = 12;
/** The smallest amount that {@link MOST_DECIMALS} decimals can show, in nanos. */
const SMALLEST = 1_000;

export interface FormatOptions {
  readonly language: Language;
  readonly timeZone: string;
  /** ISO 4217; undefined = amounts are bare numbers. */
  readonly currency: string | undefined;
}

export class Format {
  readonly #locale: string;
  readonly #options: FormatOptions;

  constructor(options: FormatOptions) {
    this.#options = options;
    this.#locale = LOCALES[options.language];
  }

  /** At least 2 and at most 6 decimals; what is not nought is never shown as 0.00. */
  amount(nanos: number): string {
    const write = this.#money(MOST_DECIMALS);
    if (nanos !== 0 && Math.abs(nanos) < SMALLEST / 2) {
      return `${nanos < 0 ? "> " : "< "}${write.format(`${nanos < 0 ? "-" : ""}0.000001`)}`;
    }
    // A text, so that no amount passes through a binary fraction.
    return write.format(formatNanos(nanos) as Intl.StringNumericLiteral);
  }

  /** All decimals. @param nanos a decimal, such as `"65520.5"` */
  exact(nanos: string): string {
    return this.#money(EXACT_DECIMALS).format(`${nanos}e-9` as Intl.StringNumericLiteral);
  }

  /**
   * What was paid at a payment service. Another currency than the site's is not mistaken for it: `CN¥71.24`.
   * @param decimal such as `"10.50"`; @param currency ISO 4217
   */
  paid(decimal: string, currency: string): string {
    const isOurs = currency.toUpperCase() === this.#options.currency;
    const currencyDisplay = isOurs ? "narrowSymbol" : "symbol";
    const write = new Intl.NumberFormat(this.#locale, { style: "currency", currency, currencyDisplay });
    return write.format(decimal as Intl.StringNumericLiteral);
  }

  number(value: number): string {
    return new Intl.NumberFormat(this.#locale).format(value);
  }

  /** @param share 0.987 = 98.7 % */
  percent(share: number): string {
    return new Intl.NumberFormat(this.#locale, { style: "percent", maximumFractionDigits: 1 }).format(share);
  }

  /** `1.2 s`, `340 ms` */
  duration(ms: number): string {
    const [value, unit] = ms < 1000 ? [Math.round(ms), "millisecond"] : [ms / 1000, "second"];
    return new Intl.NumberFormat(this.#locale, {
      style: "unit",
      unit: unit === "second" ? "second" : "millisecond",
      unitDisplay: "narrow",
      maximumFractionDigits: 1,
    }).format(value);
  }

  /** With the zone's name. */
  time(ms: number): string {
    return this.#date(ms, {
      year: "numeric",
      month: "short",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      timeZoneName: "short",
    });
  }

  /** For rows of tables whose head names the zone: `11-27 08:30:12`. */
  shortTime(ms: number): string {
    return this.#date(ms, {
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
    });
  }

  day(ms: number): string {
    return this.#date(ms, { year: "numeric", month: "short", day: "numeric" });
  }

  get timeZone(): string {
    return this.#options.timeZone;
  }

  list(words: readonly string[]): string {
    return new Intl.ListFormat(this.#locale).format(words);
  }

  #money(maximumFractionDigits: number): Intl.NumberFormat {
    const { currency } = this.#options;
    const style =
      currency === undefined ? {} : ({ style: "currency", currency, currencyDisplay: "narrowSymbol" } as const);
    return new Intl.NumberFormat(this.#locale, { ...style, minimumFractionDigits: 2, maximumFractionDigits });
  }

  #date(ms: number, options: Intl.DateTimeFormatOptions): string {
    return new Intl.DateTimeFormat(this.#locale, { ...options, timeZone: this.#options.timeZone }).format(ms);
  }
}
