import type { Mutant } from "./mutant.ts";

export const ACCESS: readonly Mutant[] = [
  // Keys.
  {
    law: "a mistyped key fails its checksum",
    from: "return checksum(body.slice(0, SECRET_LENGTH)) === body.slice(SECRET_LENGTH);",
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

  // Keys and their accounts.
  {
    law: "a key sees its own charges, and the account's only if it manages that",
    from: "return managesAccount ? { accountId } : { accountId, keyId };",
    to: "return { accountId };",
    project: "worker",
  },
  {
    law: "only a key that manages its account redeems codes",
    from: 'if (access === "key" || managesAccount) return;',
    to: "return;",
    project: "worker",
  },

  // Refusals.
  {
    law: "many refusals of a caller write one line",
    from: "      current.more++;\n      return true;",
    to: "      return false;",
  },
  {
    law: "the line of refusals counts them all",
    from: "if (current !== undefined) this.#end(name, current);",
    to: "if (current !== undefined) this.#seconds.delete(name);",
  },
  {
    law: "a refusal shows no unfilled place",
    from: 'en: "The request body is too large.",',
    to: 'en: "The request body is larger than {limit} bytes.",',
  },
  {
    law: "no more than a bounded part of an unwanted body is read",
    from: "bytes <= MOST_BYTES;",
    to: "bytes <= 64 * MOST_BYTES;",
  },
  {
    law: "nobody waits for an unwanted body for ever",
    from: "await within(MOST_MS, drain(reader)).catch(() => undefined);",
    to: "await drain(reader).catch(() => undefined);",
  },

  // Operators.
  {
    law: "support has no right to money",
    from: 'support: ["read", "support"],',
    to: 'support: ["read", "support", "finance"],',
    project: "worker",
    tests: "api/operators.worker",
  },
  {
    law: "a field that gives money away needs the right to",
    from: "fields.map((field) => fieldRoles[field] ?? access)",
    to: "fields.map(() => access)",
    project: "worker",
  },
  {
    law: "a disabled operator is refused",
    from: "if (disabled) throw",
    to: "if (disabled && expiresAt === 0) throw",
    project: "worker",
    tests: "api/operators.worker",
  },
  {
    law: "a token is refused from the moment it expires",
    from: "expiresAt <= nowMs) throw",
    to: "expiresAt < nowMs) throw",
    project: "worker",
    tests: "api/operators.worker",
  },

  {
    law: "no script of another site may use the operator API",
    from: "...(isClosedPath(context.req.path) ? {} : CORS_HEADERS),",
    to: "...CORS_HEADERS,",
    project: "worker",
    tests: "endpoints/headers",
  },
  {
    law: "no preflight opens the operator API",
    from: "return isClosedPath(context.req.path) ? next() : preflight(context, next);",
    to: "return preflight(context, next);",
    project: "worker",
    tests: "endpoints/headers",
  },

  {
    law: "strangers cannot load D1 by a health check",
    from: "if (this.#services.now() - this.#knownAtMs < FRESH_MS) return this.#known;",
    to: "",
    project: "worker",
    tests: "endpoints/healthz",
  },
  {
    law: "requests at the same time wait for one look at D1",
    from: "if (this.#look === undefined) {",
    to: "{",
    project: "worker",
    tests: "endpoints/healthz",
  },

  // The audit log.
  {
    law: "what cannot be logged is not written",
    from: "const [first = statement, ...rest] = [...after, statement, ...row];",
    to: "const [first = statement, ...rest] = [...after, statement, ...(created === undefined ? [] : row)];",
    project: "worker",
    tests: "api/audit.worker",
  },
  {
    law: "money cannot move without its row in the audit log",
    from: "entryStatement(...statement), ...(wanted.also ?? [])]",
    to: "entryStatement(...statement)]",
    project: "worker",
  },
  {
    law: "what changed nothing leaves no row",
    from: "WHERE changes() > 0`",
    to: "`",
    project: "worker",
  },
  {
    law: "the audit log holds no secret",
    from: 'SECRET.test(name) ? "[secret]" : withoutSecrets(field),',
    to: "withoutSecrets(field),",
    project: "worker",
  },
  {
    law: "no write of an operator is without a row",
    from: "if (note !== undefined && !note.isTaken) await",
    to: "if (false) await",
    project: "worker",
  },

  {
    law: "a revoked key ends its running streams",
    from: "(await this.#services.isStillAllowed(keyId))",
    to: "true",
    project: "worker",
    tests: "relay/revocation",
  },
  {
    law: "a request that is refused while it runs ends at once, even where upstreams may finish",
    from: "this.#lingerMs !== undefined && !(this.#options.ended.reason instanceof Fault)",
    to: "this.#lingerMs !== undefined",
    project: "worker",
    tests: "relay/revocation",
  },
  {
    law: "a D1 that is away ends no stream",
    from: "async () => this.#isEnabled(keyId)).catch(() => true);",
    to: "async () => this.#isEnabled(keyId)).catch(() => false);",
    project: "worker",
    tests: "access/key-store",
  },

  // The order of admission.
  {
    law: "guessed keys stop reaching D1 once their address is over its limit",
    from: "this.#pass(await limiters.embedded.check({ ip }));",
    to: "await limiters.embedded.check({ ip });",
  },
  {
    law: "a look-up counts its address once",
    from: "check({ ip: { ...ip, counted }, ...subjects })",
    to: "check({ ip, ...subjects })",
  },
  {
    law: "a request that needs no look-up counts its address too",
    from: "check({ ip: { ...ip, counted }, ...subjects })",
    to: "check({ ip: { ...ip, counted: true }, ...subjects })",
  },
  {
    law: "a cached key is read again only behind a request that has passed",
    from: "whenAdmitted: (refresh) => void refreshes.push(refresh),",
    to: "whenAdmitted: (refresh) => void defer(refresh()),",
  },
  {
    law: "a key's own limit counts before the site's",
    from: "limit: requestsPerMinute ?? limits.key",
    to: "limit: limits.key",
  },
  {
    law: "a refusal says which limit was met",
    from: '["key", "rate_limited_key"],',
    to: '["key", "rate_limited_ip"],',
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
    from: "subject: blockOf(address, 64),",
    to: "subject: blockOf(address, 128),",
  },
  {
    law: "an IPv6 address counts by its /48, too",
    from: "blockOf(address, 48), limit: limit * NETWORK_MULTIPLE",
    to: "blockOf(address, 64), limit: limit * NETWORK_MULTIPLE",
  },
  {
    law: "in the native binding a /48 has four times the limit of an address",
    from: "key: `${subject}#${this.#part}`",
    to: "key: subject",
    project: "worker",
    tests: "access/limits/embedded",
  },
  {
    law: "a /64 over its limit does not use up its neighbours' limit",
    from: "if (!own.allowed || network === undefined) return own;",
    to: "if (network === undefined) return own;",
  },
  {
    law: "the keys of an account have a limit together",
    from: '["account", "rate_limited_account"],',
    to: "",
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
