/**
 * What wirewright does with files, network adapters and sockets, on Node and what is like it. All else is in `wirewright`.
 *
 * @module wirewright/node
 */

export { type AnalyzeOptions, analyze } from "./analyze.ts";
export { type BackOff, ChatClient, type ChatClientEvents, type ChatClientOptions } from "./chat/client.ts";
export type { ChatLimits } from "./chat/limits.ts";
export {
  ChatError,
  type ChatErrorCode,
  ChatServer,
  type ChatServerOptions,
} from "./chat/server.ts";
export type { ChatServerEvents, ConnectionEnds } from "./chat/server-events.ts";
export type { SocketEnd } from "./chat/socket-closing.ts";
export { openInput } from "./csv/input.ts";
export type { LostDetails } from "./edit/edited-file.ts";
export { anonymizerOf, type EditSummary, edit } from "./edit.ts";
export type { EditOptions } from "./edit-options.ts";
export { type EncapsulateOptions, encapsulate } from "./encapsulate.ts";
export type { Input } from "./files/input-file.ts";
export type { ListenFailureCode } from "./files/listen-failure.ts";
export { type AdapterChoice, listAdapters, loopbackOf } from "./live/adapters.ts";
export type { Adapter } from "./live/cap.ts";
export {
  type CaptureCounts,
  type LiveCapture,
  type LiveCaptureOptions,
  startCapture,
} from "./live/capture/live-capture.ts";
export type { CaptureProgram } from "./live/capture/programs.ts";
export type { ExchangeResult, MessageCount } from "./live/exchange/exchange.ts";
export { ExchangeError, type ExchangeErrorCode } from "./live/exchange/exchange-errors.ts";
export type { PlannedConnection, PlannedStep, PlayedSides, StepKind } from "./live/exchange/plan.ts";
export { type InjectionResult, type InjectOptions, inject } from "./live/inject/injection.ts";
export type { InjectionCounts } from "./live/inject/injector.ts";
export type { LeftOutReason as UnsentReason } from "./live/inject/link-conversion.ts";
export { LiveError, type LiveErrorCode } from "./live/live-errors.ts";
export type { CommentText } from "./live/record/recorded-sockets.ts";
export {
  type RecordedConnection,
  type RecordedFlow,
  Recorder,
  type RecorderOptions,
  type SocketAddress,
  type SocketEnds,
} from "./live/record/recorder.ts";
export { GrowingFile } from "./pcap/growing-file.ts";
export { openCapture } from "./pcap/open-capture.ts";
export { type FileIdentity, OutputError, OutputFile } from "./pcap/output-file.ts";
export { type SendOptions, type SendSummary, send } from "./send.ts";
