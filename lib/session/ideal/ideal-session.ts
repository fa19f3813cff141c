/** The session that most programs want, with all that any of its frames needs. */
import type { FrameSink } from "../../core/frame-sink.ts";
import { Annotator } from "../annotator.ts";
import { EncapsulatingSink } from "../encapsulation/encapsulating-sink.ts";
import { requireSession } from "../given-messages.ts";
import { makePacketWriters } from "../packet-writers.ts";
import type { Session, SessionOptions } from "../session.ts";
import { ConstantSession } from "./constant-session.ts";

const ALL_PARTS = { Annotator, EncapsulatingSink, makePacketWriters };

/**
 * A session over links that lose nothing and always take the same time, which writes frames into a sink in the order of their
 * times. What is asked for is written when `advance` comes to its time.
 *
 * @example
 * ```ts
 * import { Host, IdealSession, LinkType, macFromIp, MemorySlabs, parseIpv4, PcapWriter } from "wirewright";
 *
 * const slabs = new MemorySlabs();
 * const origin = { seconds: 1_767_225_600, ticks: 0 };
 * const writer = new PcapWriter(slabs, { linkType: LinkType.ETHERNET, ticksPerSecond: 1_000_000, origin });
 * const session = new IdealSession(writer, { ticksPerSecond: 1_000_000 });
 * const hostAt = (name: string, ip: string) => new Host(name, parseIpv4(ip), macFromIp(parseIpv4(ip)), 1);
 * const client = { host: hostAt("browser", "10.0.0.1"), port: 49152 };
 * const tcp = session.connect(client, { host: hostAt("server", "10.0.0.2"), port: 7 });
 * session.open(tcp, 0);
 * session.send(tcp, "client", 5000, new TextEncoder().encode("hello"));
 * session.close(tcp, "client", 20_000);
 * session.advance(Number.POSITIVE_INFINITY);
 * writer.finish();
 * console.log(session.tallyOf(tcp).packets); // 9
 * ```
 */
export const IdealSession: IdealSessionMaker = class extends ConstantSession {
  constructor(sink: FrameSink, options: SessionOptions) {
    requireSession(sink, options);
    super(sink, options, ALL_PARTS);
  }
};

/** What `IdealSession` is, for `new`. */
export interface IdealSessionMaker {
  /**
   * Writes frames into `sink`, in the order of their times.
   *
   * @throws WirewrightError BAD_OPTION for a size, a time to live or a port that cannot be
   */
  new (sink: FrameSink, options: SessionOptions): Session;
}

/** What `new IdealSession` makes. */
export type IdealSession = Session;
