/**
 * The outline of a packet: where its layers lie, and the numbers that streams and findings are made of. One object is
 * filled in for every packet of a capture, so that nothing is allocated for any of them.
 */
import { CAPTURED_LENGTH, StoppedAt } from "../core/errors.ts";
import { formatIpv4, formatIpv6, getIpv6, type IpAddress } from "../headers/address.ts";
import { ChecksumStatus, LayerKind } from "../headers/layer.ts";
import { FIRST_FREE_KIND, headerOfKind } from "../headers/registry.ts";
import { Flow } from "./flow.ts";

/** More layers than this are a packet made to tire its reader. */
export const MOST_LAYERS = 32;

const IPV6_ADDRESS_LENGTH = 16;
const NOTHING = new Uint8Array(0);
const NOTHING_TO_VIEW = new DataView(NOTHING.buffer);

/** Where the layers of one packet lie, and the numbers that its headers hold; filled in anew for every packet. */
export class PacketOutline {
  /** The memory that the frame stands in. */
  bytes: Uint8Array = NOTHING;
  /** A view of `bytes`, with the same offsets. */
  view: DataView = NOTHING_TO_VIEW;
  /** First byte of the frame, and the byte after the last one captured. */
  start = 0;
  /** Index after the last byte of the frame that was captured. */
  end = 0;
  /** Bytes of the frame on the wire. */
  wireLength = 0;
  /** Bytes of the check sequence that an Ethernet frame ends with, part of both; -1 where the capture does not say. */
  checkSequenceLength = 0;

  /** Layers, outermost first: for each its kind, its first byte, and the byte after its header. */
  layerCount = 0;
  /** For each layer its `LayerKind`. */
  readonly kinds = new Uint8Array(MOST_LAYERS);
  /** For each layer the index of its first byte. */
  readonly starts = new Uint32Array(MOST_LAYERS);
  /** For each layer the index after its header. */
  readonly ends = new Uint32Array(MOST_LAYERS);
  /** What became of the checksum of each layer, as far as it is known at once: `checksumStatusOf` tells of the others. */
  readonly checksums = new Uint8Array(MOST_LAYERS);
  /** Whether any of these is bad, absent, or left to the adapter. In most packets none is, and nobody need look at layers. */
  hasOddChecksum = false;
  /** The UDP datagrams that carry tunnels, outermost first. Nothing else of the outline is about them. */
  readonly carriers: Flow[] = [];
  /** How many of them count for this packet. */
  carrierCount = 0;
  /** The segments and datagrams that an ICMP error quotes, outermost first: more than one where it quotes a tunnel. */
  readonly quotedFlows: Flow[] = [];
  /** How many of `quotedFlows` count for this packet. */
  quotedFlowCount = 0;
  /**
   * From this layer on, offsets count in `datagram`, not in `bytes`: the packet is the last fragment of a datagram that
   * was put together. `MOST_LAYERS` where all layers lie in the frame.
   */
  datagramLayer = MOST_LAYERS;
  /** The payload of an IP datagram that was put together from fragments. */
  datagram: Uint8Array = NOTHING;
  /** From this layer on, it is a packet that an ICMP error quotes. `MOST_LAYERS` where none is. */
  quotedLayer = MOST_LAYERS;

  /** Version of the innermost IP header that is not quoted: 4, 6, or 0 if there is none. */
  ipVersion: 0 | 4 | 6 = 0;
  /** Index of that header, where it begins, and a view of the memory that it lies in. */
  ipLayer = 0;
  /** Index of the first byte of the innermost IP header. */
  ipAt = 0;
  /** A view of the memory that this header lies in. */
  ipView: DataView = NOTHING_TO_VIEW;
  /**
   * Where the addresses stand that the packet goes between in the end: those that streams are told apart by, and that the
   * pseudo-header of checksums has. Others than the header's where a source route is still to be travelled (RFC 791,
   * section 3.1; RFC 8200, section 8.1), or where a mobile node names its home address (RFC 6275, section 11.3.1).
   */
  addressView: DataView = NOTHING_TO_VIEW;
  /** Index in `addressView` of the address that it comes from. */
  sourceAt = 0;
  /** Index in `addressView` of the address that it goes to. */
  destinationAt = 0;
  /** Version, addresses and bounds of the innermost IP header that is quoted; known where `quotedLayer` is. All lies in `transportView`. */
  quotedVersion: 4 | 6 = 4;
  /** Index in `transportView` of the source of the quoted IP header. */
  quotedSourceAt = 0;
  /** Index in `transportView` of the destination of the quoted IP header. */
  quotedDestinationAt = 0;
  /** Where what is quoted of it ends, and where it ended itself. */
  quotedEnd = 0;
  /** Index at which the quoted packet itself ended, by its own header. */
  quotedWireEnd = 0;
  /** Whether the quoted packet is a fragment. */
  isQuotedFragment = false;

