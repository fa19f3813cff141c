/** The flags that say how a CSV is to be understood: those of every script that reads one. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { COLUMN_MEANINGS, type ColumnMeaning, type DateOrder } from "../../lib/csv/dialect.ts";
import { tryParseIp } from "../../lib/headers/address.ts";
import type { MappedEndPoint } from "../../lib/traffic/address-allocator.ts";
import type { PayloadMode } from "../../lib/traffic/completers/protocols.ts";
import { durationFlag, LARGEST_PORT } from "./flag-values.ts";

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

/** `name=ip`, `name=ip:port`, and `name=[ip]:port` for IPv6. */
function addMapping(text: string, map: ReadonlyMap<string, MappedEndPoint>): Map<string, MappedEndPoint> {
  const match = /^(.+)=(?:\[([^\]]+)\](?::(\d+))?|([^:=]+):(\d+)|([^=]+))$/.exec(text);
  const name = match?.[1]?.trim();
  const address = tryParseIp((match?.[2] ?? match?.[4] ?? match?.[6] ?? "").trim());
  const portText = match?.[3] ?? match?.[5];
  const port = portText === undefined ? undefined : Number(portText);
  if (!name || address === undefined || port === 0 || (port ?? 1) > LARGEST_PORT) {
    throw new InvalidArgumentError(
      "Write it as name=ip or name=ip:port, such as web_server=10.0.0.80:8080 or db=[2001:db8::5]:5432.",
    );
  }
  return new Map(map).set(name, port === undefined ? { address } : { address, port });
}

/** `meaning=name`, such as `message=Body`, or `ignore=name`. */
function addColumn(text: string, { columns, ignoredColumns }: ColumnChoices): ColumnChoices {
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
