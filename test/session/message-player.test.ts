/** Connections are ended by one call, or step by step, with the same packets. */
import { describe, expect, it } from "vitest";
import { macFromIp, parseIpv4 } from "../../lib/headers/address.ts";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { PcapWriter } from "../../lib/pcap/pcap-writer.ts";
import { MemorySlabs } from "../../lib/pcap/slabs.ts";
import { Host } from "../../lib/session/host.ts";
import { IdealSession } from "../../lib/session/ideal/ideal-session.ts";
import { MessagePlayer } from "../../lib/session/message-player.ts";

const TICKS = 1_000_000;
const FIRST_PORT = 10_000;

const hostAt = (ip: string) => new Host(ip, parseIpv4(ip), macFromIp(parseIpv4(ip)), 1);

/** A capture of so many connections, each of which says one thing. */
function played(count: number, end: (player: MessagePlayer, session: IdealSession) => void): Uint8Array {
  const slabs = new MemorySlabs();
  const origin = { seconds: 1000, ticks: 0 };
  const writer = new PcapWriter(slabs, { linkType: LinkType.ETHERNET, ticksPerSecond: TICKS, origin });
  const session = new IdealSession(writer, { ticksPerSecond: TICKS });
  const player = new MessagePlayer(session);
  const [client, server] = [hostAt("10.0.0.1"), hostAt("10.0.0.2")];
  for (let index = 0; index < count; index++) {
    const tcp = session.connect({ host: client, port: FIRST_PORT + index }, { host: server, port: 7 });
    player.adopt(tcp);
    player.message(tcp, "client", index, Uint8Array.of(1));
  }
  while (!player.advance(Number.POSITIVE_INFINITY));
  end(player, session);
  while (!player.advance(Number.POSITIVE_INFINITY));
  writer.finish();
  return slabs.concat();
}

function packetsIn(capture: Uint8Array): number {
  const reading = captureFromBytes(capture);
  while (reading.next());
  return reading.packet.number;
}

const HANDSHAKE_AND_MESSAGE = 5;
const CLOSE = 4;

describe("a player that ends its connections", () => {
  it.each([1, 3, 1024, 2500])("ends all %i of them by one plain call", (count) => {
    let lastClosing = 0;
    const capture = played(count, (player) => {
      lastClosing = player.closeAll();
    });
    expect(packetsIn(capture)).toBe(count * (HANDSHAKE_AND_MESSAGE + CLOSE));
    expect(lastClosing).toBeGreaterThan(count);
  });

  it("ends as many step by step, with the same bytes", () => {
    const atOnce = played(2500, (player) => void player.closeAll());
    let steps = 0;
    const inTurn = played(2500, (player, session) => {
      for (const until of player.closings()) {
        steps++;
        while (!session.advance(until));
      }
    });
    expect(steps).toBe(2);
    expect(Buffer.compare(inTurn, atOnce)).toBe(0);
  });

  it("ends nothing twice", () => {
    const capture = played(3, (player) => {
      player.closeAll();
      player.closeAll();
    });
    expect(packetsIn(capture)).toBe(3 * (HANDSHAKE_AND_MESSAGE + CLOSE));
  });
});
