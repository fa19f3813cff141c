/** The works that speed is measured by, and who does them. */
import path from "node:path";
import { withThousands } from "../../lib/core/text.ts";
import { COMPOSED_PAYLOAD_LENGTH } from "./composed-frames.ts";
import { inProcess, peer, wholeProcess, wholeWork } from "./contenders.ts";
import type { Contender, Contest } from "./contest.ts";
import { generateCsv } from "./generate-csv.ts";
import { LOSSY_WORK, TUNNEL_WORK } from "./goals.ts";
import { writeLossySession } from "./lossy-sessions.ts";
import type { PeerProgram, Peers } from "./peers.ts";
import { runProcess, tsx } from "./processes.ts";
import { HANDSHAKE_PACKETS } from "./session-to-file.ts";
import { type CsvInput, LONG_MESSAGE, packetsOf, type Sizes } from "./sizes.ts";
import { writeTunnelCapture } from "./tunnel-capture.ts";

export interface Setting {
  /** For inputs and outputs; of the benchmark alone. */
  readonly folder: string;
  readonly sizes: Sizes;
  readonly peers: Peers;
}

/** Contenders of each program that is there. */
function ofPeer(
  { commands }: Peers,
  program: PeerProgram,
  make: (command: readonly string[]) => Contender[],
): Contender[] {
  const command = commands[program];
  return command === undefined ? [] : make(command);
}

export function composeContest({ sizes: { frames } }: Setting): Contest {
  const work = { items: frames, expected: { packets: frames, payloadBytes: frames * COMPOSED_PAYLOAD_LENGTH } };
  return {
    work: `${withThousands(frames)} composed frames into memory`,
    contenders: [inProcess(work, "compose", `${frames}`)],
    goals: [],
  };
}

/** Half as many: each has twice the layers. */
export function stackContest({ sizes: { frames } }: Setting): Contest {
  const packets = frames / 2;
  const work = { items: packets, expected: { packets, payloadBytes: packets * COMPOSED_PAYLOAD_LENGTH } };
  return {
    work: `${withThousands(packets)} packets of seven layers into memory`,
    contenders: [inProcess(work, "stacks", `${packets}`)],
    goals: [],
  };
}

export function sessionContest({ folder, sizes, peers }: Setting, size: "short" | "long"): Contest {
  const { messages, bytes } = sizes.sessions[size];
  const output = path.join(folder, "session.pcap");
  const expected = { packets: 2 * messages, payloadBytes: messages * bytes };
  const ours = { items: messages, expected: { ...expected, packets: HANDSHAKE_PACKETS + 2 * messages }, output };
  const theirs = { items: messages, expected, output };
  const args = [`${messages}`, `${bytes}`, output];
  return {
    work: `session into a file, ${withThousands(2 * messages)} packets, messages of ${withThousands(bytes)} bytes`,
    contenders: [
      inProcess(ours, "session", ...args),
      wholeWork(ours, "session", ...args),
      ...ofPeer(peers, "C session", (command) => [peer(theirs, "C", [...command, ...args])]),
      ...ofPeer(peers, "gopacket session", (command) => [
        peer(theirs, "gopacket", [...command, "fresh", ...args]),
        peer(theirs, "gopacket, layers reused", [...command, "reused", ...args]),
      ]),
    ],
    goals:
      size === "short"
        ? [
            { peer: "gopacket", atMost: 0.35 },
            { peer: "C", atMost: 1.3 },
          ]
        : [
            { peer: "gopacket", atMost: 0.6 },
            { peer: "C", atMost: 1.1 },
          ],
  };
}

/** How many packets there are, only the losses know. */
export async function lossyContest({ folder, sizes }: Setting, size: "short" | "long"): Promise<Contest> {
  const output = path.join(folder, "lossy.pcap");
  const [messages, bytes] =
    size === "short" ? [sizes.lossy.shortMessages, 40] : [sizes.lossy.longMessages, LONG_MESSAGE];
  const expected = await writeLossySession(output, messages, bytes);
  const work = { items: expected.packets, expected, output };
  return {
    work: `${LOSSY_WORK}, ${withThousands(expected.packets)} packets, messages of ${withThousands(bytes)} bytes`,
    contenders: [inProcess(work, "lossy", `${messages}`, `${bytes}`, output)],
    goals: [],
  };
}

