import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addSequence } from "../../../lib/core/sequence.ts";
import { LinkType } from "../../../lib/headers/assigned-numbers.ts";
import { encodeFrame, type Frame } from "../../../lib/headers/frame.ts";
import type { TcpOption } from "../../../lib/headers/tcp.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { PcapWriter } from "../../../lib/pcap/pcap-writer.ts";
import { MemorySlabs } from "../../../lib/pcap/slabs.ts";
import type { LinkKind } from "../../../lib/session/encapsulation/outer-headers.ts";
import { Host } from "../../../lib/session/host.ts";
import { type FrameEnd, headerLengthOf, SegmentFrames } from "../../../lib/session/network/segment-frames.ts";
import { Ecn, NO_TIMESTAMP, Segment } from "../../../lib/session/tcp/segment.ts";
import { framesOf } from "../../helpers/captures/captures.ts";

const sinkOptions = {
  linkType: LinkType.RAW,
  ticksPerSecond: 1_000_000,
  origin: { seconds: 1_767_225_600, ticks: 0 },
} as const;
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const uint16 = fc.integer({ min: 0, max: 0xffff });
const port = fc.integer({ min: 1, max: 0xffff });
/** Numbers of a connection go on behind 2^32. */
const number = fc.integer({ min: 0, max: 2 ** 40 });
const links: readonly LinkKind[] = ["ethernet", "raw", "null"];
const mac = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const ipv4Host = fc.record({ address: uint32, mac });
const ipv6Host = fc.record({ address: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), mac });
const given = fc.record({
  link: fc.constantFrom(...links),
  timeToLive: fc.integer({ min: 1, max: 255 }),
  hosts: fc.oneof(fc.tuple(ipv4Host, ipv4Host), fc.tuple(ipv6Host, ipv6Host)),
  ports: fc.tuple(port, port),
  initialSequences: fc.tuple(uint32, uint32),
  identification: uint16,
  isMarked: fc.boolean(),
  flags: fc.integer({ min: 0, max: 0x1ff }),
  window: uint16,
  ecn: fc.constantFrom(...Object.values(Ecn)),
  sequence: number,
  acknowledgment: number,
  timestamps: fc.option(fc.record({ own: uint32, echo: fc.oneof(uint32, fc.constant(NO_TIMESTAMP)) })),
  options: fc.oneof(
    fc.record({
      maximumSegmentSize: fc.option(uint16, { nil: undefined }),
      windowScale: fc.option(fc.nat(14), { nil: undefined }),
      sackPermitted: fc.boolean(),
    }),
    fc.array(fc.tuple(number, number), { maxLength: 3 }),
  ),
  message: fc.oneof(
    { weight: 9, arbitrary: fc.option(fc.uint8Array({ maxLength: 3000 }), { nil: undefined }) },
    { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 65_000 }).map((length) => new Uint8Array(length).fill(7)) },
  ),
  start: fc.nat(1000),
});
type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;

function segmentOf(fields: Given): Segment {
  const { message, timestamps, options } = fields;
  const segment = new Segment("new");
  Object.assign(segment, { flags: fields.flags, window: fields.window, ecn: fields.ecn });
  Object.assign(segment, { sequence: fields.sequence, acknowledgment: fields.acknowledgment });
  if (message !== undefined && message.length > fields.start) {
    segment.data = message;
    segment.start = fields.start;
    segment.length = message.length - fields.start;
  }
  if (timestamps !== null) {
    segment.timestamp = timestamps.own;
    segment.timestampEcho = timestamps.echo;
  }
  if (Array.isArray(options)) segment.blocks = options.flat();
  else segment.syn = options;
  return segment;
}

function endOf({ hosts, ports, initialSequences }: Given, side: 0 | 1): FrameEnd {
  const { address, mac } = hosts[side];
  return {
    socket: { host: new Host("host", address, mac, 0), port: ports[side] },
    initialSequence: initialSequences[side],
    isServer: side === 1,
    fields: undefined,
  };
}

/** By the writer. */
function written(fields: Given, bit?: number): Uint8Array {
  const slabs = new MemorySlabs();
  const writer = new PcapWriter(slabs, sinkOptions);
  const frames = new SegmentFrames(writer, fields);
  const { identification, isMarked } = fields;
  frames.write(0, segmentOf(fields), endOf(fields, 0), endOf(fields, 1), identification, isMarked, bit);
  writer.finish();
  return framesOf(slabs.concat())[0]!.bytes;
}

