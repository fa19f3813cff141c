/** Which tunnels the packets of a stream went through, as the headers around them tell it. */
import { MOST_LAYERS, type PacketOutline, readAddress } from "../dissect/outline.ts";
import { viewOf } from "../dissect/packet-bounds.ts";
import type { IpAddress } from "../headers/address.ts";
import { readField } from "../headers/header-fields-at.ts";
import type { LaidField } from "../headers/header-table.ts";
import { ipv4Offsets } from "../headers/ipv4.ts";
import { ipv6Offsets } from "../headers/ipv6.ts";
import { LayerKind } from "../headers/layer.ts";
import { writable } from "../headers/plain-values.ts";
import { allHeaders, kindOf } from "../headers/registry.ts";

/** A header that packets are put behind, to travel through a tunnel. */
export interface TunnelHeader {
  /** What people call the tunnel: "VXLAN", "PPPoE session"; "IP" is IP in IP. */
  readonly name: string;
  /** What tells it from others between the same ends, where that is the same in both directions. */
  readonly identifier?: number;
  /** The addresses of the IP header that carries it, the lower first; left out where it is carried by no IP. */
  readonly between?: readonly [IpAddress, IpAddress];
}

/** One way that packets of a stream went. */
export interface StreamTunnel {
  /** Outermost first: there can be tunnels within tunnels. */
  readonly headers: readonly TunnelHeader[];
  /** How many of the stream's packets went that way. */
  readonly packets: number;
}

/** So many tunnels of one stream are told apart; packets in others are only counted. */
const MOST_TUNNELS = 8;

interface TunnelKind {
  readonly name: string;
  readonly identifier: LaidField | undefined;
}

/** By the kind of their layer. IP itself is a tunnel where it carries IP. */
const TUNNEL_KINDS: readonly (TunnelKind | undefined)[] = listKinds();

function listKinds(): (TunnelKind | undefined)[] {
  const kinds: (TunnelKind | undefined)[] = new Array(256).fill(undefined);
  for (const header of allHeaders()) {
    const { tunnel, layout } = header;
    if (tunnel === undefined) continue;
    const identifier = layout.find(({ name }) => name === tunnel.identifier);
    kinds[kindOf(header)!] = { name: tunnel.name, identifier };
  }
  return kinds;
}

const IP_IN_IP = LayerKind.IPV4;
const ADDRESS_WORDS = 4;
/** Of each header: its kind, the version of IP around it (0 for none), its identifier, and two addresses. */
const HEADER_WORDS = 3 + 2 * ADDRESS_WORDS;

interface KnownTunnel {
  readonly words: Uint32Array;
  packets: number;
}

/** The tunnels that packets of one stream went through. */
export class StreamTunnels {
  readonly #known: KnownTunnel[] = [];
  /** Packets in tunnels that are not told apart any more. */
  otherPackets = 0;

