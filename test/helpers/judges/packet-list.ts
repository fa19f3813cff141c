/** Packet lists as Wireshark exports them ("Export Packet Dissections", "As CSV"), made by tshark from a capture. */
import { tshark } from "./tshark.ts";

const COLUMNS = "No.,%m,Time,%Rt,Source,%us,Destination,%ud,Protocol,%p,Length,%L,Info,%i";
const NAMES = ["No.", "Time", "Source", "Destination", "Protocol", "Length", "Info"] as const;

export type ListName = (typeof NAMES)[number];
export type ListedRow = Record<ListName, string>;

/** The rows of the packet list of a capture, as Wireshark has them with its usual columns. */
export function packetListOf(file: string): ListedRow[] {
  const format = `gui.column.format:${COLUMNS.split(",")
    .map((part) => `"${part}"`)
    .join(",")}`;
  const fields = NAMES.flatMap((name) => ["-e", `_ws.col.${name}`]);
  return tshark("-r", file, "-o", format, "-T", "fields", "-E", "occurrence=f", ...fields)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const cells = line.split("\t");
      return Object.fromEntries(NAMES.map((name, index) => [name, cells[index] ?? ""])) as ListedRow;
    });
}

/** As Wireshark writes it: all cells in quotes. */
export function toCsv(rows: readonly ListedRow[]): string {
  const line = (cells: readonly string[]) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",");
  return `${[NAMES, ...rows.map((row) => NAMES.map((name) => row[name]))].map(line).join("\n")}\n`;
}

/** What both sides of a round trip must agree on, besides the list itself. */
export interface ListedHeader {
  readonly ports: string;
  readonly flags: string;
  readonly sequence: string;
  readonly acknowledgment: string;
  readonly length: string;
  readonly window: string;
}

export function headersOf(file: string): ListedHeader[] {
  const names = [
    "tcp.srcport",
    "tcp.dstport",
    "udp.srcport",
    "udp.dstport",
    "tcp.flags",
    "tcp.seq",
    "tcp.ack",
    "tcp.len",
  ];
  const fields = [...names, "tcp.window_size"].flatMap((name) => ["-e", name]);
  return tshark("-r", file, "-T", "fields", "-E", "occurrence=f", ...fields)
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const cells = line.split("\t");
      const [flags = "", sequence = "", acknowledgment = "", length = "", window = ""] = cells.slice(4);
      return { ports: cells.slice(0, 4).join(" "), flags, sequence, acknowledgment, length, window };
    });
}
