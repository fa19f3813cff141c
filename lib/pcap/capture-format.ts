/** The two formats of capture files that are written, and which of them a name asks for. */

export const CAPTURE_FORMATS = ["pcap", "pcapng"] as const;

export type CaptureFormat = (typeof CAPTURE_FORMATS)[number];

/** `pcapng` for names that end in `.pcapng` or `.ntar`, as older files of that format do; otherwise `pcap`. */
export function formatOfName(file: string): CaptureFormat {
  return /\.(?:pcapng|ntar)$/i.test(file) ? "pcapng" : "pcap";
}

/** Whether a name says that it is a capture's: `.pcap`, `.cap`, `.dmp`, `.pcapng`, `.ntar`. */
export function namesFormat(file: string): boolean {
  return /\.(?:pcap|cap|dmp|pcapng|ntar)$/i.test(file);
}
