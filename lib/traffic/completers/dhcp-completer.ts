/** DHCP rows in words, such as `Offer 192.168.1.100`, as DHCP messages (RFC 2131, RFC 2132). */

import { viewOf } from "../../core/bytes.ts";
import { SeededRandom } from "../../core/random.ts";
import { byteTextOf } from "../../core/text.ts";
import type { Transport } from "../../csv/protocol-names.ts";
import { type IpAddress, type MacAddress, setMac, tryParseIpv4 } from "../../headers/address.ts";
import { type DhcpMessage, DhcpMessageType, DhcpOperation, DhcpOption, dhcp } from "../../headers/dhcp.ts";
import type { DhcpOptionValue } from "../../headers/dhcp-options.ts";
import type { ApplicationProtocol } from "./payload-row.ts";

const { DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM } = DhcpMessageType;

/** What ends an exchange. */
const ENDS: ReadonlySet<number> = new Set([ACK, NAK, RELEASE]);

const WORDS =
  /(?:^|[^a-z])(?:dhcp)?[ _-]?(discover|offer|request|decline|ack|nac?k|release|inform)(?:y|s|ed|nowledged?|nowledge?ment)?(?![a-z])/i;
const ADDRESS = "(?<![\\d.])(\\d{1,3}(?:\\.\\d{1,3}){3})(?![\\d.]*\\d)";
const LABEL_END = "(?: (?:ip|id|address|identifier|is))?[ :=]*";
const SERVER = new RegExp(`(?:server|from)${LABEL_END}${ADDRESS}`, "i");
const MASK = new RegExp(`mask${LABEL_END}${ADDRESS}`, "i");
const ROUTER = new RegExp(`(?:router|gateway|gw)${LABEL_END}${ADDRESS}`, "i");
const NAME_SERVER = new RegExp(`dns${LABEL_END}${ADDRESS}`, "i");
const LEASE = /lease(?: time)?[ :=]*(\d{1,9})/i;
const ANY_ADDRESS = new RegExp(ADDRESS, "g");

const DEFAULT_LEASE_SECONDS = 86_400;
const DEFAULT_MASK = 0xffff_ff00;
/** Some relays drop anything shorter than what BOOTP had. */
const LEAST_LENGTH = 300;
const ASKED_FOR: readonly number[] = [
  DhcpOption.SUBNET_MASK,
  DhcpOption.ROUTER,
  DhcpOption.NAME_SERVER,
  DhcpOption.LEASE_TIME,
];

interface DhcpEnd {
  readonly name: string;
  readonly host: { readonly address: IpAddress; readonly mac: MacAddress };
}

/** A row in words, and the two ends of its conversation. */
export interface DhcpRow {
  readonly transport?: Transport;
  readonly payload: Uint8Array;
  readonly client: DhcpEnd;
  readonly server: DhcpEnd;
}

interface Said {
  readonly type: number;
  /** The address that is offered, asked for or given. */
  readonly address: number | undefined;
  readonly server: number | undefined;
  readonly mask: number | undefined;
  readonly router: number | undefined;
  readonly nameServer: number | undefined;
  readonly lease: number | undefined;
}

function isDhcpText(payload: Uint8Array): boolean {
  return understand(payload) !== undefined;
}

function understand(payload: Uint8Array): Said | undefined {
  // What is longer than a packet is no remark on a lease, and what is binary is a message already.
  if (payload.length === 0 || payload.length > 1000 || payload.some((byte) => byte < 9)) return undefined;
  const text = byteTextOf(payload);
  const word = WORDS.exec(text)?.[1]?.toUpperCase();
  const type =
    word === undefined ? undefined : DhcpMessageType[(word === "NACK" ? "NAK" : word) as keyof typeof DhcpMessageType];
  if (type === undefined) return undefined;
  const labelled = [SERVER, MASK, ROUTER, NAME_SERVER].map((pattern) => pattern.exec(text)?.[1]);
  const free = [...text.matchAll(ANY_ADDRESS)]
    .map((match) => match[1] ?? "")
    .filter((found) => !labelled.includes(found));
  const [server, mask, router, nameServer] = labelled.map((found) => tryParseIpv4(found ?? ""));
  const lease = LEASE.exec(text)?.[1];
  return {
    type,
    address: free.map((found) => tryParseIpv4(found)).find((address) => address !== undefined),
    server,
    mask,
    router,
    nameServer,
    lease: lease === undefined ? undefined : Number(lease),
  };
}

