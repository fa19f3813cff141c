/**
 * DNS messages from what Wireshark's info column says of them (RFC 1035): `Standard query response 0x1234 A www.example.com
 * CNAME example.com A 192.0.2.1`. Written here, because a list also tells how long they were: names are compressed as servers
 * do it (section 4.1.4), and what the list leaves open is made as long as it takes.
 */
import { tryParseIp } from "../../headers/address.ts";

const TYPES: ReadonlyMap<string, number> = new Map(
  (
    "A 1,NS 2,CNAME 5,SOA 6,PTR 12,HINFO 13,MX 15,TXT 16,AAAA 28,SRV 33,NAPTR 35,OPT 41,DS 43,RRSIG 46,NSEC 47,DNSKEY 48," +
    "SVCB 64,HTTPS 65,AXFR 252,ANY 255,* 255,CAA 257"
  )
    .split(",")
    .map((entry) => {
      const [name, number] = entry.split(" ");
      return [name!, Number(number)] as const;
    }),
);
const CODES: readonly (readonly [RegExp, number])[] = [
  [/^Format error\s*/i, 1],
  [/^Server failure\s*/i, 2],
  [/^No such name\s*/i, 3],
  [/^Not implemented\s*/i, 4],
  [/^Refused\s*/i, 5],
];
const OPENING = /^Standard query(?<response> response)?(?:\s+(?<id>0x[0-9a-f]{1,4}))?\s*/i;

const POINTER = 0xc000;
const LARGEST_POINTER = 0x3fff;
const IN = 1;
const TIME_TO_LIVE = 300;
const EDNS_PAYLOAD = 1232;
const PADDING_OPTION = 12;
const LONGEST_LABEL = 63;

const Flag = {
  RESPONSE: 0x8000,
  AUTHORITATIVE: 0x0400,
  RECURSION_DESIRED: 0x0100,
  RECURSION_AVAILABLE: 0x0080,
} as const;

interface ListedRecord {
  readonly type: string;
  /** What follows the type in the info column. */
  readonly data: readonly string[];
}

export interface DnsInfo {
  readonly isResponse: boolean;
  readonly id: number | undefined;
  readonly code: number;
  readonly questions: readonly { readonly type: string; readonly name: string }[];
  readonly records: readonly ListedRecord[];
}

/** @returns undefined for a text that is no query and no response */
function parseDnsInfo(info: string): DnsInfo | undefined {
  const opening = OPENING.exec(info);
  if (opening === null) return undefined;
  let rest = info.slice(opening[0].length).replace(/, "Q[UM]" question|, cache flush/g, "");
  const isResponse = opening.groups!.response !== undefined;
  const code = isResponse ? CODES.find(([pattern]) => pattern.test(rest)) : undefined;
  if (code !== undefined) rest = rest.replace(code[0], "");
  const words = rest
    .replace(/\[[^\]]*\]/g, "")
    .split(/\s+/)
    .filter((word) => word !== "");
  const questions: { type: string; name: string }[] = [];
  let at = 0;
  // Several questions stand only in queries.
  while (
    at + 1 < words.length &&
    TYPES.has(words[at]!) &&
    words[at] !== "OPT" &&
    (questions.length === 0 || !isResponse)
  ) {
    questions.push({ type: words[at]!, name: words[at + 1]!.replace(/,$/, "") });
    at += 2;
  }
  if (questions.some(({ name }) => !isName(name))) return undefined;
  const id = opening.groups!.id;
  return {
    isResponse,
    id: id === undefined ? undefined : Number(id),
    code: code?.[1] ?? 0,
    questions,
    records: recordsOf(words.slice(at)),
  };
}

/** What was cut off at the end of the column is left out. */
function recordsOf(words: readonly string[]): ListedRecord[] {
  const records: ListedRecord[] = [];
  for (let at = 0; at < words.length; ) {
    const type = words[at]!.replace(/,$/, "");
    if (!TYPES.has(type)) break;
    const count = { A: 1, AAAA: 1, CNAME: 1, NS: 1, PTR: 1, SOA: 1, MX: 2, SRV: 4 }[type] ?? 0;
    const data = words.slice(at + 1, at + 1 + count);
    if (data.length < count) break;
    if (isWhole(type, data)) records.push({ type, data });
    at += 1 + count;
  }
  return records;
}

