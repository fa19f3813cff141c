import { describe, expect, it } from "vitest";
import { macFromIp, parseIpv4, parseIpv6 } from "../../lib/headers/address.ts";
import { decodeFrame } from "../../lib/headers/frame.ts";
import { DatagramFlow } from "../../lib/session/conversation.ts";
import { Host } from "../../lib/session/host.ts";
import type { Session } from "../../lib/session/session.ts";
import { captureFile, captureOf, framesOf, temporaryFolder } from "../helpers/captures/captures.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { complaints, tshark } from "../helpers/judges/tshark.ts";

const folder = temporaryFolder();

const four = (last: number) => {
  const address = parseIpv4(`10.0.0.${last}`);
  return new Host(`four-${last}`, address, macFromIp(address), 100 * last);
};
const six = (last: number) => {
  const address = parseIpv6(`2001:db8::${last}`);
  return new Host(`six-${last}`, address, macFromIp(address), 100 * last);
};

function flowOf(session: Session, host: (last: number) => Host, sizes: readonly number[]): void {
  const flow = new DatagramFlow({ host: host(1), port: 50_000 }, { host: host(2), port: 9999 });
  sizes.forEach((size, index) => {
    const payload = new Uint8Array(size).map((_, at) => at % 251);
    session.sendDatagram(flow, index % 2 === 0 ? "client" : "server", index * 1000, payload);
  });
}

describe("datagrams", () => {
  it("pass at their times, in both directions, without an answer", () => {
    const frames = framesOf(captureOf((session) => flowOf(session, four, [0, 5])));
    expect(frames.map(({ time }) => time)).toEqual([0, 1000]);
    const [first, second] = frames.map(({ bytes }) => decodeFrame(bytes, "ethernet"));
    expect(first!.udp).toMatchObject({ sourcePort: 50_000, destinationPort: 9999, length: 8 });
    expect(second!.udp).toMatchObject({ sourcePort: 9999, destinationPort: 50_000, length: 13 });
    expect(second!.ipv4).toMatchObject({ identification: 200, dontFragment: true, timeToLive: 64 });
  });

  it("that no IP packet has room for are refused", () => {
    expect(() => captureOf((session) => flowOf(session, four, [65_508]))).toThrow(
      "A datagram of 65508 bytes is too long; the most is 65507.",
    );
    expect(() => captureOf((session) => flowOf(session, six, [65_528]))).toThrow("the most is 65527.");
  });

  describe.skipIf(isMissing("tshark"))("as tshark sees them", () => {
    const sizes = [1, 1471, 1472, 1473, 2952, 2953, 9000, 65_507];
    it.each([
      ["IPv4", four, "ethernet"],
      ["IPv4", four, "raw"],
      ["IPv6", six, "ethernet"],
      ["IPv6", six, "null"],
    ] as const)("are whole again where they were cut into fragments: %s, %s", (name, host, link) => {
      const file = captureFile(
        folder,
        `${name}-${link}.pcap`,
        captureOf((session) => flowOf(session, host, sizes), { link }),
      );
      expect(complaints(file)).toEqual([]);
      const payloads = tshark("-r", file, "-Y", "udp", "-T", "fields", "-e", "udp.payload").trim().split("\n");
      const expected = sizes.map((size) => Buffer.from(new Uint8Array(size).map((_, at) => at % 251)).toString("hex"));
      expect(payloads).toEqual(expected);
      for (const { bytes } of framesOf(captureOf((session) => flowOf(session, host, sizes), { link: "raw" }))) {
        expect(bytes.length).toBeLessThanOrEqual(1500);
      }
    });
  });
});

describe.skipIf(isMissing("tshark"))("TCP over IPv6", () => {
  it.each(["ethernet", "raw", "null"] as const)("draws no complaint, with segments that fit the MTU (%s)", (link) => {
    const capture = captureOf(
      (session) => {
        const conversation = session.connect({ host: six(1), port: 50_000 }, { host: six(2), port: 9999 });
        session.open(conversation, 0);
        session.send(conversation, "client", 5000, new Uint8Array(200_000).fill(0x61));
        session.send(conversation, "server", 900_000, new Uint8Array(5));
        session.close(conversation, "client", 1_000_000);
      },
      { link },
    );
    const file = captureFile(folder, `tcp6-${link}.pcap`, capture);
    expect(complaints(file)).toEqual([]);
    const lengths = tshark("-r", file, "-T", "fields", "-e", "ipv6.plen").trim().split("\n").map(Number);
    expect(Math.max(...lengths)).toBe(1460);
    const sent = tshark("-r", file, "-Y", "tcp.srcport == 50000", "-T", "fields", "-e", "tcp.len").trim().split("\n");
    expect(sent.reduce((sum, length) => sum + Number(length), 0)).toBe(200_000);
  });
});
