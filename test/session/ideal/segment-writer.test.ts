import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LinkType } from "../../../lib/headers/assigned-numbers.ts";
import { encodeFrame, type Frame } from "../../../lib/headers/frame.ts";
import type { TcpOption } from "../../../lib/headers/tcp.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { PcapWriter } from "../../../lib/pcap/pcap-writer.ts";
import { MemorySlabs } from "../../../lib/pcap/slabs.ts";
import { clientOf, serverOf, Tally } from "../../../lib/session/conversation.ts";
import type { LinkKind } from "../../../lib/session/encapsulation/outer-headers.ts";
import { Host } from "../../../lib/session/host.ts";
import { ConnectionTable, SIDE_WORDS, SideWord } from "../../../lib/session/ideal/connection-table.ts";
import { SegmentWriter } from "../../../lib/session/ideal/segment-writer.ts";
import { framesOf } from "../../helpers/captures/captures.ts";

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const uint16 = fc.integer({ min: 0, max: 0xffff });
const port = fc.integer({ min: 1, max: 0xffff });
const links: readonly LinkKind[] = ["ethernet", "raw", "null"];
const identity = { mac: fc.integer({ min: 0, max: 2 ** 48 - 1 }), identification: uint16 };
const ipv4Host = fc.record({ address: uint32, ...identity });
const ipv6Host = fc.record({ address: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), ...identity });
const segment = fc.record({
  link: fc.constantFrom(...links),
  hosts: fc.oneof(fc.tuple(ipv4Host, ipv4Host), fc.tuple(ipv6Host, ipv6Host)),
  ports: fc.tuple(port, port),
  sequence: uint32,
  acknowledgment: uint32,
  flags: fc.oneof(
    fc.integer({ min: 0, max: 0x1ff }),
    fc.constantFrom(TcpFlag.SYN, TcpFlag.SYN | TcpFlag.ACK, TcpFlag.ACK),
  ),
  timeToLive: fc.integer({ min: 1, max: 255 }),
  window: uint16,
  synWindow: uint16,
  windowScale: fc.nat(14),
  maximumSegmentSize: fc.integer({ min: 1, max: 65_495 }),
  isServer: fc.boolean(),
  message: fc.oneof(
    { weight: 9, arbitrary: fc.option(fc.uint8Array({ maxLength: 3000 }), { nil: undefined }) },
    { weight: 1, arbitrary: fc.integer({ min: 65_000, max: 65_483 }).map((length) => new Uint8Array(length).fill(7)) },
  ),
  cut: fc.tuple(fc.nat(1000), fc.nat(1000)),
});
type Segment = typeof segment extends fc.Arbitrary<infer T> ? T : never;

function partOf({ message, cut }: Segment): { start: number; end: number } {
  const length = message?.length ?? 0;
  const start = Math.min(cut[0], length);
  return { start, end: Math.max(start, length - cut[1]) };
}

function hostOf({ address, mac, identification }: Segment["hosts"][number]): Host {
  return new Host("host", address, mac, identification);
}

/** By the writer. */
function written(fields: Segment): Uint8Array {
  const slabs = new MemorySlabs();
  const origin = { seconds: 1_767_225_600, ticks: 0 };
  const writer = new PcapWriter(slabs, { linkType: LinkType.RAW, ticksPerSecond: 1_000_000, origin });
  const connections = new ConnectionTable();
  const from = { host: hostOf(fields.hosts[0]), port: fields.ports[0], initialSequence: fields.sequence };
  const to = { host: hostOf(fields.hosts[1]), port: fields.ports[1], initialSequence: 0 };
  const conversation = connections.add(
    ...(fields.isServer ? ([to, from] as const) : ([from, to] as const)),
    new Tally(),
    fields.maximumSegmentSize,
  );
  const side = fields.isServer ? serverOf(conversation) : clientOf(conversation);
  connections.words[SIDE_WORDS * side + SideWord.ACKNOWLEDGED] = fields.acknowledgment;
  const { start, end } = partOf(fields);
  new SegmentWriter(writer, connections, fields).write(0, side, fields.flags, fields.message, start, end);
  writer.finish();
  return framesOf(slabs.concat())[0]!.bytes;
}

/** The same by the codecs. */
function composed(fields: Segment): Uint8Array {
  const { link, hosts, ports, flags, timeToLive, windowScale } = fields;
  const [client, server] = hosts;
  const isSyn = (flags & TcpFlag.SYN) !== 0;
  const options: TcpOption[] = [
    { kind: "mss", value: fields.maximumSegmentSize },
    { kind: "nop" },
    { kind: "nop" },
    { kind: "sackPermitted" },
    { kind: "nop" },
    { kind: "windowScale", shift: windowScale },
  ];
  const { start, end } = partOf(fields);
  const frame: Frame = {
    ...(link === "ethernet" && { ethernet: { source: client.mac, destination: server.mac } }),
    ...(link === "null" && { loopback: {} }),
    ...(typeof client.address === "number" && typeof server.address === "number"
      ? {
          ipv4: {
            source: client.address,
            destination: server.address,
            identification: client.identification,
            dontFragment: true,
            timeToLive,
          },
        }
      : { ipv6: { source: BigInt(client.address), destination: BigInt(server.address), hopLimit: timeToLive } }),
    tcp: {
      sourcePort: ports[0],
      destinationPort: ports[1],
      sequenceNumber: fields.sequence,
      acknowledgmentNumber: (flags & TcpFlag.ACK) === 0 ? 0 : fields.acknowledgment,
      flags,
      window: isSyn ? fields.synWindow : fields.window,
      ...(isSyn && { options }),
    },
    payload: fields.message?.subarray(start, end) ?? new Uint8Array(0),
  };
  return encodeFrame(frame);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

describe("a segment written on the hot path", () => {
  it("is byte for byte what the header codecs make of the same fields", () => {
    const property = fc.property(segment, (fields) => {
      // As text: to compare and to show arrays of 65,535 numbers takes too long.
      expect(hexOf(written(fields))).toBe(hexOf(composed(fields)));
    });
    fc.assert(property, { numRuns: 1000 });
  });
});