  /** Counts a packet. @param words of its tunnel, so many of them as `length` says */
  add(words: Uint32Array, length: number): void {
    for (const known of this.#known) {
      if (isSame(known.words, words, length)) {
        known.packets++;
        return;
      }
    }
    if (this.#known.length < MOST_TUNNELS) this.#known.push({ words: words.slice(0, length), packets: 1 });
    else this.otherPackets++;
  }

  /** As JSON has it. */
  toJSON(): Pick<StreamTunnels, "tunnels" | "otherPackets"> {
    return { tunnels: this.tunnels, otherPackets: this.otherPackets };
  }

  /** The ways that are told apart, in the order of appearance. */
  get tunnels(): readonly StreamTunnel[] {
    return this.#known.map(({ words, packets }) => ({ headers: headersOf(words), packets }));
  }
}

function isSame(known: Uint32Array, words: Uint32Array, length: number): boolean {
  if (known.length !== length) return false;
  for (let index = 0; index < length; index++) if (known[index] !== words[index]) return false;
  return true;
}

function headersOf(words: Uint32Array): TunnelHeader[] {
  return Array.from({ length: words.length / HEADER_WORDS }, (_, index) => {
    const at = index * HEADER_WORDS;
    const [kind, version, identifier] = words.subarray(at, at + 3);
    const known = TUNNEL_KINDS[kind!];
    const header: TunnelHeader = {
      name: known?.name ?? "IP",
      ...(known?.identifier !== undefined && { identifier: identifier! }),
      ...(version !== 0 && { between: endsOf(words, at + 3, version === 4 ? 4 : 6) }),
    };
    return writable(header, { between: "ip" });
  });
}

function endsOf(words: Uint32Array, at: number, version: 4 | 6): [IpAddress, IpAddress] {
  const view = new DataView(new ArrayBuffer(2 * ADDRESS_WORDS * 4));
  for (let word = 0; word < 2 * ADDRESS_WORDS; word++) view.setUint32(word * 4, words[at + word]!);
  return [readAddress(view, 0, version), readAddress(view, ADDRESS_WORDS * 4, version)];
}

/** Finds out which tunnel a packet is in. Nothing is allocated for a packet, but for the first in its tunnel. */
export class TunnelReader {
  readonly #words = new Uint32Array(MOST_LAYERS * HEADER_WORDS);
  #length = 0;

  /** @param layer of the segment or datagram, which belongs to the stream */
  note(o: PacketOutline, layer: number, stream: { tunnels: StreamTunnels | undefined }): void {
    this.#read(o, layer);
    if (this.#length === 0) return;
    stream.tunnels ??= new StreamTunnels();
    stream.tunnels.add(this.#words, this.#length);
  }

  #read(o: PacketOutline, end: number): void {
    this.#length = 0;
    let ip = -1;
    for (let layer = 0; layer < end; layer++) {
      const kind = o.kinds[layer]!;
      if (kind === LayerKind.IPV4 || kind === LayerKind.IPV6) {
        if (ip >= 0) this.#add(o, IP_IN_IP, 0, ip);
        ip = layer;
        continue;
      }
      const known = TUNNEL_KINDS[kind];
      if (known === undefined) continue;
      const { identifier } = known;
      // The labels of one stack are one tunnel.
      const isNext = ip < 0 && layer > 0 && kind === o.kinds[layer - 1] && identifier === undefined;
      const value = identifier && (readField(viewOf(o, layer), o.starts[layer]!, identifier) as number);
      if (!isNext) this.#add(o, kind, value ?? 0, ip);
      ip = -1;
    }
  }

  /** @param ip index of the IP header that carries it, or -1 */
  #add(o: PacketOutline, kind: number, identifier: number, ip: number): void {
    const words = this.#words;
    const at = this.#length;
    words.fill(0, at, at + HEADER_WORDS);
    words[at] = kind;
    words[at + 2] = identifier;
    this.#length += HEADER_WORDS;
    if (ip < 0) return;
    const isFour = o.kinds[ip] === LayerKind.IPV4;
    const { source, destination } = isFour ? ipv4Offsets : ipv6Offsets;
    words[at + 1] = isFour ? 4 : 6;
    const view = viewOf(o, ip);
    const [from, to] = [o.starts[ip]! + source, o.starts[ip]! + destination];
    const count = isFour ? 1 : ADDRESS_WORDS;
    // Both directions are the same tunnel.
    const isOrdered = compareWords(view, from, to, count) <= 0;
    for (let word = 0; word < count; word++) {
      words[at + 3 + word] = view.getUint32((isOrdered ? from : to) + word * 4);
      words[at + 3 + ADDRESS_WORDS + word] = view.getUint32((isOrdered ? to : from) + word * 4);
    }
  }
}

function compareWords(view: DataView, first: number, second: number, count: number): number {
  for (let at = 0; at < count * 4; at += 4) {
    const difference = view.getUint32(first + at) - view.getUint32(second + at);
    if (difference !== 0) return difference;
  }
  return 0;
}
