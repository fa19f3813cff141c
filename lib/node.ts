/** What wirewright does with files, network adapters and sockets, on Node and what is like it. All else is in `index.ts`. */

export { type AnalyzeOptions, analyze } from "./analyze.ts";
export { ChatClient, type ChatClientEvents, type ChatClientOptions } from "./chat/client.ts";
export { ChatError, ChatServer, type ChatServerEvents, type ChatServerOptions } from "./chat/server.ts";
export { openInput } from "./csv/input.ts";
export { anonymizerOf, type EditOptions, type EditSummary, edit } from "./edit.ts";
export { type EncapsulateOptions, encapsulate } from "./encapsulate.ts";
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
export { GrowingFile } from "./pcap/growing-file.ts";
export { openCapture } from "./pcap/open-capture.ts";
export { OutputError, OutputFile } from "./pcap/output-file.ts";
export { type SendOptions, type SendSummary, send } from "./send.ts";