  /** What that header carries, after extension headers: the protocol number, or -1 where it is not known. */
  protocol = -1;
  /**
   * Whether the packet is a fragment that does not complete its datagram. Nothing is known of its transport then, unless
   * it is a first fragment that cannot be kept for its datagram: its transport header is read, as far as it goes.
   */
  isFragment = false;

  /** What follows the last header that is looked into, where that is another one: a bit of `UnreadKind` with a number. */
  unread = 0;

  /** LayerKind of TCP, UDP, ICMP or ICMPV6, or 0 if there is none, or too little of it to tell its ports or type. */
  transport = 0;
  /** Index of its header; beyond the last layer where there is nothing of it. */
  transportLayer = 0;
  /** Whether the TCP or UDP header is whole enough to find its stream; all numbers below that it has are known then. */
  isInStream = false;
  /** Memory of the transport header and its payload: `bytes` or `datagram`. */
  transportBytes: Uint8Array = NOTHING;
  /** A view of `transportBytes`, with the same offsets. */
  transportView: DataView = NOTHING_TO_VIEW;
  /** Index of the first byte of the transport header. */
  transportAt = 0;
  /** Bytes of the transport header and its payload as the IP header tells; there can be fewer in the capture. */
  transportLength = 0;
  /** Of TCP and UDP, 0 to 65535. */
  sourcePort = 0;
  /** Of TCP and UDP, 0 to 65535. */
  destinationPort = 0;
  /** Of TCP, as it stands in the header, 0 to 2^32 - 1. */
  sequenceNumber = 0;
  /** Of TCP, as it stands in the header, 0 to 2^32 - 1. */
  acknowledgmentNumber = 0;
  /** Twelve bits: the three reserved ones, and nine of `TcpFlag`. */
  flags = 0;
  /** As it stands in the header, not scaled. */
  window = 0;
  /** Bytes of the transport header with its options. */
  headerLength = 0;
  /** Whether a TCP header was captured with all its options, and is no shorter than a header can be. */
  hasWholeHeader = false;
  /** Whether the length of a TCP segment is known: not for fragments, and not where the header is longer than the segment. */
  hasSegmentLength = false;

  /** What the innermost header carries: in `transportBytes` where there is a transport, else in `bytes`. */
  payloadAt = 0;
  /** After the last byte of it that was captured. */
  payloadEnd = 0;
  /** Bytes of it on the wire; for TCP the segment's length. */
  payloadLength = 0;

  /** What became of the check sequence that the frame ends with. */
  frameCheck: ChecksumStatus = ChecksumStatus.UNCHECKED;
  /** Whether the TCP checksum is bad only because it is written as 0xffff and should be 0. */
  hasOnesForZero = false;

  /** Why dissection stopped before the payload, if it did: layer, offset in the frame, what is wrong. */
  stopped: StoppedAt | undefined = undefined;
  /** Bits of `OptionFault`: what is wrong with options of TCP and IP that are no part of a quotation. */
  optionFaults = 0;
  /** The first option that is malformed. */
  malformedOption: StoppedAt | undefined = undefined;
  /** What is wrong with the payload, where its protocol is one that is looked into. */
  payloadProblem: StoppedAt | undefined = undefined;

  /** Forgets the packet before. */
  reset(bytes: Uint8Array, view: DataView, start: number, end: number, wireLength: number): void {
    this.bytes = bytes;
    this.view = view;
    this.start = start;
    this.end = end;
    this.wireLength = wireLength;
    this.checkSequenceLength = 0;
    this.layerCount = 0;
    this.hasOddChecksum = false;
    this.carrierCount = 0;
    this.quotedFlowCount = 0;
    this.datagramLayer = MOST_LAYERS;
    this.quotedLayer = MOST_LAYERS;
    this.ipVersion = 0;
    this.protocol = -1;
    this.isFragment = false;
    this.unread = 0;
    this.transport = 0;
    this.transportBytes = bytes;
    this.transportView = view;
    this.isInStream = false;
    this.hasWholeHeader = false;
    this.hasSegmentLength = false;
    this.payloadAt = end;
    this.payloadEnd = end;
    this.payloadLength = 0;
    this.frameCheck = ChecksumStatus.UNCHECKED;
    this.hasOnesForZero = false;
    this.stopped = undefined;
    this.optionFaults = 0;
    this.malformedOption = undefined;
    this.payloadProblem = undefined;
  }

