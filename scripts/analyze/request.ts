/** The flags of `analyze`: which of them go together, and which view they ask for. */
import { InvalidArgumentError } from "commander";
import { parseStreamChoice, type StreamChoice } from "../../lib/report/stream-selection.ts";
import type { FramingKind } from "../../lib/streams/message-framing.ts";
import { UsageError } from "../shared/cli.ts";

export const FRAMINGS: readonly FramingKind[] = ["line", "http", "push"];

/** As they come from the command line: `true` where a flag that can name a stream names none. */
export interface Flags {
  readonly ladder?: string | true;
  readonly mermaid?: string | true;
  readonly messages?: string | true;
  readonly follow?: StreamChoice;
  readonly frame?: number;
  readonly html?: string;
  readonly filter?: string;
  readonly filterFields?: boolean;
  readonly framing?: FramingKind;
  readonly count?: number;
  readonly conversations?: number;
  readonly hex?: boolean;
  readonly raw?: boolean;
  readonly json?: boolean;
  readonly packets?: boolean;
  readonly truth?: string;
}

/** Of which one view shows one. */
const VIEWS = ["ladder", "mermaid", "messages", "follow", "frame", "html"] as const;

export type ViewName = (typeof VIEWS)[number] | "summary";

/** What is to be done, with everything settled. */
export interface Request {
  readonly input: string;
  readonly view: ViewName;
  /** The stream that the view is to show; undefined: all. */
  readonly stream: StreamChoice | undefined;
  readonly flags: Flags;
  /** Ends an input that could go on for ever. */
  readonly signal?: AbortSignal | undefined;
}

const HOW_TO_NAME = "write a number for a TCP stream, such as 0, or udp:0 for a UDP stream";

/** Reads the name of a stream. */
export function streamFlag(text: string): StreamChoice {
  const choice = parseStreamChoice(text);
  if (choice === undefined) throw new InvalidArgumentError(`${JSON.stringify(text)} is no stream; ${HOW_TO_NAME}.`);
  return choice;
}

/** @throws UsageError for flags that do not go together */
export function requestOf(input: string | undefined, flags: Flags): Request {
  const asked = VIEWS.filter((view) => flags[view] !== undefined);
  if (asked.length > 1) throw new UsageError(`--${asked[0]} and --${asked[1]} are two views; ask for one of them.`);
  const view = asked[0] ?? "summary";
  checkTogether(view, flags);
  if (view === "follow") return { input: required(input), view, stream: flags.follow, flags };
  const value = view === "ladder" || view === "mermaid" || view === "messages" ? flags[view] : undefined;
  if (typeof value !== "string") return { input: required(input), view, stream: undefined, flags };
  const stream = parseStreamChoice(value);
  if (stream !== undefined && input !== undefined) return { input, view, stream, flags };
  // `--ladder x.pcap`: the flag has taken the capture for the stream it can name.
  if (input === undefined) return { input: value, view, stream: undefined, flags };
  throw new UsageError(`--${view} ${JSON.stringify(value)} is no stream; ${HOW_TO_NAME}.`);
}

function required(input: string | undefined): string {
  if (input === undefined) throw new UsageError("The capture is missing; name a file, or - for standard input.");
  return input;
}

function checkTogether(view: ViewName, flags: Flags): void {
  const needs = (isGiven: unknown, name: string, isMet: boolean, what: string) => {
    if (isGiven && !isMet) throw new UsageError(`${name} needs ${what}.`);
  };
  const isMessages = view === "messages";
  needs(flags.packets, "--packets", flags.json === true && (view === "summary" || isMessages), "--json");
  needs(flags.framing, "--framing", isMessages || view === "html", "--messages or --html");
  needs(flags.hex, "--hex", view === "follow", "--follow");
  needs(flags.raw, "--raw", view === "follow", "--follow");
  const isCounted = view === "ladder" || view === "mermaid" || isMessages;
  needs(flags.count !== undefined, "--count", isCounted, "--ladder, --mermaid or --messages");
  const isTold = (view === "summary" && flags.json !== true) || view === "html";
  needs(flags.conversations !== undefined, "--conversations", isTold, "the page or --html");
  needs(flags.truth, "--truth", view === "summary" && flags.filter === undefined, "the page, without --filter");
  if (flags.hex && flags.raw) throw new UsageError("--hex and --raw exclude each other; give one of them.");
  if (flags.json && (view === "ladder" || view === "mermaid" || view === "follow" || view === "html")) {
    throw new UsageError(`--json and --${view} exclude each other; give one of them.`);
  }
  if (flags.filter !== undefined && (view === "follow" || view === "frame")) {
    throw new UsageError(`--filter and --${view} exclude each other: the number alone says what is shown.`);
  }
  if (flags.raw && process.stdout.isTTY) {
    throw new UsageError("--raw is not for terminals; send standard output to a file or a program.");
  }
}