function isWhole(type: string, data: readonly string[]): boolean {
  if (type === "A") return typeof tryParseIp(data[0]!) === "number";
  if (type === "AAAA") return typeof tryParseIp(data[0]!) === "bigint";
  return data.length === 0 || isName(data.at(-1)!);
}

function isName(text: string): boolean {
  if (text === "<Root>" || text === ".") return true;
  const labels = text.replace(/\.$/, "").split(".");
  return text.length <= 253 && labels.every((label) => label.length > 0 && label.length <= LONGEST_LABEL);
}

/**
 * @param length bytes that the message had, where the list tells
 * @param isMulticast as for mDNS (RFC 6762), which asks nobody for recursion
 * @returns undefined for a text that is no query and no response
 */
export function dnsBytes(info: string, length: number | undefined, isMulticast = false): Uint8Array | undefined {
  const told = parseDnsInfo(info);
  if (told === undefined || (told.questions.length === 0 && told.records.length === 0 && !told.isResponse))
    return undefined;
  const build = (spare: number, compresses: boolean) => new Builder(told, spare, compresses, isMulticast).bytes;
  const bare = build(0, true);
  if (length === undefined || bare.length === length) return bare;
  if (length > bare.length) {
    const filled = build(length - bare.length, true);
    if (filled.length === length) return filled;
  }
  const plain = build(0, false);
  return plain.length === length ? plain : bare;
}

/** The same number for a query and its response, where the list has none. */
function idOf({ id, questions }: DnsInfo): number {
  if (id !== undefined) return id;
  let hash = 1;
  for (const character of questions[0]?.name ?? "") hash = (Math.imul(hash, 31) + character.codePointAt(0)!) & 0xffff;
  return hash;
}

class Builder {
  readonly bytes: Uint8Array;
  #out: number[] = [];
  /** Where a name, or the end of one, was written. */
  readonly #names = new Map<string, number>();
  readonly #compresses: boolean;
  /** Bytes to be put where there is room for them. */
  #spare: number;

  constructor(told: DnsInfo, spare: number, compresses: boolean, isMulticast: boolean) {
    this.#spare = spare;
    this.#compresses = compresses;
    const name = told.questions[0]?.name ?? "<Root>";
    const sections = sectionsOf(told);
    this.#word(idOf(told));
    this.#word(flagsOf(told, isMulticast));
    this.#word(told.questions.length);
    for (const section of sections) this.#word(section.length);
    for (const question of told.questions) {
      this.#name(question.name, true);
      this.#word(TYPES.get(question.type)!);
      this.#word(IN);
    }
    let owner = name;
    for (const [index, section] of sections.entries()) {
      for (const record of section) {
        this.#record(ownerOf(record, owner, index === 0, name), record);
        if (record.type === "CNAME") owner = record.data[0]!;
      }
    }
    this.bytes = Uint8Array.from(this.#out);
  }

  #record(owner: string, { type, data }: ListedRecord): void {
    if (type === "OPT") {
      this.#out.push(0);
      this.#word(TYPES.get(type)!);
      this.#word(EDNS_PAYLOAD);
      this.#word(0);
      this.#word(0);
    } else {
      this.#name(owner, true);
      this.#word(TYPES.get(type)!);
      this.#word(IN);
      this.#word(0);
      this.#word(TIME_TO_LIVE);
    }
    const lengthAt = this.#out.length;
    this.#word(0);
    this.#data(type, data, owner);
    const length = this.#out.length - lengthAt - 2;
    this.#out[lengthAt] = length >>> 8;
    this.#out[lengthAt + 1] = length & 0xff;
  }