  /**
   * Where the frame ends on the wire, without its check sequence. Some writers get the length on the wire wrong; what was
   * captured was there.
   */
  get wireEnd(): number {
    return this.start + Math.max(this.wireLength, this.end - this.start) - Math.max(0, this.checkSequenceLength);
  }

  /** Status of the checksum of the innermost IP header, if that is one of IPv4. */
  get ipv4Checksum(): ChecksumStatus {
    return this.ipVersion === 4 ? checksumAt(this, this.ipLayer) : ChecksumStatus.UNCHECKED;
  }

  /** Of the innermost transport, if it is TCP. */
  get tcpChecksum(): ChecksumStatus {
    return this.transport === LayerKind.TCP ? checksumAt(this, this.transportLayer) : ChecksumStatus.UNCHECKED;
  }

  /** Of the innermost transport, if it is UDP. */
  get udpChecksum(): ChecksumStatus {
    return this.transport === LayerKind.UDP ? checksumAt(this, this.transportLayer) : ChecksumStatus.UNCHECKED;
  }

  /** Of the innermost transport, if it is ICMP or ICMPv6. */
  get icmpChecksum(): ChecksumStatus {
    const { transport } = this;
    const isIcmp = transport === LayerKind.ICMP || transport === LayerKind.ICMPV6;
    return isIcmp ? checksumAt(this, this.transportLayer) : ChecksumStatus.UNCHECKED;
  }

  /**
   * Goes on in a datagram that was put together: what is found from now on lies there. One inside of another stands behind it
   * in memory.
   *
   * @returns where it begins
   */
  enterDatagram(datagram: Uint8Array): number {
    const isInner = this.datagramLayer < MOST_LAYERS;
    const start = isInner ? this.datagram.length : 0;
    const memory = isInner ? concatenated(this.datagram, datagram) : datagram;
    if (!isInner) this.datagramLayer = this.layerCount;
    this.datagram = memory;
    this.transportBytes = memory;
    this.transportView = new DataView(memory.buffer, memory.byteOffset, memory.length);
    return start;
  }

  /** Adds a layer from `start` to `end`, if there is room for one. @param checksum what became of its checksum */
  addLayer(kind: LayerKind, start: number, end: number, checksum: ChecksumStatus = ChecksumStatus.UNCHECKED): void {
    const layer = this.layerCount;
    if (layer >= MOST_LAYERS) return;
    this.kinds[layer] = kind;
    this.starts[layer] = start;
    this.ends[layer] = end;
    this.checksums[layer] = checksum;
    if (checksum > ChecksumStatus.GOOD) this.hasOddChecksum = true;
    this.layerCount++;
  }

  /** What became of the checksum of the layer added last, which is known only now. */
  judgeLast(checksum: ChecksumStatus): void {
    this.checksums[this.layerCount - 1] = checksum;
    if (checksum > ChecksumStatus.GOOD) this.hasOddChecksum = true;
  }

  /** The UDP datagram read last carries a tunnel: what comes from now on is about what is in it. */
  enterTunnel(): void {
    const carrier = nextOf(this.carriers, this.carrierCount++);
    carrier.layer = this.transportLayer;
    carrier.ipVersion = this.ipVersion;
    carrier.addressView = this.addressView;
    carrier.sourceAt = this.sourceAt;
    carrier.destinationAt = this.destinationAt;
    carrier.payloadEnd = this.payloadEnd;
    carrier.wireEnd = this.payloadAt + this.payloadLength;
    this.transport = 0;
    this.isInStream = false;
  }

  /** A segment or datagram is quoted, whose layer is the next one, of the IP packet that was quoted last. */
  addQuotedFlow(payloadEnd: number): void {
    if (this.isQuotedFragment) return;
    const flow = nextOf(this.quotedFlows, this.quotedFlowCount++);
    flow.layer = this.layerCount;
    flow.ipVersion = this.quotedVersion;
    flow.addressView = this.transportView;
    flow.sourceAt = this.quotedSourceAt;
    flow.destinationAt = this.quotedDestinationAt;
    flow.payloadEnd = payloadEnd;
    flow.wireEnd = this.quotedWireEnd;
  }

  /** Index of the first layer of this kind, or -1. */
  indexOf(kind: LayerKind): number {
    for (let index = 0; index < this.layerCount; index++) if (this.kinds[index] === kind) return index;
    return -1;
  }

