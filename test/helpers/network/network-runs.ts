/** Messages played over a network that is not ideal, and what whoever looks at the capture finds that the other side has received. */
import { Dissector } from "../../../lib/dissect/dissector.ts";
import { encapsulateMessages, type MemoryCapture } from "../../../lib/encapsulate-messages.ts";
import { formatIp } from "../../../lib/headers/address.ts";
import { LinkType } from "../../../lib/headers/assigned-numbers.ts";
import { ChecksumStatus, LayerKind } from "../../../lib/headers/layer.ts";
import { captureFromBytes } from "../../../lib/pcap/capture-from-bytes.ts";
import { PcapWriter } from "../../../lib/pcap/pcap-writer.ts";
import { MemorySlabs } from "../../../lib/pcap/slabs.ts";
import type { NetworkLink } from "../../../lib/session/network/link-options.ts";
import { defaultLink, defaultNetwork, type NetworkOptions } from "../../../lib/session/network/network-options.ts";
import type { Transmission } from "../../../lib/session/network/transmission.ts";
import { StreamContents } from "../../../lib/streams/stream-contents.ts";
import { StreamTracker } from "../../../lib/streams/stream-tracker.ts";
import type { TcpStream } from "../../../lib/streams/tcp-stream.ts";
import type { MessageObject } from "../../../lib/traffic/message-objects.ts";
import type { TrafficOptions } from "../../../lib/traffic-options.ts";

/** Ticks of a second and of a millisecond. */
export const SECOND = 1_000_000;
export const MS = 1000;

/** What of a network is not as everywhere; what is said of `both` directions goes for each, unless its own says otherwise. */
export interface NetworkParts extends Partial<Omit<NetworkOptions, "links">> {
  readonly both?: Partial<NetworkLink>;
  readonly toServer?: Partial<NetworkLink>;
  readonly toClient?: Partial<NetworkLink>;
}

export function networkOf({ both, toServer, toClient, ...rest }: NetworkParts): NetworkOptions {
  const link = { ...defaultLink(SECOND), ...both };
  return {
    ...defaultNetwork(SECOND),
    ...rest,
    links: { toServer: { ...link, ...toServer }, toClient: { ...link, ...toClient } },
  };
}

/** Bytes that tell where they belong: no part of a message is like another. */
export function bytesOf(index: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 7 + (at >>> 8) * 13 + index * 101) & 0xff);
}

/** A capture, and the truth about it. */
export interface NetworkRun extends MemoryCapture {
  readonly truth: readonly Transmission[];
}

/** @throws Error where more than `most` packets are sent: a run that would not end */
export async function playedOver(
  network: NetworkParts,
  messages: readonly MessageObject[],
  { most = Number.POSITIVE_INFINITY, ...options }: TrafficOptions & { readonly most?: number } = {},
): Promise<NetworkRun> {
  const truth: Transmission[] = [];
  const onTransmission = (transmission: Transmission) => {
    if (truth.push(transmission) > most) throw new Error(`More than ${most} packets were sent, and there is no end.`);
  };
  const all = { payload: "exact", ...options, network: networkOf(network), onTransmission } as const;
  return { ...(await encapsulateMessages(messages, all)), truth };
}

/** What one side of a conversation has received, by what passed its own end of the path. */
export interface Received {
  /** Address of who has sent it. */
  readonly from: string;
  readonly to: string;
  /** Up to the first that are missing. */
  readonly bytes: Buffer;
  /** Whether bytes are missing before others that were seen. */
  readonly hasGap: boolean;
  readonly hasFin: boolean;
}

/**
 * The bytes of both directions of each stream, put together from undamaged segments alone, as receivers do.
 *
 * @param interfaceId only what was captured there counts
 */
export function receivedIn(capture: Uint8Array, interfaceId = 0): Received[] {
  const reading = captureFromBytes(capture);
  const dissector = new Dissector();
  const tracker = new StreamTracker();
  const followed = new Map<TcpStream, { contents: StreamContents; sides: [Side, Side] }>();
  while (reading.next()) {
    const { packet } = reading;
    if (packet.interfaceId !== interfaceId) continue;
    const outline = dissector.dissect(packet);
    if (outline.transport !== LayerKind.TCP || outline.tcpChecksum === ChecksumStatus.BAD) continue;
    tracker.add(outline, packet);
    const stream = tracker.stream as TcpStream;
    let known = followed.get(stream);
    if (known === undefined) {
      const sides: [Side, Side] = [newSide(), newSide()];
      const contents = new StreamContents({
        data: (bytes, isFromHigher) => {
          const side = sides[isFromHigher ? 1 : 0];
          if (!side.hasGap) side.parts.push(bytes.slice());
        },
        gap: (_length, isFromHigher) => {
          sides[isFromHigher ? 1 : 0].hasGap = true;
        },
        fin: (isFromHigher) => {
          sides[isFromHigher ? 1 : 0].hasFin = true;
        },
      });
      known = { contents, sides };
      followed.set(stream, known);
    }
    known.contents.add(outline, tracker.isFromHigher, packet.number);
  }
  return [...followed].flatMap(([stream, { contents, sides }]) => {
    contents.finish();
    const names = [stream.lower, stream.higher].map(({ address }) => formatIp(address)) as [string, string];
    return sides.map(({ parts, hasGap, hasFin }, index) => {
      return { from: names[index]!, to: names[1 - index]!, bytes: Buffer.concat(parts), hasGap, hasFin };
    });
  });
}

interface Side {
  readonly parts: Uint8Array[];
  hasGap: boolean;
  hasFin: boolean;
}

const newSide = (): Side => ({ parts: [], hasGap: false, hasFin: false });

/**
 * One capture of several, whose frames come one after the other, those of each later than those before.
 *
 * @param isWhole whether damaged segments are left out, as receivers do, which whoever follows a stream in a capture does not
 */
export function joined(captures: readonly Uint8Array[], isWhole = false): Uint8Array {
  const dissector = new Dissector();
  const slabs = new MemorySlabs();
  const origin = { seconds: 0, ticks: 0 };
  const writer = new PcapWriter(slabs, { linkType: LinkType.ETHERNET, ticksPerSecond: SECOND, origin });
  let begins = 0;
  for (const capture of captures) {
    const reading = captureFromBytes(capture);
    let first: number | undefined;
    let last = 0;
    while (reading.next()) {
      const { bytes, start, end, seconds, nanoseconds } = reading.packet;
      if (isWhole && dissector.dissect(reading.packet).tcpChecksum === ChecksumStatus.BAD) continue;
      const time = seconds * SECOND + Math.round(nanoseconds / 1000);
      first ??= time;
      last = time - first;
      const offset = writer.reserve(begins + last, end - start);
      writer.bytes.set(bytes.subarray(start, end), offset);
    }
    begins += last + SECOND;
  }
  writer.finish();
  return slabs.concat();
}
