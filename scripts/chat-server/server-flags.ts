/** The flags of `chat-server`: each limit of the chat by its own. */
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type ChatLimits, USUAL_ADDRESS, USUAL_LIMITS } from "../../lib/chat/limits.ts";
import { durationFlag, integerFlag, LARGEST_PORT, readRecordingName, sizeFlag } from "../shared/flag-values.ts";

/** Milliseconds; a timer cannot wait longer. */
const LONGEST_TIME = 2 ** 31 - 1;
const LARGEST_NUMBER = 1 << 30;
/** Files that are not clients: what runs the program, and connections that are being refused. */
const KEPT_FILES = 64;

export interface ServerFlags extends Omit<ChatLimits, "maxClients"> {
  readonly host: string;
  readonly port: number;
  readonly maxClients?: number;
  /** False with --no-ip-limit. */
  readonly ipLimit: boolean;
  readonly log: "text" | "json";
  readonly quietMessages?: boolean;
  readonly record?: string;
  /** Bytes; 0 for any number. */
  readonly recordLimit?: number;
}

/** Bytes of a recording, where nothing else is asked for: much for a chat, and little for a disk. */
export const USUAL_RECORD_LIMIT = 1e9;
/** There must be room for the beginning of the file. */
const LEAST_RECORD_LIMIT = 1000;

export function addServerFlags(command: Command): Command {
  command
    .option(
      "--host <address>",
      "where to listen; 0.0.0.0 or :: for every computer on the network",
      readHost,
      USUAL_ADDRESS.host,
    )
    .option(
      "--port <number>",
      "where to listen; 0 for any that is free",
      integerFlag(0, LARGEST_PORT),
      USUAL_ADDRESS.port,
    );
  addLimits(command);
  return command
    .option("--no-ip-limit", "any number of connections from one address, as for a classroom behind one router")
    .addOption(new Option("--log <form>", "of the log").choices(["text", "json"]).default("text"))
    .option("--quiet-messages", "keep what people say out of the log")
    .option(
      "--record <file.pcapng>",
      "write what happens on the connections as a capture, with all that is said; an older file is overwritten",
      readRecordingName,
    )
    .option(
      "--record-limit <size>",
      "of that file, such as 100MB, where the recording ends and the chat goes on; 0 for any size (default: 1GB)",
      sizeFlag(LEAST_RECORD_LIMIT),
    );
}

/** The limits come in the order in which a client meets them. 0 lifts one. */
function addLimits(command: Command): void {
  const { maxClients, ...usual } = USUAL_LIMITS;
  const count = (flags: string, description: string, value: number) =>
    command.option(flags, description, integerFlag(0, LARGEST_NUMBER), value);
  const time = (flags: string, description: string, value: number) =>
    command.addOption(
      new Option(flags, `${description}, in s or with a unit`).argParser(readTime).default(value, seconds(value)),
    );
  command.option(
    "--max-clients <number>",
    "connections at a time; 0 for any number (default: what the system allows, less 64)",
    integerFlag(0, LARGEST_NUMBER),
  );
  count("--max-per-address <number>", "connections from one address at a time", usual.maxPerAddress);
  count(
    "--max-new-per-address <number>",
    "new connections from one address in --address-window",
    usual.maxNewPerAddress,
  );
  time("--address-window <time>", "for --max-new-per-address, which 0 lifts as well", usual.addressWindow);
  time("--name-timeout <time>", "in which a client must give a name", usual.nameTimeout);
  count("--max-lines-before-name <number>", "that it may send for that", usual.maxLinesBeforeName);
  count("--max-line-before-name <bytes>", "of such a line", usual.maxLineBeforeName);
  count("--max-name <characters>", "of a name", usual.maxName);
  count("--max-line <bytes>", "of a line after that", usual.maxLine);
  count(
    "--flood-burst <lines>",
    "that a client may send at once, or 8 KiB for each; more of them wait",
    usual.floodBurst,
  );
  count("--flood-rate <lines>", "that are taken a second after that", usual.floodRate);
  count("--max-input-queue <bytes>", "of lines that wait; more is not asked for, and closes", usual.maxInputQueue);
  time("--drain-timeout <time>", "in which they are read once the client has closed its side", usual.drainTimeout);
  count("--soft-output-queue <bytes>", "not taken by a client, above which its own lines wait", usual.softOutputQueue);
  count("--hard-output-queue <bytes>", "not taken by a client, above which it is closed", usual.hardOutputQueue);
  time("--output-timeout <time>", "in which a client must take some of them", usual.outputTimeout);
  time(
    "--keep-alive <time>",
    "of silence after which the system asks whether a client is still there",
    usual.keepAlive,
  );
}

/** The limits that the flags ask for. */
export function limitsOf(flags: ServerFlags): ChatLimits {
  const { host, port, ipLimit, log, quietMessages, record, recordLimit, ...limits } = flags;
  return {
    ...limits,
    maxClients: limits.maxClients ?? allowedClients(),
    ...(!ipLimit && { maxPerAddress: 0, maxNewPerAddress: 0 }),
  };
}

/** The system takes an empty address for every computer on the network, which nobody means who gives none. */
function readHost(text: string): string {
  const bare = text.trim();
  if (bare === "") throw new InvalidArgumentError("Give an address, such as 127.0.0.1 or ::1.");
  const inBrackets = /^\[(.*)\]$/.exec(bare)?.[1] ?? "";
  return isIPv6(inBrackets) ? inBrackets : bare;
}

/** @returns milliseconds */
function readTime(text: string): number {
  const milliseconds = Math.ceil(durationFlag("s")(text) * 1000);
  if (milliseconds > LONGEST_TIME) throw new InvalidArgumentError("Give at most 24 days (576h).");
  return milliseconds;
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000}s`;
}

/** As many as there can be open files, less some for other things; 0, for any number, where the system does not say. */
function allowedClients(): number {
  const files = openFilesLimit();
  return files === undefined ? 0 : Math.max(1, files - KEPT_FILES);
}

function openFilesLimit(): number | undefined {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return match === null ? undefined : Number(match[1]);
  } catch {
    return reportedFilesLimit();
  }
}

/** Where there is no /proc. The report can take a moment. */
function reportedFilesLimit(): number | undefined {
  const report = process.report?.getReport() as { userLimits?: { open_files?: { soft?: unknown } } } | undefined;
  const soft = Number(report?.userLimits?.open_files?.soft);
  return Number.isInteger(soft) ? soft : undefined;
}