export function csvContest({ folder, sizes, peers }: Setting, payload: "exact" | "wire"): Contest {
  const output = path.join(folder, "csv.pcap");
  const all = csvInput(folder, sizes.csv);
  const few = csvInput(folder, sizes.scapy);
  const theirs = { items: all.rows, expected: all.expected, output };
  // As many packets as theirs, but more bytes, where messages are completed.
  const ours = payload === "exact" ? theirs : { ...theirs, expected: { packets: all.expected.packets } };
  const script = ["scripts/encapsulate.ts", "--quiet", "--payload", payload, all.file, output] as const;
  return {
    work: `CSV into a file, ${withThousands(all.rows)} rows, ${withThousands(sizes.csv.conversations)} conversations, --payload ${payload}`,
    contenders: [
      inProcess(ours, "encapsulate", all.file, output, payload),
      wholeProcess(ours, ...script),
      ...ofPeer(peers, "gopacket csv", (command) => [
        peer(theirs, "gopacket", [...command, "fresh", all.file, output]),
        peer(theirs, "gopacket, layer reused", [...command, "reused", all.file, output]),
      ]),
      ...ofPeer(peers, "Scapy csv", (command) => {
        // Half a minute for figures that are known already would be too much.
        if (payload === "wire") return [];
        const work = { items: few.rows, expected: few.expected, output };
        return [peer(work, "Scapy", [...command, few.file, output])];
      }),
    ],
    goals: [
      { peer: "gopacket", atMost: 1 },
      { peer: "Scapy", atMost: 1 / 300 },
    ],
  };
}

/** A capture of many conversations, made by the library itself. */
async function largeCapture({ folder, sizes }: Setting) {
  const { rows, expected, file } = csvInput(folder, sizes.capture);
  const capture = path.join(folder, "read.pcap");
  await runProcess(tsx("scripts/encapsulate.ts", "--quiet", "--payload", "exact", file, capture));
  return { rows, expected, capture };
}

export async function editContest(setting: Setting): Promise<Contest> {
  const { expected, capture } = await largeCapture(setting);
  const output = path.join(setting.folder, "edited.pcap");
  const work = { items: expected.packets, expected, output };
  const [prefix, other] = ["10.0.0.0/8", "192.168.0.0/16"];
  const script = ["scripts/edit.ts", "--quiet", capture, output, "--map-ip", `${prefix}=${other}`] as const;
  return {
    work: `capture of ${withThousands(expected.packets)} packets, with other addresses into a file`,
    contenders: [
      inProcess(work, "edit", capture, output, `${prefix}=${other}`),
      wholeProcess(work, ...script),
      ...ofPeer(setting.peers, "tcprewrite", (command) => [
        peer(work, "tcprewrite", [...command, "-i", capture, "-o", output, `--pnat=${prefix}:${other}`]),
      ]),
    ],
    goals: [],
  };
}

export async function readContests(setting: Setting): Promise<Contest[]> {
  const { folder, peers } = setting;
  const { rows, expected, capture } = await largeCapture(setting);
  const work = { items: expected.packets, expected };
  const size = `${withThousands(expected.packets)} packets, ${withThousands(rows)} messages`;
  const tunnels = path.join(folder, "tunnels.pcap");
  const tunnelled = writeTunnelCapture(tunnels, expected.packets);
  return [
    {
      work: `capture of ${size}, read and dissected`,
      contenders: [
        inProcess(work, "dissect", capture),
        wholeWork(work, "dissect", capture),
        ...ofPeer(peers, "gopacket read", (command) => [
          peer(work, "gopacket, lazy", [...command, "lazy", capture]),
          peer(work, "gopacket, parser for TCP alone", [...command, "parser", capture]),
        ]),
      ],
      goals: [{ peer: "gopacket, lazy", atMost: 1 }],
    },
    {
      work: "the same capture, with streams and findings",
      contenders: [inProcess(work, "analyze", capture), wholeWork(work, "analyze", capture)],
      goals: [],
    },
    {
      work: `${TUNNEL_WORK}, ${withThousands(tunnelled.packets)} of them`,
      contenders: [inProcess({ items: tunnelled.packets, expected: tunnelled }, "dissect", tunnels)],
      goals: [],
    },
  ];
}

/** Writes a CSV of this size. */
function csvInput(folder: string, size: CsvInput) {
  const file = path.join(folder, `${size.rows}-${size.conversations}.csv`);
  const payloadBytes = generateCsv(file, size.rows, size.conversations);
  return { file, rows: size.rows, expected: { packets: packetsOf(size), payloadBytes } };
}
