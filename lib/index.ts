/** The public face of wirewright. */

export { type AnalyzeOptions, analyze, analyzeCapture } from "./analyze.ts";
export { viewOf } from "./core/bytes.ts";
export { finishChecksum, foldSum, internetChecksum, sumBytes, updateChecksum } from "./core/checksum.ts";
export { PacketError, WirewrightError } from "./core/errors.ts";
export type { FrameDirection, FrameNotes, FrameSink } from "./core/frame-sink.ts";
export { SeededRandom } from "./core/random.ts";
export * from "./core/sequence.ts";
export type { Moment, Origin, TicksPerSecond } from "./core/time.ts";
export type { ReadOptions } from "./csv/csv-reader.ts";
export type { Dialect } from "./csv/dialect.ts";
export { openInput } from "./csv/input.ts";
export { InputError } from "./csv/input-errors.ts";
export type { EndPoint } from "./csv/message.ts";
export type { Warning } from "./csv/warnings.ts";
export { Dissector } from "./dissect/dissector.ts";
export { describeLayers } from "./dissect/fields/describe-layers.ts";
export type { Field, FieldContext, FieldValue, Layer } from "./dissect/fields/field.ts";
export { LayerKind, Verdict, type VerdictName, verdictName } from "./dissect/layer-kinds.ts";
export { PacketOutline } from "./dissect/outline.ts";
export {
  type CaptureSummary,
  type ConversationSummaries,
  type ConversationSummary,
  DEFAULT_START,
  type EncapsulateOptions,
  encapsulate,
  type ParticipantSummary,
  type Precision,
  TICKS_PER_SECOND,
} from "./encapsulate.ts";
export { FilterError } from "./filter/errors.ts";
export { compileFilter, describeFilterFields } from "./filter/filter.ts";
export type { FilterSubject } from "./filter/subject.ts";
export * from "./headers/address.ts";
export * as ethernet from "./headers/ethernet.ts";
export {
  type DecodedFrame,
  decodeFrame,
  encodeFrame,
  encodeFrameInto,
  type Frame,
  type FrameLinkType,
  frameLength,
  ipv4PseudoHeaderSum,
  ipv6PseudoHeaderSum,
} from "./headers/frame.ts";
export * as ipv4 from "./headers/ipv4.ts";
export * as ipv6 from "./headers/ipv6.ts";
export * as loopback from "./headers/loopback.ts";
export * as tcp from "./headers/tcp.ts";
export * as udp from "./headers/udp.ts";
export { listAdapters, loopbackOf } from "./live/adapters.ts";
export type { Adapter } from "./live/cap.ts";
export {
  type CaptureCounts,
  type LiveCapture,
  type LiveCaptureOptions,
  startCapture,
} from "./live/capture/live-capture.ts";
export { ExchangeError } from "./live/exchange/exchange-errors.ts";
export { type InjectionResult, type InjectOptions, inject } from "./live/inject/injection.ts";
export { LiveError } from "./live/live-errors.ts";
export {
  type RecordedConnection,
  type RecordedFlow,
  Recorder,
  type RecorderOptions,
  type SocketAddress,
} from "./live/record/recorder.ts";
export { CAPTURE_FORMATS, CaptureError, type CaptureFormat, formatOfName } from "./pcap/capture-file.ts";
export { type Capture, captureFromBytes } from "./pcap/capture-reader.ts";
export { CapturedPacket } from "./pcap/captured-packet.ts";
export { copyPacket } from "./pcap/copy-packet.ts";
export { GrowingFile } from "./pcap/growing-file.ts";
export { LinkType } from "./pcap/link-types.ts";
export { openCapture } from "./pcap/open-capture.ts";
export { OutputError, OutputFile } from "./pcap/output-file.ts";
export { PcapWriter, type PcapWriterOptions } from "./pcap/pcap-writer.ts";
export { type PcapngInterface, PcapngWriter, type PcapngWriterOptions } from "./pcap/pcapng-writer.ts";
export { MemorySlabs, type SlabStore } from "./pcap/slabs.ts";
export { type FrameView, frameJson, viewFrame } from "./report/frame-view.ts";
export { captureJson, conversationJson } from "./report/json/conversation-json.ts";
export { formatAnalysis } from "./report/text/analysis-summary.ts";
export { type SendOptions, type SendSummary, send } from "./send.ts";
export type { SideName, Socket, TcpConversation } from "./session/conversation.ts";
export { DatagramFlow } from "./session/conversation.ts";
export { Host } from "./session/host.ts";
export { IdealSession } from "./session/ideal/ideal-session.ts";
export { MessagePlayer } from "./session/message-player.ts";
export { type ScriptedSegment, SegmentScript } from "./session/segment-script.ts";
export type { Session, SessionOptions } from "./session/session.ts";
export type { Analysis, CaptureFacts } from "./streams/analysis.ts";
export { AnalyzedPacket } from "./streams/analyzed-packet.ts";
export type { ApplicationName } from "./streams/application-names.ts";
export type { ArtefactCode } from "./streams/artefact-text.ts";
export type { Artefact } from "./streams/artefacts.ts";
export { FindingLog, type FoundPacket } from "./streams/finding-log.ts";
export { FINDING_KINDS, Finding, type FindingKind, findingCodes, type Severity } from "./streams/findings.ts";
export type { FramingKind } from "./streams/message-framing.ts";
export type { MessagePart, StreamMessage } from "./streams/messages.ts";
export { type ContentListener, StreamContents } from "./streams/stream-contents.ts";
export { StreamTracker } from "./streams/stream-tracker.ts";
export type { Close, Handshake, TcpStream, UdpStream } from "./streams/tcp-stream.ts";
export { PayloadCompleter, type PayloadMode } from "./traffic/completers/payload-completer.ts";
export type { PayloadParticipant, PayloadRow } from "./traffic/completers/payload-row.ts";
export { type MessageSource, openMessages } from "./traffic/message-source.ts";
export type { TrafficMessage as Message } from "./traffic/packet-list/listed-packet.ts";