  /** Takes, in memory of its own, an IPv6 address in place of the header's: the source (0) or the destination (1) in the end. */
  replaceAddress(which: 0 | 1, bytes: Uint8Array): void {
    const own = new Uint8Array(2 * IPV6_ADDRESS_LENGTH);
    for (const [place, at] of [this.sourceAt, this.destinationAt].entries()) {
      const { buffer, byteOffset } = this.addressView;
      const known = new Uint8Array(buffer, byteOffset + at, IPV6_ADDRESS_LENGTH);
      own.set(place === which ? bytes : known, place * IPV6_ADDRESS_LENGTH);
    }
    this.addressView = new DataView(own.buffer);
    this.sourceAt = 0;
    this.destinationAt = IPV6_ADDRESS_LENGTH;
  }

  /** Where the IP packet comes from in the end; undefined where there is none. */
  get source(): IpAddress | undefined {
    return this.ipVersion === 0 ? undefined : readAddress(this.addressView, this.sourceAt, this.ipVersion);
  }

  /** Where it goes to in the end; undefined where there is none. */
  get destination(): IpAddress | undefined {
    return this.ipVersion === 0 ? undefined : readAddress(this.addressView, this.destinationAt, this.ipVersion);
  }
}

/** No method, which would cost a look at whose it is for each packet. */
function checksumAt({ layerCount, checksums }: PacketOutline, layer: number): ChecksumStatus {
  return layer < layerCount ? (checksums[layer] as ChecksumStatus) : ChecksumStatus.UNCHECKED;
}

/** Made once, and used for every packet. */
function nextOf(flows: Flow[], index: number): Flow {
  flows[index] ??= new Flow();
  return flows[index];
}

function concatenated(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** The address that begins at `at`. */
export function readAddress(view: DataView, at: number, version: 4 | 6): IpAddress {
  if (version === 4) return view.getUint32(at);
  return getIpv6(view, at);
}

/** Text of an address, or of its absence. */
export function formatAddress(address: IpAddress | undefined): string | undefined {
  if (address === undefined) return undefined;
  return typeof address === "number" ? formatIpv4(address) : formatIpv6(address);
}

/** The name of the innermost protocol that was understood, up to the transport: "TCP", "ARP", "IPv6". */
export function protocolName(outline: PacketOutline): string {
  if (outline.transport !== 0) return nameOf(outline.transport)!;
  // The last layer may have a table and no number of its own: then it lies within IP.
  const last = outline.layerCount - 1;
  if (last >= 0 && outline.kinds[last]! >= FIRST_FREE_KIND) return nameOf(outline.kinds[last]!)!;
  if (outline.ipVersion !== 0) return outline.ipVersion === 4 ? "IPv4" : "IPv6";
  for (let index = last; index >= 0; index--) {
    const name = nameOf(outline.kinds[index]!);
    if (name !== undefined) return name;
  }
  return "unknown";
}

function nameOf(kind: number): string | undefined {
  const header = headerOfKind(kind);
  return kind >= FIRST_FREE_KIND ? (header?.protocol ?? header?.name.toUpperCase()) : header?.protocol;
}

/**
 * Stops at a header that is not all there. What there is of it becomes the last layer.
 *
 * @param kind of the layer that is too short
 * @param wireEnd where the packet ends by its own account
 */
export function stopForLength(
  o: PacketOutline,
  kind: LayerKind,
  layer: string,
  at: number,
  end: number,
  wireEnd: number,
  needed: number,
): void {
  const limitedBy = wireEnd > end ? CAPTURED_LENGTH : "the length that the packet gives";
  const available = Math.max(0, end - at);
  o.stopped = new StoppedAt("TRUNCATED", { layer, offset: offsetOf(o, at), needed, available, limitedBy });
  if (available > 0) o.addLayer(kind, at, at + available);
  o.payloadAt = at + available;
  o.payloadEnd = at + available;
  o.payloadLength = 0;
}

/** Stops at a field that cannot be. What follows is payload that nobody understands. */
export function stopForField(o: PacketOutline, layer: string, at: number, end: number, problem: string): void {
  o.stopped = new StoppedAt("BAD_FIELD", { layer, offset: offsetOf(o, at), problem });
  o.payloadEnd = Math.max(o.payloadAt, end);
}

/** Offsets count from the start of the frame, or of the datagram that was put together. */
export function offsetOf(o: PacketOutline, at: number): number {
  return o.layerCount >= o.datagramLayer ? at : at - o.start;
}
