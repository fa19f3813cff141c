/** Reads the flags of `encapsulate` that are more than a number or a choice, and those about the CSV, which others share. */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { Origin } from "../lib/core/time.ts";
import { COLUMN_MEANINGS, type ColumnMeaning, type DateOrder } from "../lib/csv/dialect.ts";
import { parseInstant } from "../lib/csv/timestamps.ts";

import { type Precision, TICKS_PER_SECOND } from "../lib/encapsulate.ts";
import { tryParseIp } from "../lib/headers/address.ts";
import { LARGEST_MSS } from "../lib/session/tcp-parameters.ts";
import type { MappedEndPoint } from "../lib/traffic/address-allocator.ts";
import type { PayloadMode } from "../lib/traffic/completers/payload-completer.ts";
import { durationFlag, UsageError } from "./cli.ts";

/** Headers without options: IPv4 and TCP, 20 bytes each. */
const HEADERS_LENGTH = 40;
export const DEFAULT_MTU = 1500;
export const DEFAULT_MSS = DEFAULT_MTU - HEADERS_LENGTH;
export const SMALLEST_MTU = 68;
export const LARGEST_MTU = 65_536;

/** What the user says about columns. */
export interface ColumnChoices {
  /** Names by meaning. */
  readonly columns: ReadonlyMap<ColumnMeaning, string>;
  readonly ignoredColumns: readonly string[];
}

/** How a CSV is to be understood, and what becomes of its messages. */
export interface ReadingFlags {
  readonly map: ReadonlyMap<string, MappedEndPoint>;
  readonly payload: PayloadMode;
  readonly column: ColumnChoices;
  readonly dateOrder?: DateOrder;
  readonly encoding?: string;
  /** Seconds. */
  readonly gap: number;
}

export function addReadingFlags(command: Command): Command {
  const choice = (flags: string, description: string, choices: readonly string[]) =>
    new Option(flags, description).choices(choices);
  return command
    .addOption(
      new Option("--map <name=ip[:port]>", "settle the address of a name, and its port; repeatable")
        .argParser(addMapping)
        .default(new Map(), "none"),
    )
    .addOption(
      choice("--payload <how>", "wire completes known protocols; exact sends a message's bytes and nothing else", [
        "wire",
        "exact",
      ]).default("wire"),
    )
    .addOption(
      new Option(
        "--column <meaning=name>",
        `say what a column means (${COLUMN_MEANINGS.join(", ")}, ignore); #3 is the third one; repeatable`,
      )
        .argParser(addColumn)
        .default({ columns: new Map(), ignoredColumns: [] }, "by name and content"),
    )
    .addOption(choice("--date-order <order>", "of day and month in dates (default: as the file tells)", ["dmy", "mdy"]))
    .option(
      "--encoding <name>",
      "of the input, such as latin1 or windows-1255 (default: UTF-8, or UTF-16 with its mark)",
    )
    .addOption(milliseconds("--gap <time>", "between rows of one and the same time"));
}

/** A length of time, 1 ms where it is not given. */
export function milliseconds(flags: string, description: string): Option {
  return new Option(flags, `${description}, in ms or with a unit`).argParser(durationFlag("ms")).default(0.001, "1ms");
}

/** @throws UsageError for what is not an instant */
export function startOf(text: string | undefined, precision: Precision): Origin | undefined {
  if (text === undefined) return undefined;
  const start = parseInstant(text === "now" ? new Date().toISOString() : text, TICKS_PER_SECOND[precision]);
  if (start !== undefined) return start;
  throw new UsageError(
    `--start ${JSON.stringify(text)} is not an instant; write one such as 2026-03-01T09:30:00Z, or now.`,
  );
}

/** @throws UsageError where the two exclude each other */
export function maximumSegmentSizeOf(mss: number | undefined, mtu: number | undefined): number {
  const largest = Math.min((mtu ?? LARGEST_MTU) - HEADERS_LENGTH, LARGEST_MSS);
  if (mss !== undefined && mss > largest) {
    throw new UsageError(`--mss ${mss} does not fit into --mtu ${mtu}; the most is ${largest}.`);
  }
  return mss ?? Math.min((mtu ?? DEFAULT_MTU) - HEADERS_LENGTH, LARGEST_MSS);
}

/** `name=ip`, `name=ip:port`, and `name=[ip]:port` for IPv6. */
export function addMapping(text: string, map: ReadonlyMap<string, MappedEndPoint>): Map<string, MappedEndPoint> {
  const match = /^(.+)=(?:\[([^\]]+)\](?::(\d+))?|([^:=]+):(\d+)|([^=]+))$/.exec(text);
  const name = match?.[1]?.trim();
  const address = tryParseIp((match?.[2] ?? match?.[4] ?? match?.[6] ?? "").trim());
  const portText = match?.[3] ?? match?.[5];
  const port = portText === undefined ? undefined : Number(portText);
  if (!name || address === undefined || port === 0 || (port ?? 1) > 65_535) {
    throw new InvalidArgumentError(
      "Write it as name=ip or name=ip:port, such as web_server=10.0.0.80:8080 or db=[2001:db8::5]:5432.",
    );
  }
  return new Map(map).set(name, port === undefined ? { address } : { address, port });
}

/** `meaning=name`, such as `message=Body`, or `ignore=name`. */
export function addColumn(text: string, { columns, ignoredColumns }: ColumnChoices): ColumnChoices {
  const equals = text.indexOf("=");
  const word = text.slice(0, equals).trim();
  const name = text.slice(equals + 1).trim();
  if (word === "ignore" && name !== "") return { columns, ignoredColumns: [...ignoredColumns, name] };
  const meaning = COLUMN_MEANINGS.find((known) => known === word);
  if (meaning === undefined || name === "") {
    throw new InvalidArgumentError(`Write it as meaning=name; the meanings are ${COLUMN_MEANINGS.join(", ")}, ignore.`);
  }
  return { columns: new Map(columns).set(meaning, name), ignoredColumns };
}
