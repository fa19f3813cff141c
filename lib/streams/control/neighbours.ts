/**
 * Who asks which hardware address belongs to an address, and who answers: ARP (RFC 826, RFC 5227) and neighbour discovery
 * of IPv6 (RFC 4861, RFC 4862).
 */

import type { PacketOutline } from "../../dissect/outline.ts";
import { getIpv6, getMac, type IpAddress, type MacAddress } from "../../headers/address.ts";
import { arp, arpOffsets } from "../../headers/arp.ts";
import { EtherType } from "../../headers/assigned-numbers.ts";
import { ArpOpcode, Icmpv6Type } from "../../headers/control-types.ts";
import { writable } from "../../headers/plain-values.ts";
import { BoundedTable, noteFrame, type Selectable } from "./bounded.ts";

/** ARP for IPv4 (RFC 826), neighbour discovery for IPv6 (RFC 4861). */
export type NeighbourProtocol = "ARP" | "NDP";

/** One host that asks for one address. */
export interface NeighbourQuestion extends Selectable {
  /** By which protocol it was asked. */
  readonly protocol: NeighbourProtocol;
  /** Undefined where the asker has none yet, and asks whether the address is free. */
  readonly asker: IpAddress | undefined;
  /** Hardware address of who asks, where the question tells it. */
  readonly askerMac: MacAddress | undefined;
  /** The address that is asked for. */
  readonly target: IpAddress;
  /** How often it was asked. */
  asked: number;
  /** Frames of the first questions. */
  readonly frames: number[];
  /** How many answers came. */
  answers: number;
  /** The first of them. */
  answerFrame: number;
  /** Hardware addresses in the answers. */
  readonly answeredBy: MacAddress[];
}

/** An address, and the hardware addresses that have said that it is theirs. */
export interface NeighbourAddress extends Selectable {
  /** By which protocol it was said. */
  readonly protocol: NeighbourProtocol;
  /** The address. */
  readonly address: IpAddress;
  /** Who said that it is his: up to four hardware addresses. */
  readonly claims: {
    /** The hardware address. */
    readonly mac: MacAddress;
    /** Frame of the first time. */
    readonly firstFrame: number;
    /** How often. */
    count: number;
  }[];
  /** Frames that said so although nobody had asked. */
  readonly unasked: number[];
  /** How many such frames there are. */
  unaskedCount: number;
  /** Whether a router of IPv6 has it. */
  isRouter: boolean;
}

const MOST_QUESTIONS = 4096;
const MOST_ADDRESSES = 4096;
const MOST_CLAIMS = 4;

const ETHERNET = 1;
const IEEE_802 = 6;
const { REQUEST, REPLY } = ArpOpcode;
/** Both sizes of addresses, those of Ethernet and IPv4, in one word. */
const USUAL_SIZES = 0x0604;

const { NEIGHBOR_SOLICITATION: SOLICITATION, NEIGHBOR_ADVERTISEMENT: ADVERTISEMENT, ROUTER_ADVERTISEMENT } = Icmpv6Type;
const SOLICITED = 0x40;
const IS_ROUTER = 0x80;
const SOURCE_LINK_ADDRESS = 1;
const TARGET_LINK_ADDRESS = 2;
const TARGET_END = 24;

export class NeighbourLog {
  readonly #questions = new BoundedTable<NeighbourQuestion>(MOST_QUESTIONS);
  readonly #addresses = new BoundedTable<NeighbourAddress>(MOST_ADDRESSES);

  get refused(): number {
    return this.#questions.refused + this.#addresses.refused;
  }

  /** @param at where the ARP packet begins @param network what keeps equal addresses apart, such as a VLAN */
  addArp(view: DataView, at: number, end: number, frame: number, network: string): Selectable[] {
    const hardware = end - at >= arp.fixedLength ? view.getUint16(at) : 0;
    const isUsual =
      (hardware === ETHERNET || hardware === IEEE_802) &&
      view.getUint16(at + arpOffsets.protocolType) === EtherType.IPV4;
    if (!isUsual || view.getUint16(at + arpOffsets.hardwareSize) !== USUAL_SIZES) return [];
    const operation = view.getUint16(at + arpOffsets.opcode);
    const [mac, source] = [getMac(view, at + arpOffsets.senderMac), view.getUint32(at + arpOffsets.senderIp)];
    const [targetMac, target] = [getMac(view, at + arpOffsets.targetMac), view.getUint32(at + arpOffsets.targetIp)];
    const isRequest = operation === REQUEST;
    if (!isRequest && operation !== REPLY) return [];
    if (isRequest && source !== target) {
      const asker = source === 0 ? undefined : source;
      return [
        ...this.#ask("ARP", network, asker, mac, target, frame),
        ...this.#claim("ARP", network, asker, mac, frame),
      ];
    }
    const claimed = this.#claim("ARP", network, source, mac, frame, source === target);
    if (isRequest || source === target) return claimed;
    return [
      ...claimed,
      ...this.#answer("ARP", network, target === 0 ? undefined : target, targetMac, source, mac, frame),
    ];
  }

