/** Conversations and facts of the capture as objects of JSON. The interfaces are their documentation. */
import { formatIp } from "../../headers/address.ts";
import { NO_LINK_TYPE } from "../../pcap/capture-file.ts";
import { linkTypeName } from "../../pcap/link-types.ts";
import type { CaptureFacts } from "../../streams/analysis.ts";
import { SCALE_NOT_USED, SCALE_UNKNOWN, type TcpSide } from "../../streams/tcp-side.ts";
import type { Close, EndPoint, Handshake, TcpStream } from "../../streams/tcp-stream.ts";
import type { StreamTunnel } from "../../streams/tunnels.ts";
import { decimalSeconds, elapsed, ofNanoseconds } from "../moments.ts";
import type { AnyStream } from "../stream-selection.ts";
import { dataBytes, payloadBytes } from "../text/conversation-summary.ts";

/** One end of a stream. */
export interface JsonEndPoint {
  /** Its IP address, as text. */
  readonly address: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** A value for each side; where it is not known, the key is left out. */
export interface PerSide<T> {
  /** Of the client. */
  readonly client?: T;
  /** Of the server. */
  readonly server?: T;
}

/** A stream of TCP or UDP. */
export interface JsonConversation {
  /** Counts from 0 for each protocol. */
  readonly stream: number;
  /** What carries it. */
  readonly protocol: "TCP" | "UDP";
  /** The end that counts as the client. */
  readonly client: JsonEndPoint;
  /** The end that counts as the server. */
  readonly server: JsonEndPoint;
  /** The application whose data it carries, as far as its contents show it: "HTTP", "DNS". */
  readonly application?: string;
  /** Packets of both directions. */
  readonly packets: number;
  /** Bytes of its frames on the wire. */
  readonly bytes: number;
  /** Each byte once, however often it was sent. */
  readonly payloadBytes: Required<PerSide<number>>;
  /** Bytes that were sent again, and those of keep-alives and probes, which are no data; left out where there are none. */
  readonly repeatedBytes?: Required<PerSide<number>>;
  /** Of its first packet: seconds since 1970, nine digits after the point. */
  readonly start: string;
  /** From its first packet to its last, in seconds, nine digits after the point. */
  readonly duration: string;
  /** Whether its packets were made from what sockets did, and seen by no network adapter; left out where they were not. */
  readonly reconstructed?: true;
  /** The frames that count in it. */
  readonly frames: JsonFrames;
  /** What its packets went through, up to eight ways, and how many went each way; left out where none went through a tunnel. */
  readonly tunnels?: readonly JsonTunnel[];
  /** How the opening of a TCP connection looks. */
  readonly handshake?: Handshake;
  /** How the end of a TCP connection looks. */
  readonly close?: Close;
  /** Of the handshake, from the SYN to the ACK that completes it: seconds, nine digits after the point; left out where that time was made up. */
  readonly roundTripTime?: string;
  /** From the SYNs. */
  readonly maximumSegmentSize?: PerSide<number>;
  /** Shift counts from the SYNs; left out where windows are not scaled. */
  readonly windowScale?: PerSide<number>;
  /** Bytes of payload in the largest segment. */
  readonly largestSegment?: Required<PerSide<number>>;
}

/** Headers that packets stood behind, outermost first. */
export interface JsonTunnel {
  /** The headers. */
  readonly headers: readonly {
    /** "VXLAN", "GRE", "PPPoE session"; "IP" is IP in IP. */
    readonly name: string;
    /** What tells the tunnel from others between the same ends. */
    readonly identifier?: number;
    /** The addresses around it, the lower first. */
    readonly between?: readonly [string, string];
  }[];
  /** Packets of the stream that went this way. */
  readonly packets: number;
}

/** Numbers of frames: the first and the last, and the first of each step of opening and closing. */
export interface JsonFrames {
  /** The first frame. */
  readonly first: number;
  /** The last frame. */
  readonly last: number;
  /** The first SYN. */
  readonly syn?: number;
  /** The answer to it. */
  readonly synAck?: number;
  /** The first acknowledgement of the client after its SYN. */
  readonly ack?: number;
  /** The first FIN of the client. */
  readonly clientFin?: number;
  /** The first FIN of the server. */
  readonly serverFin?: number;
  /** The first RST of the client. */
  readonly clientReset?: number;
  /** The first RST of the server. */
  readonly serverReset?: number;
}

/**
 * A stream as an entry of `conversations`: times are decimal seconds with nine digits, as text.
 *
 * @example
 * ```ts
 * import { analyzeCapture, captureFromBytes, conversationJson, encapsulateMessages } from "wirewright";
 *
 * const { capture } = await encapsulateMessages([{ from: "Alice", to: "Bob", message: "hello", time: 0 }]);
 * const { tcpStreams } = await analyzeCapture(captureFromBytes(capture));
 * const { client, server, packets } = conversationJson(tcpStreams[0]!);
 * console.log(client.address, server.address, packets); // 10.0.0.1 10.0.0.2 9
 * ```
 */
export function conversationJson(stream: AnyStream): JsonConversation {
  const [client, server] = payloadBytes(stream);
  const common: Omit<JsonConversation, "frames"> = {
    stream: stream.number,
    protocol: stream.protocol,
    client: endPoint(stream.client),
    server: endPoint(stream.server),
    ...(stream.application !== undefined && { application: stream.application }),
    packets: stream.packets,
    bytes: stream.wireBytes,
    payloadBytes: { client, server },
    start: decimalSeconds(stream.firstMoment),
    duration: decimalSeconds(elapsed(stream.firstMoment, stream.lastMoment)),
    ...(stream.isReconstructed && { reconstructed: true as const }),
    ...(stream.tunnels !== undefined && { tunnels: stream.tunnels.tunnels.map(tunnelJson) }),
  };
  const frames = { first: stream.firstFrame, last: stream.lastFrame };
  return stream.protocol === "TCP" ? { ...common, ...tcpJson(stream, frames) } : { ...common, frames };
}

function tunnelJson({ headers, packets }: StreamTunnel): JsonTunnel {
  const plain = headers.map(({ between, ...rest }) => {
    return {
      ...rest,
      ...(between !== undefined && { between: [formatIp(between[0]), formatIp(between[1])] as const }),
    };
  });
  return { headers: plain, packets };
}

function tcpJson(stream: TcpStream, outer: { first: number; last: number }) {
  const { fromClient, fromServer, handshake, close, roundTripTime } = stream;
  const maximumSegmentSize = perSide(fromClient.maximumSegmentSize, fromServer.maximumSegmentSize);
  const windowScale = perSide(scaleOf(fromClient), scaleOf(fromServer));
  return {
    handshake,
    close,
    ...repeated(fromClient, fromServer),
    ...(roundTripTime > 0 &&
      !stream.isReconstructed && { roundTripTime: decimalSeconds(ofNanoseconds(roundTripTime)) }),
    ...(maximumSegmentSize !== undefined && { maximumSegmentSize }),
    ...(windowScale !== undefined && { windowScale }),
    largestSegment: { client: fromClient.largestSegment, server: fromServer.largestSegment },
    frames: {
      ...outer,
      ...known("syn", stream.synFrame),
      ...known("synAck", stream.synAckFrame),
      ...known("ack", stream.handshakeAckFrame),
      ...known("clientFin", fromClient.finFrame),
      ...known("serverFin", fromServer.finFrame),
      ...known("clientReset", fromClient.resetFrame),
      ...known("serverReset", fromServer.resetFrame),
    },
  };
}

function repeated(client: TcpSide, server: TcpSide): Pick<JsonConversation, "repeatedBytes"> {
  const again = (side: TcpSide) => side.bytes - dataBytes(side);
  const repeatedBytes = { client: again(client), server: again(server) };
  return repeatedBytes.client + repeatedBytes.server > 0 ? { repeatedBytes } : {};
}

function endPoint({ address, port }: EndPoint): JsonEndPoint {
  return { address: formatIp(address), port };
}

function perSide(client: number | undefined, server: number | undefined): PerSide<number> | undefined {
  if (client === undefined && server === undefined) return undefined;
  return { ...(client !== undefined && { client }), ...(server !== undefined && { server }) };
}

function scaleOf({ windowScale }: TcpSide): number | undefined {
  return windowScale === SCALE_UNKNOWN || windowScale === SCALE_NOT_USED ? undefined : windowScale;
}

function known(name: string, frame: number): Record<string, number> {
  return frame === 0 ? {} : { [name]: frame };
}

/** What the file says of itself, and counts of all its packets, whatever the filter. */
export interface JsonCapture {
  /** What the file is called. */
  readonly name: string;
  /** "pcap" or "pcapng". */
  readonly format: string;
  /** Whether the file is packed with gzip. */
  readonly compressed: boolean;
  /** All packets of the file. */
  readonly packets: number;
  /** Packets that match the filter. */
  readonly selectedPackets: number;
  /** Packets that no network adapter has seen, since they were made from what sockets did; left out where there are none. */
  readonly reconstructedPackets?: number;
  /** Bytes of all packets as far as they were captured. */
  readonly capturedBytes: number;
  /** Bytes that all packets had on the wire. */
  readonly wireBytes: number;
  /** Of the earliest and the latest packet: seconds since 1970, nine digits after the point. */
  readonly start?: string;
  /** Of the latest packet, as `start`. */
  readonly end?: string;
  /** The link types of its packets. */
  readonly linkTypes: readonly {
    /** The LINKTYPE number. */
    readonly number: number;
    /** What it is called. */
    readonly name: string;
    /** Packets that have it. */
    readonly packets: number;
  }[];
  /** Its packets by their innermost protocol, up to the transport. */
  readonly protocols: readonly JsonProtocol[];
  /** Packets that match the filter and have headers that were not looked into, by the first of these: "GRE", "MPLS". */
  readonly notLookedInto: readonly {
    /** What the file is called. */
    readonly name: string;
    /** Packets that have it. */
    readonly packets: number;
  }[];
  /** Where packets came from. */
  readonly interfaces: CaptureFacts["interfaces"];
  /** The program that wrote the file, where the file names it. */
  readonly application?: string;
  /** What the file says of itself. */
  readonly comments: readonly string[];
  /** What is wrong with the file, as sentences. */
  readonly warnings: readonly string[];
}

/** Packets of one protocol. */
export interface JsonProtocol {
  /** The protocol. */
  readonly name: string;
  /** Packets of it. */
  readonly packets: number;
  /** Of these packets, those that carry the data of an application that their contents show. */
  readonly applications?: readonly {
    /** The application. */
    readonly name: string;
    /** Packets with its data. */
    readonly packets: number;
  }[];
}

/**
 * What the file says of itself, and counts of all its packets, as the entry `capture`.
 *
 * @example
 * ```ts
 * import { analyzeCapture, captureBytes, captureFromBytes, captureJson, encodePacket, ethernet, ipv4, udp } from "wirewright";
 *
 * const file = captureBytes([encodePacket([ethernet(), ipv4(), udp()])]);
 * const { capture } = await analyzeCapture(captureFromBytes(file, "one.pcapng"));
 * const { format, packets, wireBytes } = captureJson(capture);
 * console.log(format, packets, wireBytes); // pcapng 1 42
 * ```
 */
export function captureJson(capture: CaptureFacts): JsonCapture {
  const { firstMoment, lastMoment, application } = capture;
  return {
    name: capture.name,
    format: capture.format,
    compressed: capture.isCompressed,
    packets: capture.packets,
    selectedPackets: capture.selectedPackets,
    ...(capture.reconstructedPackets > 0 && { reconstructedPackets: capture.reconstructedPackets }),
    capturedBytes: capture.capturedBytes,
    wireBytes: capture.wireBytes,
    ...(firstMoment !== undefined && { start: decimalSeconds(firstMoment) }),
    ...(lastMoment !== undefined && { end: decimalSeconds(lastMoment) }),
    linkTypes: Array.from(capture.linkTypes, ([number, packets]) => {
      return { number, name: number === NO_LINK_TYPE ? "no packet" : linkTypeName(number), packets };
    }),
    protocols: Array.from(capture.protocols, ([name, packets]) => {
      const applications = capture.applications
        .filter(({ transport }) => transport === name)
        .map(({ name, packets }) => ({ name, packets }));
      return { name, packets, ...(applications.length > 0 && { applications }) };
    }),
    notLookedInto: Array.from(capture.unread, ([name, packets]) => ({ name, packets })),
    interfaces: capture.interfaces,
    ...(application !== undefined && { application }),
    comments: capture.comments,
    warnings: capture.warnings,
  };
}
