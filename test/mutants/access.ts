import type { Mutant } from "./mutant.ts";

export const ACCESS: readonly Mutant[] = [
  // Keys.
  {
    law: "a mistyped key fails its checksum",
    from: "return checksum(key.slice(PREFIX.length, end)) === key.slice(end);",
    to: "return true;",
  },
  {
    law: "a mistyped key costs no look-up",
    from: "if (!isWellFormed(key)) throw",
    to: 'if (key === "") throw',
    project: "worker",
  },
  { law: "of a key only its hash is stored", from: "hash: await sha256Hex(key), prefix", to: "hash: key, prefix" },
  {
    law: "of a key no more is shown than tells it from others",
    from: "prefix: key.slice(0, DISPLAY_LENGTH)",
    to: "prefix: key",
  },
  {
    law: "a key is refused from the moment it expires",
    from: "identity.expiresAtMs <= this.#now()",
    to: "identity.expiresAtMs < this.#now()",
    project: "worker",
  },
  {
    law: "a revoked key is refused within 60 s",
    from: "staleMs: 60_000, maxEntries: 10_000",
    to: "staleMs: 120_000, maxEntries: 10_000",
    project: "worker",
  },
  {
    law: "a stored list that cannot be read allows nothing",
    from: "    return List.parse(JSON.parse(text));\n  } catch {\n    return [];",
    to: "    return List.parse(JSON.parse(text));\n  } catch {\n    return null;",
    project: "worker",
  },

  // The order of admission.
  {
    law: "guessed keys stop reaching D1 once their address is over its limit",
    from: "this.#pass(await limiters.embedded.check({ ip }));",
    to: "await limiters.embedded.check({ ip });",
  },
  {
    law: "a look-up counts its address once",
    from: "check({ ip: { ...ip, counted }, key })",
    to: "check({ ip, key })",
  },
  {
    law: "a request that needs no look-up counts its address too",
    from: "check({ ip: { ...ip, counted }, key })",
    to: "check({ ip: { ...ip, counted: true }, key })",
  },
  {
    law: "a cached key is read again only behind a request that has passed",
    from: "whenAdmitted: (refresh) => void refreshes.push(refresh),",
    to: "whenAdmitted: (refresh) => void defer(refresh()),",
  },
  {
    law: "a key's own limit counts before the site's",
    from: "limit: caller.requestsPerMinute ?? limits.key",
    to: "limit: limits.key",
  },
  {
    law: "a refusal says which limit was met",
    from: 'ip.allowed ? "rate_limited_key" : "rate_limited_ip"',
    to: 'ip.allowed ? "rate_limited_ip" : "rate_limited_key"',
  },
  {
    law: "what is open to everyone is limited by address",
    from: 'this.#pass(await time("limits", this.#options.limiters.main.check({ ip: this.#address(headers) })));',
    to: 'await time("limits", this.#options.limiters.main.check({ ip: this.#address(headers) }));',
  },

  // Counting.
  { law: "a limit of n lets n pass", from: "carried + this.#current >= limit", to: "carried + this.#current > limit" },
  {
    law: "the last minute counts for the part that the window still covers",
    from: "Math.floor((1 - passed) * this.#previous)",
    to: "Math.floor(0 * passed)",
  },
  {
    law: "a minute before the last does not count",
    from: "minute === this.#minute + 1 ? this.#current : 0",
    to: "this.#current",
  },
  {
    law: "a clock that was set back does not reopen an old window",
    from: "if (minute <= this.#minute) return;",
    to: "if (minute === this.#minute) return;",
  },
  {
    law: "a refusal names the first millisecond with room",
    from: "Math.floor(WINDOW_MS * (1 - room / count))) + 1",
    to: "Math.floor(WINDOW_MS * (1 - room / count)))",
  },
  {
    law: "what remains is what is left after this request",
    from: "remaining: limit - carried - this.#current,",
    to: "remaining: limit - carried,",
  },
  {
    law: "an IPv6 address counts by its /64",
    from: "parseNetwork(`${address}/64`)",
    to: "parseNetwork(`${address}/128`)",
  },
  {
    law: "no header but Cloudflare's says where a request comes from",
    from: 'headers.get("cf-connecting-ip")?.trim() ?? ""',
    to: '(headers.get("cf-connecting-ip") ?? headers.get("x-forwarded-for"))?.trim() ?? ""',
  },
  {
    law: "an isolate remembers a bounded number of refused subjects",
    from: "super.set(subject, untilMs);\n    if (this.size > MAX_SUBJECTS)",
    to: "super.set(subject, untilMs);\n    if (this.size < 0)",
  },
  {
    law: "an isolate remembers a bounded number of windows",
    from: "if (this.#windows.size > MAX_SUBJECTS)",
    to: "if (this.#windows.size < 0)",
  },
  {
    law: "the window unused for longest goes first",
    from: "    this.#windows.delete(name);\n    this.#windows.set(name, window);",
    to: "    this.#windows.set(name, window);",
  },
  {
    law: "an isolate refuses by itself a key that is over its limit",
    from: "if (this.#now() < untilMs) return { allowed: false",
    to: "if (untilMs < 0) return { allowed: false",
    project: "worker",
  },
  {
    law: "an object that was put away has forgotten less than a tenth",
    from: "const WRITES_A_WINDOW = 10;",
    to: "const WRITES_A_WINDOW = 2;",
    project: "worker",
    tests: "access/limits/embedded",
  },

  // One limiter stands in for another.
  {
    law: "a limiter that failed is left alone for its pause",
    from: "if (now() < this.#pausedUntilMs) return second.check(checks);",
    to: "",
  },
  {
    law: "a request is counted although its limiter is down",
    from: "      this.#failed(error);\n      return second.check(checks);",
    to: "      this.#failed(error);\n      return { ip: { allowed: true, limit: checks.ip.limit }, key: undefined };",
  },
  {
    law: "the log says once a minute that a limiter is down",
    from: "if (nowMs - this.#loggedAtMs < LOG_EVERY_MS) return;",
    to: "",
  },
  {
    law: "the log names no caller's address",
    from: '.replace(/, command was: .*$/s, "")',
    to: "",
  },

  // What a client is told.
  {
    law: "a refused client waits a minute at most",
    from: "return Math.min(WINDOW_MS, Math.max(1, ...waits));",
    to: "return Math.max(1, ...waits);",
  },
  {
    law: "a client that met two limits waits for both",
    from: "return Math.min(WINDOW_MS, Math.max(1, ...waits));",
    to: "return Math.min(WINDOW_MS, ...waits);",
  },
  {
    law: "a limit is reset when its last request no longer counts, rounded up",
    from: "Math.ceil((resetAtMs - nowMs) / 1000)",
    to: "Math.floor((resetAtMs - nowMs) / 1000)",
  },

  // What a key may do.
  {
    law: "a key that is bound to addresses is refused without one",
    from: "if (address !== null && allowed.some(",
    to: "if (address === null || allowed.some(",
  },
  {
    law: "a plan opens the models up to its tier",
    from: "model.tier > scope.planTier",
    to: "model.tier >= scope.planTier",
  },
  {
    law: "models above a plan's tier are not listed",
    from: "scope.planTier === null || model.tier <= scope.planTier",
    to: "true",
  },
  {
    law: "an upstream of a group is closed to keys of no group",
    from: "groups === null || (groupId !== null && groups.has(groupId))",
    to: "groups === null || groupId === null || groups.has(groupId)",
  },

  // Blocks of addresses.
  {
    law: "an IPv4 address mapped into IPv6 is IPv4",
    from: "address.isIPv4MappedAddress() && bits >= MAPPED_BITS",
    to: "address.isIPv4MappedAddress() && bits > 200",
  },
  {
    law: "a block holds only addresses of its own kind",
    from: "other.kind() === address.kind() && ",
    to: "",
  },
  { law: "a prefix is no longer than its address", from: "if (bits > most) return undefined;", to: "" },
  { law: "an address has no zone", from: 'text.includes("%") || ', to: "" },
  { law: "a deprecated form is not taken for IPv4", from: "IPV4_COMPATIBLE.test(text) || ", to: "" },
  {
    law: "IPv4 is written in four decimal numbers",
    from: "if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);",
    to: "if (ipaddr.IPv4.isValid(text)) return ipaddr.IPv4.parse(text);",
  },
];