export class DhcpCompleter {
  readonly #random: SeededRandom;
  #transaction: number;
  /** The address that the exchange is about, once somebody has named it. */
  #address: number | undefined;
  #isOver = false;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed ^ 0x44484350);
    this.#transaction = this.#random.next();
  }

  /** @returns undefined for a row that names no message of DHCP */
  complete(row: DhcpRow): Uint8Array | undefined {
    if (row.transport === "tcp") return undefined;
    const said = understand(row.payload);
    if (said === undefined) return undefined;
    const isNewExchange = said.type === DISCOVER || (this.#isOver && !isReply(said.type));
    if (isNewExchange) this.#transaction = this.#random.next();
    this.#isOver = said.type === DISCOVER ? false : this.#isOver || ENDS.has(said.type);
    if (said.type === DISCOVER) this.#address = undefined;
    if (said.type !== NAK) this.#address = said.address ?? this.#address;
    return encode(said, row, this.#transaction, this.#address ?? ipv4Of(row.client.host.address));
  }
}

function isReply(type: number): boolean {
  return type === OFFER || type === ACK || type === NAK;
}

/** DHCP has room for 32 bits only. */
function ipv4Of(address: IpAddress): number {
  return typeof address === "number" ? address : Number(BigInt.asUintN(32, address));
}

function encode(said: Said, { client, server }: DhcpRow, transactionId: number, address: number): Uint8Array {
  const { type } = said;
  const clientHardwareAddress = new Uint8Array(6);
  setMac(viewOf(clientHardwareAddress), 0, client.host.mac, "clientHardwareAddress", dhcp.layer);
  const message: DhcpMessage = {
    operation: isReply(type) ? DhcpOperation.REPLY : DhcpOperation.REQUEST,
    transactionId,
    // Who releases an address or asks for other settings has it.
    clientAddress: type === RELEASE || type === INFORM ? address : 0,
    yourAddress: type === OFFER || type === ACK ? address : 0,
    clientHardwareAddress,
    options: optionsOf(said, said.server ?? ipv4Of(server.host.address), address, client.name),
  };
  const bytes = new Uint8Array(Math.max(LEAST_LENGTH, dhcp.byteLength(message)));
  dhcp.encodeInto(message, bytes, 0);
  return bytes;
}

function optionsOf(said: Said, server: number, address: number, clientName: string): DhcpOptionValue[] {
  const { type } = said;
  const options: DhcpOptionValue[] = [{ code: "messageType", value: type }];
  if (type === REQUEST || type === DECLINE || (type === DISCOVER && said.address !== undefined)) {
    options.push({ code: "requestedAddress", address });
  }
  if (type !== DISCOVER && type !== INFORM) options.push({ code: "serverIdentifier", address: server });
  if (type === OFFER || type === ACK) {
    options.push({ code: "leaseTime", seconds: said.lease ?? DEFAULT_LEASE_SECONDS });
    options.push({ code: "subnetMask", address: said.mask ?? DEFAULT_MASK });
    options.push({ code: "routers", addresses: [said.router ?? server] });
    if (said.nameServer !== undefined) options.push({ code: "domainNameServers", addresses: [said.nameServer] });
  }
  if ((type === DISCOVER || type === REQUEST || type === INFORM) && /^[a-z0-9_.-]{1,63}$/i.test(clientName)) {
    options.push({ code: "hostName", text: clientName });
  }
  if (type === DISCOVER || type === REQUEST) options.push({ code: "parameterRequestList", codes: ASKED_FOR });
  options.push({ code: "end" });
  return options;
}

export const DHCP: ApplicationProtocol = { completer: (seed) => new DhcpCompleter(seed), understands: isDhcpText };
