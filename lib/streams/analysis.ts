/** What the analysis of a whole capture comes to. */

import type { Moment } from "../core/time.ts";
import type { CaptureFormat } from "../pcap/capture-file.ts";
import type { CaptureInterface } from "../pcap/capture-parser.ts";
import type { ApplicationName } from "./application-names.ts";
import type { Artefact } from "./artefacts.ts";
import type { ControlMessages } from "./control/control-log.ts";
import type { FindingLog } from "./finding-log.ts";
import type { TcpStream, UdpStream } from "./tcp-stream.ts";

/** What the file says of itself, and counts of all its packets. */
export interface CaptureFacts {
  /** What the file is called. */
  readonly name: string;
  /** The format of the file. */
  readonly format: CaptureFormat;
  /** Whether the file is packed with gzip. */
  readonly isCompressed: boolean;
  /** All packets of the file. */
  readonly packets: number;
  /** Packets that match the filter; all of them where there is none. */
  readonly selectedPackets: number;
  /** Packets that no network adapter has seen: a `Recorder` made them from what sockets did. */
  readonly reconstructedPackets: number;
  /** Bytes of all packets as far as they were captured. */
  readonly capturedBytes: number;
  /** Bytes that all packets had on the wire. */
  readonly wireBytes: number;
  /** Of the earliest and latest packet with a time. */
  readonly firstMoment: Moment | undefined;
  /** Of the latest packet with a time; undefined where none has one. */
  readonly lastMoment: Moment | undefined;
  /** Packets by the LINKTYPE number of their interface. */
  readonly linkTypes: ReadonlyMap<number, number>;
  /** Packets by the name of their innermost protocol, up to the transport. */
  readonly protocols: ReadonlyMap<string, number>;
  /** Packets by the application whose data they carry, as far as their contents show it. */
  readonly applications: readonly CapturedApplication[];
  /** Packets that match the filter and have headers that were not looked into, by the name of the first of these. */
  readonly unread: ReadonlyMap<string, number>;
  /** Where packets came from, in the order of the file. */
  readonly interfaces: readonly CaptureInterface[];
  /** What the file says of itself, section by section. */
  readonly comments: readonly string[];
  /** The program that wrote the file, where the file names it. */
  readonly application: string | undefined;
  /** What is wrong with the file, as sentences. */
  readonly warnings: readonly string[];
}

/** How many packets carry data of one application over one transport. */
export interface CapturedApplication {
  /** The application. */
  readonly name: ApplicationName;
  /** What carries it. */
  readonly transport: "TCP" | "UDP";
  /** Packets with its data. */
  readonly packets: number;
}

/** What a capture comes to, as far as the filter selects it. */
export interface Analysis {
  /** What the file says of itself, and counts of all its packets. */
  readonly capture: CaptureFacts;
  /** Those with a packet that matches the filter, by their numbers. */
  readonly tcpStreams: readonly TcpStream[];
  /** As `tcpStreams`, of UDP. */
  readonly udpStreams: readonly UdpStream[];
  /** Of the packets that match the filter. */
  readonly findings: FindingLog;
  /** What ICMP, ARP and neighbour discovery say, as far as packets that match the filter have a part in it. */
  readonly control: ControlMessages;
  /** Traces of how the capture was made that look like faults. */
  readonly artefacts: readonly Artefact[];
}

/** An analysis that can be written as JSON. */
export interface AnalysisWithJson extends Analysis {
  /** As JSON has it: the object that `analyze --json` writes. */
  toJSON(): object;
}
