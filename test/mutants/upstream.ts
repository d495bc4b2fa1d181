import type { Mutant } from "./mutant.ts";

export const UPSTREAM: readonly Mutant[] = [
  // Where an upstream may be.
  {
    law: "credentials travel over https",
    from: 'url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:")',
    to: 'url.protocol !== "https:" && url.protocol !== "http:"',
  },
  {
    law: "local development alone may use http",
    from: '!(allowPrivate && url.protocol === "http:")',
    to: "!allowPrivate",
  },
  {
    law: "a base URL holds no password",
    from: 'url.username !== "" || url.password !== ""',
    to: 'url.password !== ""',
  },
  { law: "a base URL has no query or fragment", from: "/[?#]/.test(url.href)", to: 'url.search !== ""' },
  {
    law: "an upstream is on a public address",
    from: "if (!allowPrivate && isPrivateHost(url.hostname))",
    to: "if (allowPrivate)",
  },
  {
    law: "a private IPv4 address is refused",
    from: 'ipaddr.IPv4.parse(host).range() !== "unicast"',
    to: "false",
  },
  {
    law: "every range that IANA has reserved is refused, not only the private ones",
    from: 'ipaddr.IPv4.parse(host).range() !== "unicast"',
    to: 'ipaddr.IPv4.parse(host).range() === "private"',
  },
  {
    law: "an unallocated IPv6 address is refused",
    from: "return address.match(GIVEN_OUT) && address.range()",
    to: "return address.range()",
  },
  {
    law: "an IPv6 address that embeds another is refused",
    from: 'address.match(GIVEN_OUT) && address.range() === "unicast"',
    to: "address.match(GIVEN_OUT)",
  },
  {
    law: "a name without a dot is local",
    from: 'LOCAL_NAMES.test(host) || !host.includes(".")',
    to: "LOCAL_NAMES.test(host)",
  },
  {
    law: "a dot at the end hides no local name",
    from: 'hostname.toLowerCase().replace(/\\.$/, "")',
    to: "hostname.toLowerCase()",
  },

  // What a refusal means.
  {
    law: "402 says that the credential is out of funds",
    from: '{ on: [402], fault: "upstream_error", outcome: "out_of_funds" },',
    to: "",
  },
  {
    law: "a 429 for lack of funds is not a rate limit",
    from: "on: [400, 403, 429],",
    to: "on: [400, 403],",
  },
  {
    law: "401 says that the credential is refused",
    from: '{ on: [401], fault: "upstream_error", outcome: "credential_refused" },',
    to: "",
  },
  {
    law: "a 400 for a bad key is not the client's fault",
    from: 'on: [400, 403],\n    codes: new Set(["invalid_api_key"',
    to: 'on: [403],\n    codes: new Set(["invalid_api_key"',
  },
  { law: "408 is a time-out", from: "on: [408, 504]", to: "on: [504]" },
  { law: "529 is overload", from: "on: [503, 529]", to: "on: [503]" },
  {
    law: "404 is the route's fault, not the client's",
    from: '{ on: [404], fault: "no_route", outcome: "model_missing" },',
    to: "",
  },
  {
    law: "an upstream's refusal is read by exact codes, never by words that a client may have written",
    from: "return isFlagged(error) ? [...words, FLAGGED_INPUT] : words;",
    to: 'return [...words, ...String(error["message"]).split(/\\W+/)];',
  },
  {
    law: "a prompt that an upstream flagged is its author's matter",
    from: "return isFlagged(error) ? [...words, FLAGGED_INPUT] : words;",
    to: "return words;",
  },
  {
    law: "only messages about the client's own request are passed on",
    from: "const passesOn = ABOUT_THE_REQUEST.has(fault) && message",
    to: "const passesOn = message",
  },
  {
    law: "no answer tells a client to wait longer than a credential cools",
    from: "Math.min(waitMs, MAX_RETRY_AFTER_MS)",
    to: "waitMs",
  },
  {
    law: "an invalid wait is no wait",
    from: "waits.find((wait) => wait > 0 && Number.isFinite(wait))",
    to: "waits.find((wait) => Number.isFinite(wait))",
  },

  // What a client may read.
  {
    law: "the upstream's name, host, credential and model are hidden",
    from: "if (word.length > 1) text = replaceWord(text, word, replacement);",
    to: "if (word.length > 100) text = replaceWord(text, word, replacement);",
  },
  {
    law: "addresses, keys and account names are hidden in any message",
    from: "for (const [pattern, replacement] of GIVEAWAYS) text = text.replaceAll(pattern, replacement);",
    to: "",
  },
  {
    law: "a short secret is not cut out of longer words",
    from: "word.length < SHORT ? `(?<![A-Za-z0-9])${escaped}(?![A-Za-z0-9])` : escaped",
    to: "escaped",
  },
  {
    law: "a secret is hidden in upper and lower case",
    from: 'text.replaceAll(new RegExp(pattern, "gi"), () => replacement)',
    to: 'text.replaceAll(new RegExp(pattern, "g"), () => replacement)',
  },
  {
    law: "redirects are not followed, because they would carry the credential elsewhere",
    from: 'redirect: "manual",\n      signal: shipment.signal,',
    to: 'redirect: "follow",\n      signal: shipment.signal,',
  },
  {
    law: "an answer comes uncompressed",
    from: '"accept-encoding": "identity",\n        "user-agent"',
    to: '"user-agent"',
  },
];
