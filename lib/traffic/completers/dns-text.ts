/** DNS rows in words, such as `Standard query 0x1234 A www.example.com` or `example.com -> 192.0.2.1`, taken apart. */

import { byteTextOf } from "../../core/text.ts";
import { tryParseIpv4, tryParseIpv6 } from "../../headers/address.ts";

export type NameType = "CNAME" | "NS" | "PTR" | "MX";
export type DnsType = "A" | "AAAA" | "TXT" | "SOA" | "SRV" | "ANY" | NameType;

export interface SaidRecord {
  readonly type: "A" | "AAAA" | NameType;
  readonly data: string;
}

export interface DnsText {
  readonly id: number | undefined;
  readonly saysQuery: boolean;
  readonly saysResponse: boolean;
  readonly name: string | undefined;
  readonly type: DnsType | undefined;
  readonly records: readonly SaidRecord[];
  /** Response code; undefined where the text names none. */
  readonly code: number | undefined;
}

const TYPES: ReadonlySet<string> = new Set(["A", "AAAA", "TXT", "SOA", "SRV", "ANY", "CNAME", "NS", "PTR", "MX"]);
const NAME_TYPES: ReadonlySet<string> = new Set(["CNAME", "NS", "PTR", "MX"]);
const CODES: ReadonlyMap<string, number> = new Map([
  ["NOERROR", 0],
  ["FORMERR", 1],
  ["SERVFAIL", 2],
  ["NXDOMAIN", 3],
  ["NOTIMP", 4],
  ["REFUSED", 5],
]);
const RESPONSE_WORDS = /^(?:response|reply|answer|answers|resolved|resolves|found)$/i;
const QUERY_WORDS = /^(?:query|question|lookup|resolve|request|what|what's|where|who)$/i;
const OTHER_WORDS =
  /^(?:standard|dns|is|the|ip|ipv4|ipv6|address|addresses|of|for|name|host|hostname|domain|record|type|class|in|at|has|to|please|from|and|get|->|-->|=>|=|→|:|-|\?)$/i;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
/** A longer text than this is no question. */
const LONGEST = 1000;

/** @returns undefined if the text has anything in it that would be lost */
export function understandDns(payload: Uint8Array): DnsText | undefined {
  if (payload.length === 0 || payload.length > LONGEST) return undefined;
  const text = new TextDecoder().decode(payload).trim();
  // A message that is one already is binary.
  if (/^[^\t\n\r\x20-\uffff]/.test(byteTextOf(payload))) return undefined;
  const reader = new WordReader();
  const spaced = text.replace(/no such (?:name|domain|host)|(?:name|domain|host) not found/i, "NXDOMAIN");
  for (const word of spaced.replace(/(->|=>|→|=)/g, " $1 ").split(/[\s,;()[\]"'|]+/)) {
    if (word !== "" && !reader.take(word)) return undefined;
  }
  return reader.result();
}

class WordReader {
  #id: number | undefined;
  #saysQuery = false;
  #saysResponse = false;
  #name: string | undefined;
  #type: DnsType | undefined;
  #pending: DnsType | undefined;
  #code: number | undefined;
  /** A word that can only be a name without a dot, if it is a name at all. */
  #bareLabel: string | undefined;
  readonly #records: SaidRecord[] = [];

  /** @returns false for a word that means nothing here */
  take(word: string): boolean {
    if (/^0x[0-9a-f]{1,4}$/i.test(word)) {
      this.#id = Number.parseInt(word, 16);
      return true;
    }
    const plain = word.replace(/[?!:]+$/, "") || word;
    if (TYPES.has(plain)) {
      this.#pending = plain as DnsType;
      return true;
    }
    const code = CODES.get(plain.toUpperCase());
    if (code !== undefined) {
      this.#code = code;
      return true;
    }
    return this.#takeWord(plain) || this.#takeAddress(word) || this.#takeAddress(plain) || this.#takeName(plain);
  }

  result(): DnsText | undefined {
    let name = this.#name;
    if (this.#bareLabel !== undefined) {
      if (name !== undefined || !(this.#saysQuery || this.#saysResponse || this.#pending !== undefined)) {
        return undefined;
      }
      name = this.#bareLabel;
    }
    if (name === undefined && this.#records.length === 0 && this.#code === undefined) return undefined;
    return {
      id: this.#id,
      saysQuery: this.#saysQuery,
      saysResponse: this.#saysResponse,
      name,
      type: this.#type ?? this.#pending,
      records: this.#records,
      code: this.#code,
    };
  }

  #takeWord(word: string): boolean {
    if (RESPONSE_WORDS.test(word)) {
      this.#saysResponse = true;
      return true;
    }
    if (QUERY_WORDS.test(word)) {
      this.#saysQuery = true;
      return true;
    }
    return OTHER_WORDS.test(word);
  }

  #takeAddress(text: string): boolean {
    const word = text.replace(/\.$/, "");
    const type = tryParseIpv4(word) !== undefined ? "A" : tryParseIpv6(word) !== undefined ? "AAAA" : undefined;
    if (type === undefined) return false;
    this.#pending = undefined;
    this.#records.push({ type, data: word });
    return true;
  }

  #takeName(word: string): boolean {
    const name = word.replace(/\.$/, "");
    const labels = name.split(".");
    if (name.length > 253 || !labels.every((label) => LABEL.test(label))) return false;
    // Four numbers that are no address are no name either.
    if (labels.every((label) => /^\d+$/.test(label))) return false;
    if (labels.length === 1) {
      if (this.#bareLabel !== undefined) return false;
      this.#bareLabel = name;
    } else if (this.#name === undefined) {
      this.#name = name;
      this.#type = this.#pending;
    } else if (this.#name !== name || this.#pending !== undefined) {
      // A type that holds no name cannot be meant for one: `A x A 192.0.2.1` repeats the question's.
      const type = this.#pending ?? "CNAME";
      if (!NAME_TYPES.has(type)) return false;
      this.#records.push({ type: type as NameType, data: name });
    }
    this.#pending = undefined;
    return true;
  }
}
