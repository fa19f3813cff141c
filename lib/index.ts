/**
 * Packets, sessions, captures in memory, what is in them and what is to be said of them: the face of the package for wherever
 * JavaScript runs. `wirewright/node` adds files, adapters and sockets.
 *
 * @module wirewright
 */

export { analyzeCapture } from "./analyze-capture.ts";
export { type ViewedBytes, viewOf } from "./core/bytes.ts";
export {
  finishChecksum,
  foldSum,
  internetChecksum,
  ipv4PseudoHeaderSum,
  ipv6PseudoHeaderSum,
  sumBytes,
  updateChecksum,
} from "./core/checksum.ts";
export {
  PacketError,
  type PacketErrorCode,
  type PacketErrorDetails,
  type StoppedAt,
  WirewrightError,
} from "./core/errors.ts";
export type { FrameDirection, FrameNotes, FrameSink } from "./core/frame-sink.ts";
export { SeededRandom } from "./core/random.ts";
export * from "./core/sequence.ts";
export type { ChangingMoment, Moment, Origin, PacketPlace, TicksPerSecond } from "./core/time.ts";
export type { DialectOptions, ReadOptions } from "./csv/csv-reader.ts";
export type { ColumnMeaning, DateOrder, Delimiter, Dialect, PacketListCounts } from "./csv/dialect.ts";
export type { RowFields } from "./csv/frame-columns.ts";
export {
  InputError,
  type InputErrorCode,
  type InputPlace,
  type RemarkCode,
  type WarningCode,
} from "./csv/input-errors.ts";
export type { EndPoint, Message as InputMessage } from "./csv/message.ts";
export type { Transport } from "./csv/protocol-names.ts";
export type { Warning } from "./csv/warnings.ts";
export { describeLayers, type FieldContext } from "./dissect/describe-layers.ts";
export { Dissector } from "./dissect/dissector.ts";
export type { Flow } from "./dissect/flow.ts";
export { PacketOutline } from "./dissect/outline.ts";
export type { SegmentPart } from "./dissect/payload.ts";
export {
  type AddressMap,
  type IpRule,
  type MacRule,
  type PrefixRule,
  parseIpRule,
  parseMacRule,
  RuleMap,
  tryParseIpRule,
  tryParseMacRule,
} from "./edit/address-map.ts";
export { type FrameEditOptions, FrameEditor } from "./edit/frame-editor.ts";
export { type LeftOutReason, LINK_TARGETS, type LinkOptions } from "./edit/link-editor.ts";
export type { EditCounts } from "./edit/packet-editor.ts";
export { type FrameRange, parseFrameRanges, parseShift, tryParseFrameRanges, tryParseShift } from "./edit/selection.ts";
export { parseSplitRule, type SplitRule, tryParseSplitRule, type WrittenFile } from "./edit/splitter.ts";
export {
  type CaptureSummary,
  encapsulateCsv,
  encapsulateMessages,
  type MemoryCapture,
} from "./encapsulate-messages.ts";
export type { FieldType as FilterFieldType } from "./filter/field-types.ts";
export { compileFilter, describeFilterFields, type FilterFieldDescription } from "./filter/filter.ts";
export { FilterError, type FilterErrorCode } from "./filter/filter-error.ts";
export type { FilterSubject } from "./filter/subject.ts";
export * from "./headers/address.ts";
export { type ArpPacket, arp, type DecodedArpPacket } from "./headers/arp.ts";
export { AddressFamily, EtherType, IpProtocol, LinkType } from "./headers/assigned-numbers.ts";
export { changePacket } from "./headers/change-packet.ts";
export { ArpOpcode, IcmpType, Icmpv6Type, NeighborFlag } from "./headers/control-types.ts";
export { type DecodePacketOptions, decodePacket } from "./headers/decode-packet.ts";
export { defineHeader } from "./headers/define-header.ts";
export { type DhcpMessage, DhcpMessageType, DhcpOperation, DhcpOption, dhcp } from "./headers/dhcp.ts";
export type { Address as DhcpAddress, Bytes as DhcpBytes, DhcpOptionValue } from "./headers/dhcp-options.ts";
export { type DnsMessage, dns, llmnr, mdns } from "./headers/dns/dns.ts";
export type {
  DnsClass,
  DnsName,
  DnsOptions,
  DnsQuestion,
  DnsRecord,
  DnsRecordData,
  DnsTypeName,
  KnownRecord,
  LikeRecord,
  OtherRecord,
  RecordHead as DnsRecordHead,
  ServiceBinding,
} from "./headers/dns/dns-entries.ts";
export { type DecodedEthernetHeader, type EthernetHeader, ethernet } from "./headers/ethernet.ts";
export type { FieldFormat, FieldReader, Memory } from "./headers/field-reader.ts";
/** The kinds of fields, for headers of one's own: `defineHeader({ ..., fields: { port: fields.u16({}) } })`. */
export * as fields from "./headers/fields.ts";
export type { AddressSum, PlacedHeader } from "./headers/final-addresses.ts";
export { type FragmentOptions, fragmentPacket } from "./headers/fragment-packet.ts";
export {
  type DecodedFrame,
  decodeFrame,
  encodeFrame,
  encodeFrameInto,
  type Frame,
  type FrameLinkType,
  frameLength,
} from "./headers/frame.ts";
export { type GeneveHeader, type GeneveOption, geneve } from "./headers/geneve.ts";
export { type GreHeader, gre } from "./headers/gre.ts";
export type { GroupRecord } from "./headers/group-records.ts";
export { type GtpExtensionHeader, GtpMessageType, type GtpuHeader, gtpu } from "./headers/gtpu.ts";
export type {
  AnyHeader,
  AnyStackedHeader,
  Codec,
  Completions,
  DecodedOf,
  DecodedValue,
  FieldProblem,
  FieldTable,
  Following,
  GivenOf,
  Header,
  HeaderOf,
  HeaderParts,
  HeaderRules,
  IsOptional,
  JointTail,
  LaidField,
  RequiredField,
  ShownFields,
  ShownOf,
  ShownType,
  StackedHeader,
  WrittenFields,
  WrittenOf,
} from "./headers/header-table.ts";
export { type DecodedIcmpHeader, type IcmpHeader, icmp } from "./headers/icmp.ts";
export {
  type DecodedIcmpv6Header,
  type Icmpv6Header,
  icmpv6,
  RouterFlag,
} from "./headers/icmpv6.ts";
export {
  type IgmpGroupRecord,
  type IgmpMessage,
  type IgmpQuery,
  type IgmpReport,
  IgmpType,
  igmp,
  igmpQuery,
  igmpReport,
} from "./headers/igmp.ts";
export { type DecodedIpv4Header, type Ipv4Header, ipv4 } from "./headers/ipv4.ts";
export {
  type Ipv4Option,
  type Ipv4Timestamp,
  ipv4OptionBytes,
  ipv4OptionsOf,
  type NamedOption as NamedIpv4Option,
  type Route as Ipv4Route,
} from "./headers/ipv4-option-list.ts";
export { type DecodedIpv6Header, type FragmentHeader, fragment, type Ipv6Header, ipv6 } from "./headers/ipv6.ts";
export {
  type AuthenticationHeader,
  authentication,
  destinationOptions,
  hopByHop,
  type OptionsHeader,
  type RoutingHeader,
  routing,
} from "./headers/ipv6-extensions.ts";
export {
  type Ipv6Option,
  ipv6OptionBytes,
  ipv6OptionsOf,
  type NamedOption as NamedIpv6Option,
} from "./headers/ipv6-option-list.ts";
export { type Ipv6Route, ipv6RouteBytes, type SegmentRoute } from "./headers/ipv6-routes.ts";
export type { Field, FieldValue, Layer, StreamContext } from "./headers/layer.ts";
export {
  type AddressKind,
  type ChecksumReport,
  ChecksumStatus,
  type ChecksumStatusName,
  checksumStatusName,
  type LayerContext,
  LayerKind,
} from "./headers/layer.ts";
export type { ListenerQuery, ListenerRecord } from "./headers/listener-messages.ts";
export { type LlcHeader, llc } from "./headers/llc.ts";
export {
  type DecodedLoopbackHeader,
  type LoopbackHeader,
  loopback,
  openBsdLoopback,
} from "./headers/loopback.ts";
export { etherIp, ethernetControlWord, type MplsLabel, mpls } from "./headers/mpls.ts";
export type {
  NamedOption as NamedNeighborOption,
  NeighborOption,
  PrefixInformation,
} from "./headers/neighbor-options.ts";
export type { UnknownOption } from "./headers/option-kinds.ts";
export type { ListOption } from "./headers/option-list.ts";
export {
  encodePacket,
  encodePacketInto,
  findHeader,
  type PacketOptions,
  packetLength,
} from "./headers/packet.ts";
export { compressedPpp, framedPpp, type PppoeHeader, ppp, pppoe } from "./headers/ppp.ts";
export { raw } from "./headers/raw.ts";
export { allHeaders, headerFor } from "./headers/registry.ts";
export { type SctpPacket, sctp } from "./headers/sctp.ts";
export type {
  CausesChunk as SctpCausesChunk,
  Chunk as OtherSctpChunk,
  CookieChunk as SctpCookieChunk,
  DataChunk as SctpDataChunk,
  EmptyChunk as SctpEmptyChunk,
  HeartbeatChunk as SctpHeartbeatChunk,
  OpeningChunk as SctpOpeningChunk,
  SackChunk as SctpSackChunk,
  SctpChunk,
  ShutdownChunk as SctpShutdownChunk,
} from "./headers/sctp-chunk-fields.ts";
export type { Measured, SctpParameter } from "./headers/sctp-parameters.ts";
export { type Sll2Header, type SllHeader, sll, sll2 } from "./headers/sll.ts";
export {
  type DecodedTcpHeader,
  type SackBlock,
  type TcpHeader,
  type TcpOption,
  tcp,
} from "./headers/tcp.ts";
export { formatTcpFlags, TcpFlag } from "./headers/tcp-fields.ts";
export type { NamedOption as NamedTcpOption } from "./headers/tcp-options.ts";
export { type DecodedUdpHeader, type UdpHeader, udp } from "./headers/udp.ts";
export { type UdpLiteHeader, udpLite } from "./headers/udp-lite.ts";
export { serviceTag, type VlanTag, vlan } from "./headers/vlan.ts";
export { type VxlanHeader, vxlan } from "./headers/vxlan.ts";
export { type HtmlReportOptions, htmlReport } from "./html-report.ts";
export { type CaptureBytesOptions, captureBytes, type TimedPacket } from "./pcap/capture-bytes.ts";
export {
  CAPTURE_FORMATS,
  CapturedPacket,
  CaptureError,
  type CaptureErrorCode,
  type CaptureFormat,
  formatOfName,
  type PacketDirection,
} from "./pcap/capture-file.ts";
export { captureFromBytes, openCaptureBytes } from "./pcap/capture-from-bytes.ts";
export type { CaptureInterface } from "./pcap/capture-parser.ts";
export type { Capture } from "./pcap/capture-reader.ts";
export { copyPacket } from "./pcap/copy-packet.ts";
export { PcapWriter, type PcapWriterOptions } from "./pcap/pcap-writer.ts";
export { type PcapngInterface, PcapngWriter, type PcapngWriterOptions } from "./pcap/pcapng-writer.ts";
export { MemorySlabs, type SlabFiller, type SlabStore } from "./pcap/slabs.ts";
export { type FrameView, frameJson, viewFrame } from "./report/frame-view.ts";
export {
  captureJson,
  conversationJson,
  type JsonCapture,
  type JsonConversation,
  type JsonEndPoint,
  type JsonFrames,
  type JsonProtocol,
  type JsonTunnel,
  type PerSide,
} from "./report/json/conversation-json.ts";
export type { AnyStream } from "./report/stream-selection.ts";
export { formatAnalysis } from "./report/text/analysis-summary.ts";
export type { Paint } from "./report/text/text-layout.ts";
export type { VerdictPart, VerdictSentence, VerdictTopic } from "./report/verdict/sentence.ts";
export { verdictOf, verdictText } from "./report/verdict/verdict.ts";
export type { AnalyzeCaptureOptions } from "./running-analysis.ts";
export type { SideName, Socket, TcpConversation } from "./session/conversation.ts";
export { DatagramFlow, type Tally } from "./session/conversation.ts";
export type { EncapsulationOptions, TunnelOptions } from "./session/encapsulation/encapsulation-options.ts";
export type { FrameFields } from "./session/encapsulation/frame-fields.ts";
export type { Encapsulation, LinkKind, Tunnel } from "./session/encapsulation/outer-headers.ts";
export { Host } from "./session/host.ts";
export { IdealSession, type IdealSessionMaker } from "./session/ideal/ideal-session.ts";
export { type CloseKind, MessagePlayer, type MessagePlayerOptions } from "./session/message-player.ts";
export {
  SCENARIO_NAMES,
  SCENARIOS,
  type Scenario,
  type ScenarioConversation,
  type ScenarioName,
} from "./session/network/known-scenarios.ts";
export type {
  ChosenDelay,
  ChosenFates,
  ChosenPacket,
  JitterDistribution,
  LossBursts,
  NetworkLink,
  Tap,
} from "./session/network/link-options.ts";
export {
  defaultLink,
  defaultNetwork,
  type GivenNetwork,
  type Links,
  type NetworkOptions,
} from "./session/network/network-options.ts";
export type { Fate, Transmission } from "./session/network/transmission.ts";
export { truthLine } from "./session/network/truth-lines.ts";
export type { GivenPacket, PacketLayers } from "./session/packet-writer.ts";
export { type ScriptedSegment, SegmentScript } from "./session/segment-script.ts";
export type { Session, SessionOptions, SuspendedConversation } from "./session/session.ts";
export type { Cause } from "./session/tcp/segment.ts";
export type { SenderState } from "./session/tcp/sender-state.ts";
export type { CongestionControl, TcpHabits } from "./session/tcp/tcp-habits.ts";
export type { Analysis, AnalysisWithJson, CapturedApplication, CaptureFacts } from "./streams/analysis.ts";
export { AnalyzedPacket } from "./streams/analyzed-packet.ts";
export type { ApplicationName } from "./streams/application-names.ts";
export type { ArtefactCode } from "./streams/artefact-text.ts";
export type { Artefact } from "./streams/artefacts.ts";
export type { Selectable } from "./streams/control/bounded.ts";
export type { ControlMessages, OtherMessages } from "./streams/control/control-log.ts";
export type { EchoExchange } from "./streams/control/echoes.ts";
export type { IcmpError } from "./streams/control/icmp-errors.ts";
export type { QuotedPacket } from "./streams/control/icmp-packet.ts";
export type { NeighbourAddress, NeighbourProtocol, NeighbourQuestion } from "./streams/control/neighbours.ts";
export type { Hop, HopAnswer, ProbeKind, Route as TracedRoute } from "./streams/control/routes.ts";
export { FindingLog, type FoundPacket } from "./streams/finding-log.ts";
export {
  Circumstance,
  FINDING_KINDS,
  Finding,
  type FindingKind,
  findingCodes,
  type Severity,
} from "./streams/findings.ts";
export type { FramingKind } from "./streams/message-framing.ts";
export type { MessagePart, StreamMessage } from "./streams/messages.ts";
export { type ContentListener, type IdleDirection, StreamContents } from "./streams/stream-contents.ts";
export { StreamTracker } from "./streams/stream-tracker.ts";
export type { Repeated, ResetReason, Retransmissions, TcpSide } from "./streams/tcp-side.ts";
export type {
  Close,
  EndPoint as StreamEndPoint,
  Handshake,
  Stream,
  StreamStart,
  TcpStream,
  UdpStream,
} from "./streams/tcp-stream.ts";
export type { StreamTunnel, StreamTunnels, TunnelHeader } from "./streams/tunnels.ts";
export type { MappedEndPoint } from "./traffic/address-allocator.ts";
export type { WirePayload } from "./traffic/completers/conversation-completer.ts";
export { PayloadCompleter } from "./traffic/completers/payload-completer.ts";
export type { LaterRow, PayloadParticipant, PayloadRow } from "./traffic/completers/payload-row.ts";
export type { PayloadMode } from "./traffic/completers/protocols.ts";
export type {
  ConversationSummaries,
  ConversationSummary,
  ParticipantSummary,
} from "./traffic/conversation-summaries.ts";
export type { MessageObject } from "./traffic/message-objects.ts";
export { type MessageSource, openMessages, type TableMessages } from "./traffic/message-source.ts";
export type {
  CommonDetails,
  ListedArp,
  ListedDatagram,
  ListedIcmp,
  ListedIcmpv6,
  ListedPacket,
  ListedSegment,
  LonePacket,
  TrafficMessage as Message,
} from "./traffic/packet-list/listed-packet.ts";
export { scenarioTable } from "./traffic/scenario-tables.ts";
export {
  type CsvOptions,
  DEFAULT_START,
  type Precision,
  TICKS_PER_SECOND,
  type TrafficOptions,
} from "./traffic-options.ts";
