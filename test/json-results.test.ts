/** Whatever a program gets from here, `JSON.stringify` can write, and addresses are text in it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../lib/analyze-capture.ts";
import { inPieces } from "../lib/core/bytes.ts";
import { encapsulateMessages } from "../lib/encapsulate-messages.ts";
import { formatIp, formatMac, macFromIp } from "../lib/headers/address.ts";
import { decodePacket } from "../lib/headers/decode-packet.ts";
import { ethernet } from "../lib/headers/ethernet.ts";
import { decodeFrame, encodeFrame } from "../lib/headers/frame.ts";
import { icmpv6 } from "../lib/headers/icmpv6.ts";
import { ipv4 } from "../lib/headers/ipv4.ts";
import { ipv6 } from "../lib/headers/ipv6.ts";
import { encodePacket } from "../lib/headers/packet.ts";
import { raw } from "../lib/headers/raw.ts";
import { udp } from "../lib/headers/udp.ts";
import { captureBytes } from "../lib/pcap/capture-bytes.ts";
import { captureFromBytes } from "../lib/pcap/capture-from-bytes.ts";
import { type FrameView, viewFrame } from "../lib/report/frame-view.ts";
import { Host } from "../lib/session/host.ts";
import { openMessages } from "../lib/traffic/message-source.ts";
import { everyHeader } from "./headers/every-header.ts";
import { packetsOf } from "./headers/header-entry.ts";
import { handMadeCaptures, randomCapture } from "./helpers/captures/faulty-captures.ts";
import { ethernetFrames } from "./helpers/captures/frames-of-all-kinds.ts";
import { oddCaptures } from "./helpers/captures/odd-captures.ts";

const ipv4Address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const ipv6Address = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
const macAddress = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const payload = fc.uint8Array({ maxLength: 20 });

const parsed = (value: unknown) => JSON.parse(JSON.stringify(value));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("headers in JSON", () => {
  it("have addresses as text, and bytes in hexadecimal, as they are made and as they are read", () => {
    const ends = fc.tuple(macAddress, ipv4Address, ipv4Address, ipv6Address, ipv6Address);
    fc.assert(
      fc.property(ends, payload, ([mac, source4, destination4, source6, destination6], data) => {
        const outer = [ethernet({ source: mac, destination: 1 }), ipv4({ source: source4, destination: destination4 })];
        const given = [
          ...outer,
          ipv6({ source: source6, destination: destination6 }),
          udp({ destinationPort: 9 }),
          raw(data),
        ];
        const read = decodePacket(encodePacket(given));
        for (const stack of [parsed(given), parsed(read)]) {
          const [first, second, third] = stack;
          expect(first).toMatchObject({
            header: "eth",
            fields: { source: formatMac(mac), destination: "00:00:00:00:00:01" },
          });
          expect(second.fields).toMatchObject({ source: formatIp(source4), destination: formatIp(destination4) });
          expect(third).toMatchObject({
            header: "ipv6",
            fields: { source: formatIp(source6), destination: formatIp(destination6) },
          });
          if (data.length > 0) expect(stack.at(-1)).toEqual({ header: "data", fields: { data: hex(data) } });
        }
        // Each of them by itself, too, and a trailer.
        expect(parsed(read[2]!.fields)).toEqual(parsed(read)[2].fields);
        expect(parsed(ethernet({}, data)).trailer).toBe(hex(data));
      }),
    );
  });

  it("are those of a frame, layer by layer", () => {
    fc.assert(
      fc.property(ipv6Address, ipv6Address, payload, payload, (source, destination, data, trailer) => {
        const bytes = encodeFrame({
          ethernet: { source: 1, destination: 2 },
          ipv6: { source, destination },
          udp: { sourcePort: 1, destinationPort: 2 },
          payload: data,
          trailer,
        });
        const frame = decodeFrame(bytes, "ethernet");
        const plain = parsed(frame);
        expect(plain).toMatchObject({
          ethernet: { source: "00:00:00:00:00:01" },
          ipv6: { source: formatIp(source), destination: formatIp(destination) },
          payload: hex(data),
        });
        expect(plain.trailer ?? "").toBe(hex(trailer));
        expect(parsed(frame.ipv6)).toEqual(plain.ipv6);
      }),
    );
  });

  it.each(everyHeader.map((entry) => [entry.header.layer, entry] as const))(
    "of every protocol: %s",
    (_layer, entry) => {
      for (const [, { frame }] of packetsOf(entry)) {
        const bytes = Uint8Array.from(Buffer.from(frame.replaceAll(" ", ""), "hex"));
        const stack = decodePacket(bytes, { linkType: entry.linkType });
        const plain = parsed(stack);
        expect(plain.map(({ header }: { header: string }) => header)).toEqual(stack.map(({ header }) => header.name));
        for (const [index, { fields }] of stack.entries()) expect(parsed(fields)).toEqual(plain[index].fields);
      }
    },
  );
});

const CAPTURES = [
  ...handMadeCaptures(),
  ...oddCaptures(),
  ...[1, 2, 3].map(randomCapture),
  { name: "every kind of frame", bytes: captureBytes(ethernetFrames().map(({ bytes }) => bytes)) },
  { name: "neighbours and echoes of IPv6", bytes: captureBytes(ipv6Control()) },
];
const MOST_VIEWS = 60;

/** A question for a neighbour and its answer, an echo of a ping, and an error about one. */
function ipv6Control(): Uint8Array[] {
  const [one, two] = ["2001:db8::1", "2001:db8::2"];
  const to = (source: string, destination: string) => [ethernet(), ipv6({ source, destination })];
  const ping = [...to(one, two), icmpv6({ type: 128, identifier: 7, sequenceNumber: 1 }), raw("abc")];
  const quoted = encodePacket(ping).subarray(14);
  return [
    [...to(one, "ff02::1:ff00:2"), icmpv6({ type: 135, targetAddress: two })],
    [...to(two, one), icmpv6({ type: 136, targetAddress: two, neighborFlags: "SOLICITED" })],
    ping,
    [...to("2001:db8::9", one), icmpv6({ type: 1, code: 3 }), raw(quoted)],
  ].map((stack) => encodePacket(stack));
}

