/** DNS rows as DNS messages (RFC 1035), each response matched to its query. */

import { viewOf } from "../../core/bytes.ts";
import { SeededRandom } from "../../core/random.ts";
import { transportOf } from "../../csv/protocol-names.ts";
import { checkDnsMessage } from "../../dissect/dns-check.ts";
import { type IpAddress, tryParseIpv4 } from "../../headers/address.ts";
import { type DnsMessage, dns, dnsOffsets } from "../../headers/dns/dns.ts";
import type { DnsQuestion, DnsRecord } from "../../headers/dns/dns-entries.ts";
import { servicePortOf } from "../service-ports.ts";
import { type DnsText, type DnsType, type SaidRecord, understandDns } from "./dns-text.ts";
import type { ApplicationProtocol, PayloadRow, ProtocolCompleter } from "./payload-row.ts";

const TIME_TO_LIVE = 300;
/** Over TCP, its length stands before each message (RFC 1035, section 4.2.2). */
const LENGTH_BYTES = 2;
/** Queries that nobody answers are forgotten, the oldest first. */
const MOST_OUTSTANDING = 256;
/** Stands for a name that no row has told; reserved, so that it is nobody's (RFC 2606). */
const UNKNOWN_NAME = "unknown.invalid";

interface Query {
  readonly id: number;
  readonly name: string;
  readonly type: DnsType;
}

function isDnsText(payload: Uint8Array): boolean {
  return understandDns(payload) !== undefined;
}

/** Whether a payload is a message already. */
function isDnsMessage(payload: Uint8Array): boolean {
  // Text has no byte below the tab in its flags and counts.
  if (payload.length < dns.fixedLength || payload[dnsOffsets.questionCount]! > 8) return false;
  return checkDnsMessage(payload, 0, payload.length) === undefined;
}

export class DnsCompleter implements ProtocolCompleter {
  readonly #random: SeededRandom;
  readonly #outstanding: Query[] = [];
  readonly #usedIds = new Set<number>();
  #lastName: string | undefined;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed ^ 0x444e53);
  }

  complete(row: PayloadRow): Uint8Array | undefined {
    const text = understandDns(row.payload);
    if (text === undefined) return undefined;
    const message = isResponse(text, row.isFromClient) ? this.#response(text) : this.#query(text);
    const overTcp = (row.transport ?? transportOf(row.protocol)) === "tcp" && servicePortOf(row.protocol) === 53;
    const length = dns.byteLength(message);
    const before = overTcp ? LENGTH_BYTES : 0;
    const bytes = new Uint8Array(before + length);
    if (overTcp) viewOf(bytes).setUint16(0, length);
    dns.encodeInto(message, bytes, before);
    return bytes;
  }

  #query(text: DnsText): DnsMessage {
    const address = text.records[0];
    const name = text.name ?? (address === undefined ? (this.#lastName ?? UNKNOWN_NAME) : reverseName(address));
    const type = text.type ?? (text.name === undefined && address !== undefined ? "PTR" : "A");
    const query = { id: this.#freshId(text.id), name, type };
    this.#outstanding.push(query);
    if (this.#outstanding.length > MOST_OUTSTANDING) this.#outstanding.shift();
    this.#lastName = name;
    return { id: query.id, recursionDesired: true, compress: false, questions: [questionOf(query)] };
  }

  #response(text: DnsText): DnsMessage {
    const query = this.#takeMatching(text) ?? {
      id: this.#freshId(text.id),
      name: text.name ?? this.#lastName ?? UNKNOWN_NAME,
      type: text.type ?? text.records.at(-1)?.type ?? "A",
    };
    return {
      id: query.id,
      isResponse: true,
      recursionDesired: true,
      recursionAvailable: true,
      responseCode: text.code ?? 0,
      compress: false,
      questions: [questionOf(query)],
      answers: answersOf(query, text),
    };
  }

  /** The query that a response belongs to: by its id, else by its name, else the oldest of its type, else the oldest. */
  #takeMatching(text: DnsText): Query | undefined {
    const type = text.type ?? text.records.at(-1)?.type;
    const tests: ((query: Query) => boolean)[] = [
      (query) => query.id === text.id,
      (query) => isSameName(query.name, text.name) && query.type === type,
      (query) => isSameName(query.name, text.name),
    ];
    // A name that nobody asked for is no answer to another question, unless it is the answer itself.
    if (text.name === undefined || text.records.length === 0)
      tests.push(
        (query) => query.type === type,
        () => true,
      );
    for (const test of tests) {
      const index = this.#outstanding.findIndex(test);
      if (index >= 0) return this.#outstanding.splice(index, 1)[0];
    }
    return undefined;
  }

  /** The id that the text wishes, if it is free: an id used twice would be a retransmission. */
  #freshId(wished: number | undefined): number {
    if (this.#usedIds.size > 0x8000) this.#usedIds.clear();
    let id = wished ?? this.#random.next() & 0xffff;
    while (this.#usedIds.has(id)) id = this.#random.next() & 0xffff;
    this.#usedIds.add(id);
    return id;
  }
}

function isResponse(text: DnsText, isFromClient: boolean): boolean {
  if (text.saysResponse || text.code !== undefined) return true;
  if (text.records.length > 0 && text.name !== undefined) return true;
  return !isFromClient && !text.saysQuery;
}

function isSameName(name: string, other: string | undefined): boolean {
  return name.toLowerCase() === other?.toLowerCase();
}

function questionOf({ name, type }: Query): DnsQuestion {
  return { name, type };
}

function answersOf(query: Query, text: DnsText): DnsRecord[] {
  let owner = query.name;
  const records = [...text.records];
  // A bare name in a response is what the question's name stands for.
  if (text.name !== undefined && records.length === 0 && !isSameName(query.name, text.name)) {
    const type = query.type === "PTR" || query.type === "NS" || query.type === "MX" ? query.type : "CNAME";
    records.push({ type, data: text.name });
  }
  return records.map((record) => {
    const answer = answerOf(owner, record);
    if (record.type === "CNAME") owner = record.data;
    return answer;
  });
}

function answerOf(name: string, { type, data }: SaidRecord): DnsRecord {
  const timeToLive = TIME_TO_LIVE;
  if (type === "A" || type === "AAAA") return { name, type, timeToLive, address: data };
  if (type === "MX") return { name, type, timeToLive, preference: 10, exchange: data };
  return { name, type, timeToLive, target: data };
}

/** The name under which the name of an address is found (RFC 1035, section 3.5). */
function reverseName({ data }: SaidRecord): string {
  const address: IpAddress | undefined = tryParseIpv4(data);
  return address === undefined ? UNKNOWN_NAME : `${data.split(".").reverse().join(".")}.in-addr.arpa`;
}

export const DNS: ApplicationProtocol = {
  completer: (seed) => new DnsCompleter(seed),
  understands: (payload) => isDnsText(payload) || isDnsMessage(payload),
};