/** The same by the codecs. */
function composed(fields: Given): Uint8Array {
  const { link, hosts, ports, flags, timeToLive, initialSequences } = fields;
  const [client, server] = hosts;
  const ecn = fields.isMarked ? Ecn.CONGESTION_EXPERIENCED : fields.ecn;
  const frame: Frame = {
    ...(link === "ethernet" && { ethernet: { source: client.mac, destination: server.mac } }),
    ...(link === "null" && { loopback: {} }),
    ...(typeof client.address === "number" && typeof server.address === "number"
      ? {
          ipv4: {
            source: client.address,
            destination: server.address,
            identification: fields.identification,
            dontFragment: true,
            timeToLive,
            typeOfService: ecn,
          },
        }
      : {
          ipv6: {
            source: BigInt(client.address),
            destination: BigInt(server.address),
            hopLimit: timeToLive,
            trafficClass: ecn,
          },
        }),
    tcp: {
      sourcePort: ports[0],
      destinationPort: ports[1],
      sequenceNumber: addSequence(initialSequences[0], fields.sequence),
      acknowledgmentNumber: (flags & TcpFlag.ACK) === 0 ? 0 : addSequence(initialSequences[1], fields.acknowledgment),
      flags,
      window: fields.window,
      options: optionsOf(fields),
    },
    payload: fields.message?.subarray(fields.start) ?? new Uint8Array(0),
  };
  return encodeFrame(frame);
}

/** In the order of Linux. */
function optionsOf({ options, timestamps, initialSequences }: Given): TcpOption[] {
  const syn = Array.isArray(options) ? undefined : options;
  const blocks = Array.isArray(options) ? options : [];
  const nop: TcpOption = { kind: "nop" };
  const list: TcpOption[] = [];
  if (syn?.maximumSegmentSize !== undefined) list.push({ kind: "mss", value: syn.maximumSegmentSize });
  const padding = [nop, nop];
  if (syn?.sackPermitted) list.push(...(timestamps === null ? padding : []), { kind: "sackPermitted" });
  if (timestamps !== null) {
    const { own, echo } = timestamps;
    list.push(...(syn?.sackPermitted ? [] : padding), {
      kind: "timestamps",
      value: own,
      echoReply: echo === NO_TIMESTAMP ? 0 : echo,
    });
  }
  if (syn?.windowScale !== undefined) list.push(nop, { kind: "windowScale", shift: syn.windowScale });
  if (blocks.length > 0) {
    const edge = (number: number) => addSequence(initialSequences[1], number);
    const edges = blocks.map(([left, right]) => ({ left: edge(left), right: edge(right) }));
    list.push(...padding, { kind: "sack", blocks: edges });
  }
  return list;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

describe("a frame of a segment", () => {
  it("is byte for byte what the header codecs make of the same fields", () => {
    fc.assert(
      fc.property(given, (fields) => {
        expect(hexOf(written(fields))).toBe(hexOf(composed(fields)));
      }),
      { numRuns: 1000 },
    );
  });

  it("is as long as was said before it was made", () => {
    fc.assert(
      fc.property(given, (fields) => {
        const from = endOf(fields, 0);
        const segment = segmentOf(fields);
        const frames = new SegmentFrames(new PcapWriter(new MemorySlabs(), sinkOptions), fields);
        const linkLength = { ethernet: 14, raw: 0, null: 4 }[fields.link];
        expect(linkLength + frames.packetLength(segment, from)).toBe(written(fields).length);
      }),
      { numRuns: 300 },
    );
  });

  it("has one wrong bit where one flips on the way: of the data, or else of the checksum", () => {
    const bits = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(given, bits, (fields, bit) => {
        const [right, wrong] = [written(fields), written(fields, bit)];
        const places = [...right.keys()].filter((place) => right[place] !== wrong[place]);
        expect(places).toHaveLength(1);
        const [place] = places as [number];
        const difference = right[place]! ^ wrong[place]!;
        expect(difference & (difference - 1)).toBe(0);
        const { length } = segmentOf(fields);
        const checksum = right.length - headerLengthOf(segmentOf(fields)) + 16;
        if (length > 0) expect(place).toBeGreaterThanOrEqual(right.length - length);
        else expect([checksum, checksum + 1]).toContain(place);
      }),
      { numRuns: 300 },
    );
  });
});