describe("what happened in a capture, in JSON", () => {
  it.each(CAPTURES.map(({ name, bytes }) => [name, bytes] as const))("%s", async (_name, bytes) => {
    let views = 0;
    const analysis = await analyzeCapture(captureFromBytes(bytes), {
      onPacket: (packet) => {
        if (views++ >= MOST_VIEWS) return;
        const { start, end, bytes } = packet.captured;
        expect(parsed(packet)).toMatchObject({ number: packet.frameNumber, bytes: hex(bytes.subarray(start, end)) });
        const view: FrameView = viewFrame(packet);
        expect(parsed(view).layers).toHaveLength(view.layers.length);
        expect(parsed(view.layers)).toHaveLength(view.layers.length);
      },
    });
    const { capture, tcpStreams, udpStreams, findings, control, artefacts } = analysis;
    const plain = parsed(analysis);
    expect(plain.capture.packets).toBe(capture.packets);
    expect(parsed(findings)).toEqual(plain.findings);
    expect(parsed(findings)).toHaveLength([...findings.findings()].length);
    for (const stream of [...tcpStreams, ...udpStreams]) {
      const { higher, lower, tunnels } = parsed(stream);
      expect([higher, lower]).toEqual(
        [stream.higher, stream.lower].map(({ address, port }) => ({ address: formatIp(address), port })),
      );
      expect(tunnels?.tunnels).toEqual(stream.tunnels && parsed(stream.tunnels.tunnels));
    }
    expect(Object.keys(parsed(control))).toEqual(Object.keys(control));
    expect(parsed(artefacts)).toHaveLength(artefacts.length);
  });

  it("has addresses of IPv6 in all that it says of control messages", async () => {
    const { control } = await analyzeCapture(captureFromBytes(captureBytes(ipv6Control())));
    const plain = parsed(control);
    expect(plain.questions).toMatchObject([{ asker: "2001:db8::1", target: "2001:db8::2" }]);
    expect(plain.echoes).toMatchObject([{ asker: "2001:db8::1", asked: "2001:db8::2" }]);
    expect(plain.errors).toMatchObject([{ from: "2001:db8::9", quoted: { source: "2001:db8::1" } }]);
  });
});

describe("messages in JSON", () => {
  it("have addresses as text, before they are sent and in what was made of them", async () => {
    const csv = "from,to,message,time,src mac\n2001:db8::1,2001:db8::2,hi,0,02:00:00:00:00:07\n";
    const options = { file: "x.csv", ticksPerSecond: 1_000_000 } as const;
    const open = () => openMessages(inPieces(new TextEncoder().encode(csv), 1000), options);
    for await (const [message] of (await open()).batches()) {
      expect(parsed(message)).toMatchObject({
        source: { name: "2001:db8::1", address: "2001:db8::1" },
        payload: hex(new TextEncoder().encode("hi")),
        fields: { sourceMac: "02:00:00:00:00:07" },
      });
    }
    const { conversations } = await encapsulateMessages(await open());
    expect(parsed(conversations)).toMatchObject([
      { client: { address: "2001:db8::1" }, server: { address: "2001:db8::2" } },
    ]);
  });

  it("have hosts with addresses as text", () => {
    fc.assert(
      fc.property(fc.oneof(ipv4Address, ipv6Address), (address) => {
        const mac = macFromIp(address);
        const plain = parsed(new Host("a", address, mac, 1));
        expect(plain).toEqual({ name: "a", address: formatIp(address), mac: formatMac(mac) });
      }),
    );
  });
});