  #data(type: string, data: readonly string[], owner: string): void {
    switch (type) {
      case "A":
      case "AAAA":
        return this.#address(data[0]!);
      case "CNAME":
      case "NS":
      case "PTR":
        return this.#name(data[0]!, true);
      case "MX":
        this.#word(Number(data[0]));
        return this.#name(data[1]!, true);
      case "SRV":
        for (const number of data.slice(0, 3)) this.#word(Number(number));
        // Not compressed (RFC 2782).
        return this.#name(data[3]!, false);
      case "SOA":
        return this.#soa(data[0]!, owner);
      case "TXT":
        return this.#text();
      case "OPT":
        return this.#padding();
      case "HTTPS":
      case "SVCB":
        this.#word(1);
        this.#out.push(0);
        return;
      default:
        return;
    }
  }

  #address(text: string): void {
    const address = tryParseIp(text)!;
    const length = typeof address === "number" ? 4 : 16;
    for (let i = length - 1; i >= 0; i--) this.#out.push(Number((BigInt(address) >> BigInt(8 * i)) & 0xffn));
  }

  /** Who is responsible for the zone, the list does not say. */
  #soa(server: string, zone: string): void {
    this.#name(server, true);
    const longer = this.#spare;
    this.#spare = 0;
    this.#labels("m".length + longer);
    this.#name(zone, true);
    for (const number of [1, 7200, 900, 1_209_600, TIME_TO_LIVE]) {
      this.#word(number >>> 16);
      this.#word(number & 0xffff);
    }
  }

  /** Labels that take, with the byte before each, one more than `length`. */
  #labels(length: number): void {
    for (let rest = length; rest > 0; ) {
      let size = Math.min(rest, LONGEST_LABEL);
      if (rest - size === 1) size--;
      this.#out.push(size);
      for (let i = 0; i < size; i++) this.#out.push("made-up-".charCodeAt(i % 8));
      rest -= size + 1;
    }
  }

  #text(): void {
    let rest = this.#spare;
    this.#spare = 0;
    do {
      const size = Math.min(rest, 255);
      this.#out.push(size);
      for (let i = 0; i < size; i++) this.#out.push("made-up ".charCodeAt(i % 8));
      rest -= size + 1;
    } while (rest >= 0);
  }

  #padding(): void {
    if (this.#spare < 4) return;
    this.#word(PADDING_OPTION);
    this.#word(this.#spare - 4);
    for (let i = 4; i < this.#spare; i++) this.#out.push(0);
    this.#spare = 0;
  }

  #name(text: string, mayPoint: boolean): void {
    let rest = text === "<Root>" ? "" : text.replace(/\.$/, "");
    while (rest !== "") {
      const key = rest.toLowerCase();
      const known = mayPoint && this.#compresses ? this.#names.get(key) : undefined;
      if (known !== undefined) return this.#word(POINTER | known);
      if (this.#out.length <= LARGEST_POINTER && !this.#names.has(key)) this.#names.set(key, this.#out.length);
      const [label] = rest.split(".", 1) as [string];
      const bytes = new TextEncoder().encode(label).subarray(0, LONGEST_LABEL);
      this.#out.push(bytes.length, ...bytes);
      rest = rest.slice(label.length + 1);
    }
    this.#out.push(0);
  }

  #word(value: number): void {
    this.#out.push((value >>> 8) & 0xff, value & 0xff);
  }
}

function flagsOf({ isResponse, code }: DnsInfo, isMulticast: boolean): number {
  if (isMulticast) return isResponse ? Flag.RESPONSE | Flag.AUTHORITATIVE : 0;
  return isResponse ? Flag.RESPONSE | Flag.RECURSION_DESIRED | Flag.RECURSION_AVAILABLE | code : Flag.RECURSION_DESIRED;
}

/** Answers, authorities and additional records: the info column runs them together. */
function sectionsOf({ questions, records, isResponse }: DnsInfo): [ListedRecord[], ListedRecord[], ListedRecord[]] {
  const [answers, authorities, additional]: ListedRecord[][] = [[], [], []];
  const asked = questions[0]?.type;
  for (const record of records) {
    const { type } = record;
    const isAuthority = (type === "SOA" && asked !== "SOA") || (type === "NS" && asked !== "NS");
    if (type === "OPT" || !isResponse) additional!.push(record);
    else if (isAuthority && asked !== "ANY" && asked !== "*") authorities!.push(record);
    else if (authorities!.length > 0) additional!.push(record);
    else answers!.push(record);
  }
  return [answers!, authorities!, additional!];
}

function ownerOf({ type }: ListedRecord, owner: string, isAnswer: boolean, question: string): string {
  if (isAnswer || (type !== "SOA" && type !== "NS")) return owner;
  const labels = question.split(".");
  return labels.length > 2 ? labels.slice(-2).join(".") : question;
}