  /** A message of neighbour discovery. @param linkMac that the frame comes from, where it has one */
  addDiscovery(o: PacketOutline, frame: number, network: string, linkMac: MacAddress | undefined): Selectable[] {
    const { transportView: view, transportAt: at, payloadEnd: end } = o;
    const type = view.getUint8(at);
    const [source, destination] = [o.source as bigint, o.destination as bigint];
    if (type === ROUTER_ADVERTISEMENT) {
      const claimed = this.#claim(
        "NDP",
        network,
        source,
        optionMac(view, at + 16, end, SOURCE_LINK_ADDRESS) ?? linkMac,
        frame,
      );
      for (const address of claimed) address.isRouter = true;
      return claimed;
    }
    if (end - at < TARGET_END) return [];
    const target = getIpv6(view, at + 8);
    if (type === SOLICITATION) {
      const asker = source === 0n ? undefined : source;
      const mac = optionMac(view, at + TARGET_END, end, SOURCE_LINK_ADDRESS) ?? linkMac;
      return [
        ...this.#ask("NDP", network, asker, mac, target, frame),
        ...this.#claim("NDP", network, asker, mac, frame),
      ];
    }
    if (type !== ADVERTISEMENT) return [];
    const flags = view.getUint8(at + 4);
    const mac = optionMac(view, at + TARGET_END, end, TARGET_LINK_ADDRESS) ?? linkMac;
    const isAsked = (flags & SOLICITED) !== 0;
    // To all, it answers the question whether an address is free.
    const answered = this.#answer("NDP", network, isAsked ? destination : undefined, undefined, target, mac, frame);
    const claimed = this.#claim("NDP", network, target, mac, frame, !isAsked && answered.length === 0);
    for (const address of claimed) address.isRouter ||= (flags & IS_ROUTER) !== 0;
    return [...answered, ...claimed];
  }

  finish(): { questions: NeighbourQuestion[]; addresses: NeighbourAddress[] } {
    const isSelected = (entry: Selectable) => entry.isSelected;
    return {
      questions: this.#questions.values().filter(isSelected),
      addresses: this.#addresses.values().filter(isSelected),
    };
  }

  #ask(
    protocol: NeighbourProtocol,
    network: string,
    asker: IpAddress | undefined,
    askerMac: MacAddress | undefined,
    target: IpAddress,
    frame: number,
  ): NeighbourQuestion[] {
    const question = this.#questions.getOrAdd(questionKey(protocol, network, asker, askerMac, target), () =>
      writable<NeighbourQuestion>(
        {
          protocol,
          asker,
          askerMac,
          target,
          asked: 0,
          frames: [],
          answers: 0,
          answerFrame: 0,
          answeredBy: [],
          isSelected: false,
        },
        { asker: "ip", askerMac: "mac", target: "ip", answeredBy: "mac" },
      ),
    );
    if (question === undefined) return [];
    question.asked++;
    noteFrame(question.frames, frame);
    return [question];
  }

  #answer(
    protocol: NeighbourProtocol,
    network: string,
    asker: IpAddress | undefined,
    askerMac: MacAddress | undefined,
    target: IpAddress,
    mac: MacAddress | undefined,
    frame: number,
  ): NeighbourQuestion[] {
    const question = this.#questions.get(questionKey(protocol, network, asker, askerMac, target));
    if (question === undefined) return [];
    if (question.answers++ === 0) question.answerFrame = frame;
    const { answeredBy } = question;
    if (mac !== undefined && answeredBy.length < MOST_CLAIMS && !answeredBy.includes(mac)) answeredBy.push(mac);
    return [question];
  }

  #claim(
    protocol: NeighbourProtocol,
    network: string,
    address: IpAddress | undefined,
    mac: MacAddress | undefined,
    frame: number,
    isUnasked = false,
  ): NeighbourAddress[] {
    if (address === undefined || mac === undefined) return [];
    const entry = this.#addresses.getOrAdd(`${protocol} ${network} ${address}`, () =>
      writable<NeighbourAddress>(
        {
          protocol,
          address,
          claims: [],
          unasked: [],
          unaskedCount: 0,
          isRouter: false,
          isSelected: false,
        },
        { address: "ip" },
      ),
    );
    if (entry === undefined) return [];
    const known = entry.claims.find((claim) => claim.mac === mac);
    if (known !== undefined) known.count++;
    else if (entry.claims.length < MOST_CLAIMS)
      entry.claims.push(writable({ mac, firstFrame: frame, count: 1 }, { mac: "mac" }));
    if (isUnasked) {
      entry.unaskedCount++;
      noteFrame(entry.unasked, frame);
    }
    return [entry];
  }
}

/** Who has no address yet is known by its hardware address; in IPv6, where the answer goes to all, by nothing. */
function questionKey(
  protocol: NeighbourProtocol,
  network: string,
  asker: IpAddress | undefined,
  askerMac: MacAddress | undefined,
  target: IpAddress,
): string {
  const who = asker ?? (protocol === "ARP" ? `mac ${askerMac}` : "nobody");
  return `${protocol} ${network} ${who} ${target}`;
}

/** The hardware address in an option of this type (RFC 4861, section 4.6.1). */
function optionMac(view: DataView, from: number, end: number, type: number): MacAddress | undefined {
  for (let at = from; at + 8 <= end; ) {
    const length = view.getUint8(at + 1) * 8;
    if (length === 0) return undefined;
    if (view.getUint8(at) === type) return getMac(view, at + 2);
    at += length;
  }
  return undefined;
}
