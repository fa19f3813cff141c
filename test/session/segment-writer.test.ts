import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeFrame, encodeFrame, type Frame } from "../../lib/frame.ts";
import { TcpFlag } from "../../lib/headers/tcp.ts";
import { LinkType } from "../../lib/pcap/link-types.ts";
import { PcapWriter } from "../../lib/pcap/pcap-writer.ts";
import { MemorySlabs } from "../../lib/pcap/slabs.ts";
import { Connections } from "../../lib/session/connections.ts";
import { clientOf, Tally } from "../../lib/session/conversation.ts";
import { Host } from "../../lib/session/host.ts";
import { type LinkKind, SegmentWriter } from "../../lib/session/segment-writer.ts";
import { framesOf } from "../helpers/captures.ts";

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const uint16 = fc.integer({ min: 0, max: 0xffff });
const port = fc.integer({ min: 1, max: 0xffff });
const host = fc.record({ address: uint32, mac: fc.integer({ min: 0, max: 2 ** 48 - 1 }), identification: uint16 });
const links: readonly LinkKind[] = ["ethernet", "raw", "null"];

/** The same frame without anything that the codecs are able to compute. */
function withoutComputedFields(frame: Frame): Frame {
  const { totalLength, headerChecksum, internetHeaderLength, ...ipv4 } = frame.ipv4 as Required<
    NonNullable<Frame["ipv4"]>
  >;
  const { checksum, dataOffset, ...tcp } = frame.tcp as Required<NonNullable<Frame["tcp"]>>;
  expect([totalLength, headerChecksum, internetHeaderLength, checksum, dataOffset]).not.toContain(undefined);
  return { ...frame, ipv4, tcp };
}

describe("a segment written on the hot path", () => {
  it("is byte for byte what the header codecs make of the same fields", () => {
    const segment = fc.record({
      link: fc.constantFrom(...links),
      client: host,
      server: host,
      ports: fc.tuple(port, port),
      sequence: uint32,
      acknowledgment: uint32,
      flags: fc.constantFrom(
        TcpFlag.ACK,
        TcpFlag.ACK | TcpFlag.PSH,
        TcpFlag.ACK | TcpFlag.FIN,
        TcpFlag.ACK | TcpFlag.RST,
      ),
      timeToLive: fc.integer({ min: 1, max: 255 }),
      window: uint16,
      message: fc.uint8Array({ maxLength: 3000 }),
      cut: fc.tuple(fc.nat(1000), fc.nat(1000)),
    });
    fc.assert(
      fc.property(segment, (fields) => {
        const slabs = new MemorySlabs();
        const writer = new PcapWriter(slabs, {
          linkType: LinkType.RAW,
          ticksPerSecond: 1_000_000,
          origin: { seconds: 1_767_225_600, ticks: 0 },
        });
        const { link, timeToLive, window } = fields;
        const connections = new Connections();
        const hostOf = (name: string, { address, mac, identification }: typeof fields.client) =>
          new Host(name, address, mac, identification);
        const conversation = connections.add(
          { host: hostOf("c", fields.client), port: fields.ports[0], initialSequence: fields.sequence },
          { host: hostOf("s", fields.server), port: fields.ports[1], initialSequence: 0 },
          new Tally(),
          1460,
        );
        const client = clientOf(conversation);
        connections.acknowledged[client] = fields.acknowledgment;
        const options = { link, timeToLive, window, synWindow: 65_535, windowScale: 7 };
        const segments = new SegmentWriter(writer, connections, options);
        const start = Math.min(fields.cut[0], fields.message.length);
        const end = Math.max(start, fields.message.length - fields.cut[1]);
        segments.write(0, client, fields.flags, fields.message, start, end);
        writer.finish();

        const written = framesOf(slabs.concat())[0]!.bytes;
        const decoded = decodeFrame(written, link);
        expect(encodeFrame(withoutComputedFields(decoded))).toEqual(written);
        expect(decoded.payload ?? new Uint8Array()).toEqual(fields.message.subarray(start, end));
        expect(decoded.ipv4).toMatchObject({
          source: fields.client.address,
          destination: fields.server.address,
          identification: fields.client.identification,
          timeToLive,
          dontFragment: true,
        });
        expect(decoded.tcp).toMatchObject({
          sourcePort: fields.ports[0],
          destinationPort: fields.ports[1],
          sequenceNumber: fields.sequence,
          acknowledgmentNumber: fields.acknowledgment,
          flags: fields.flags,
          window,
        });
        if (link === "ethernet") {
          expect(decoded.ethernet).toEqual({
            source: fields.client.mac,
            destination: fields.server.mac,
            etherType: 0x0800,
          });
        }
      }),
    );
  });
});
