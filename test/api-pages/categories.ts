/** What a person wants to do with the library, and in which rooms what serves it lives: so the pages are grouped. */

/** A group of the pages of both faces. */
export interface Category {
  readonly title: string;
  /** A sentence or two under the title, in Markdown; names of the library in it become links. */
  readonly about: string;
  /** Beginnings of the paths of its files below lib. The first category that has one for a file is that of the file. */
  readonly files: readonly string[];
}

/** In the order in which they stand. */
export const CATEGORIES: readonly Category[] = [
  {
    title: "Messages into captures",
    about:
      "Who said what to whom, and when: `encapsulateMessages` takes it as objects, `encapsulateCsv` as a table, and `encapsulate` " +
      "from a file into a file. What comes out is a capture file with all that a network would have added.",
    files: ["encapsulate", "traffic"],
  },
  {
    title: "Tables of messages",
    about: "How a CSV is understood, what of it was not, and where in it an error stands.",
    files: ["csv/", "files/input"],
  },
  {
    title: "Packets",
    about:
      "`encodePacket` makes the bytes of a packet out of a stack of headers, `decodePacket` the stack out of the bytes. " +
      "A field that is left out is computed or has its default; one that is given is kept, right or wrong.",
    files: [
      "headers/packet.ts",
      "headers/decode-packet.ts",
      "headers/fragment-packet.ts",
      "headers/raw.ts",
      "headers/frame.ts",
      "headers/registry.ts",
    ],
  },
  {
    title: "Addresses, checksums and sequence numbers",
    about: "Parts of packets as numbers, as text and as bytes.",
    files: ["headers/address.ts", "core/checksum.ts", "core/sequence.ts", "core/bytes.ts", "core/random.ts"],
  },
  {
    title: "A header of your own",
    about:
      "`defineHeader` makes of a table of `fields` all that the library has of a protocol: encoder, decoder, the view of its " +
      "fields and what filters know of it.",
    files: ["headers/define-header.ts", "headers/header-table.ts", "headers/field"],
  },
  {
    title: "Packets explained",
    about: "`describeLayers` tells every field of a packet in words, with the bytes that it stands in.",
    files: ["dissect/", "headers/layer.ts"],
  },
  {
    title: "Headers",
    about:
      "One function a protocol. Called with fields, it makes a header for `encodePacket`; besides, it is a `Header`, which " +
      "can be asked for its bytes alone.",
    files: ["headers/"],
  },
  {
    title: "Sessions",
    about:
      "Conversations over time: `IdealSession` plays whole TCP connections and datagrams into a capture file, `MessagePlayer` " +
      "opens and closes the connections itself.",
    files: ["session/"],
  },
  {
    title: "Capture files",
    about:
      "`openCaptureBytes` and `openCapture` read pcap and pcapng, `PcapWriter` and `PcapngWriter` write them, `captureBytes` " +
      "makes a whole file of a few packets.",
    files: ["pcap/", "core/time.ts", "core/frame-sink.ts"],
  },
  {
    title: "What happened in a capture",
    about:
      "`analyzeCapture` goes through a capture once and tells its streams, messages and findings; `analyze` opens a file for it.",
    files: ["streams/", "analyze", "running-analysis"],
  },
  { title: "Display filters", about: "`compileFilter` reads Wireshark's language.", files: ["filter/"] },
  {
    title: "Reports",
    about: "An analysis as a page (`htmlReport`), as text (`formatAnalysis`) and as objects for JSON (`captureJson`).",
    files: ["report/", "html-report.ts"],
  },
  {
    title: "Captures edited",
    about:
      "`edit` makes another file of a capture: other addresses, times and links, fewer packets. `FrameEditor` does it to one.",
    files: ["edit"],
  },
  {
    title: "Live traffic",
    about:
      "`startCapture` takes packets from an adapter, `inject` puts them on one, `send` lets real sockets say the messages of a " +
      "CSV, and a `Recorder` writes what sockets of yours say.",
    files: ["live/", "send.ts", "files/listen"],
  },
  { title: "Chat", about: "A chat over TCP, to talk with and to capture.", files: ["chat/"] },
  {
    title: "Errors",
    about: "Whatever goes wrong is a `WirewrightError` with a code and one plain sentence.",
    files: ["core/errors.ts"],
  },
];

/** @param file below lib, with slashes */
export function categoryOf(file: string): Category | undefined {
  return CATEGORIES.find(({ files }) => files.some((start) => file.startsWith(start)));
}
