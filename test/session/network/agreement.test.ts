/**
 * What tshark says of impaired captures, what we say of them, and what really happened: the first two are the same frame by frame,
 * and both call sent again what was sent again, but for exceptions that have a reason each.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { analyzeCapture } from "../../../lib/analyze-capture.ts";
import { Dissector } from "../../../lib/dissect/dissector.ts";
import { formatAddress } from "../../../lib/dissect/outline.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { captureFromBytes } from "../../../lib/pcap/capture-from-bytes.ts";
import type { Transmission } from "../../../lib/session/network/transmission.ts";
import type { AnalyzedPacket } from "../../../lib/streams/analyzed-packet.ts";
import { DEFAULT_START } from "../../../lib/traffic-options.ts";
import { captureFile, temporaryFolder } from "../../helpers/captures/captures.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { followStreams } from "../../helpers/judges/tshark.ts";
import { FINDING_FIELDS, judgedPackets } from "../../helpers/judges/tshark-packets.ts";
import { IMPAIRMENTS, type ImpairedCapture, impairedCapture } from "../../helpers/network/impaired-captures.ts";
import { joined, SECOND } from "../../helpers/network/network-runs.ts";

const CAPTURES = 510;
/** In one file, so that tshark is asked a few times only. */
const IN_ONE_FILE = 170;
const TAPS = [0, 1, 0.4, 0.7];

const TCP_FINDINGS: readonly string[] = FINDING_FIELDS.filter((field) => field.startsWith("tcp.analysis."));
const SENT_AGAIN: ReadonlySet<string> = new Set([
  "tcp.analysis.retransmission",
  "tcp.analysis.fast_retransmission",
  "tcp.analysis.spurious_retransmission",
  "tcp.analysis.out_of_order",
]);

interface JudgedFrame {
  readonly capture: ImpairedCapture;
  readonly records: ReadonlyMap<number, Transmission>;
  readonly record: Transmission | undefined;
  /** Its number in its own capture. */
  readonly frame: number;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

const isNumbered = ({ length, flags = 0 }: Transmission) => length > 0 || (flags & (TcpFlag.SYN | TcpFlag.FIN)) !== 0;
const endOf = ({ sequence = 0, length, flags = 0 }: Transmission) =>
  sequence + length + ((flags & (TcpFlag.SYN | TcpFlag.FIN)) === 0 ? 0 : 1);

/** The truth about each frame of a capture. */
function recordsByFrame({ truth }: ImpairedCapture): Map<number, Transmission> {
  const byFrame = new Map<number, Transmission>();
  for (const record of truth) {
    for (const frame of [record.frame, ...record.furtherFrames]) if (frame !== undefined) byFrame.set(frame, record);
  }
  return byFrame;
}

const tcpFindings = (findings: readonly string[]) => findings.filter((name) => TCP_FINDINGS.includes(name)).toSorted();

async function ourFindings(bytes: Uint8Array): Promise<string[][]> {
  const found: string[][] = [];
  const onPacket = ({ findings }: AnalyzedPacket) => void found.push(tcpFindings(findings));
  await analyzeCapture(captureFromBytes(bytes), { onPacket });
  return found;
}

/** The frames of several captures, judged as one file. */
async function judged(captures: readonly ImpairedCapture[], file: string): Promise<JudgedFrame[]> {
  const bytes = joined(captures.map(({ capture }) => capture));
  const theirs = judgedPackets(captureFile(folder, file, bytes));
  const ours = await ourFindings(bytes);
  expect(theirs.length).toBe(ours.length);
  let at = 0;
  return captures.flatMap((capture) => {
    const records = recordsByFrame(capture);
    return Array.from({ length: capture.packets }, (_, index) => {
      const [our, their] = [ours[at]!, tcpFindings(theirs[at++]!.findings)];
      return { capture, records, record: records.get(index + 1), frame: index + 1, ours: our, theirs: their };
    });
  });
}

/** Why a frame may be called sent again although it was not, or the other way round; undefined where it may not. */
function exceptionOf({ record, records, frame }: JudgedFrame, isAgain: boolean): string | undefined {
  const { from, id, sequence = 0 } = record!;
  const before = [...records].filter(([number, other]) => number < frame && other.from === from && isNumbered(other));
  if (!isAgain) return before.some(([, other]) => other.id > id) ? LATE : undefined;
  const isSeen = before.some(([, other]) => other.sequence! <= sequence && sequence < endOf(other));
  return isSeen ? undefined : UNSEEN;
}

/** What of a frame the truth tells too. */
interface ShownFrame {
  readonly frame: number;
  readonly from: string;
  readonly sequence: number;
  readonly acknowledgment: number | undefined;
  readonly length: number;
  readonly flags: number;
  /** Ticks; undefined where the truth has that of another frame. */
  readonly time: number | undefined;
}

function packetsOf({ capture, ends }: ImpairedCapture, records: ReadonlyMap<number, Transmission>): ShownFrame[] {
  const reading = captureFromBytes(capture);
  const dissector = new Dissector();
  const initial = new Map<string, number>();
  const relative = (side: string, number: number) => (number - initial.get(side)!) >>> 0;
  const shown: ShownFrame[] = [];
  while (reading.next()) {
    const { packet } = reading;
    const o = dissector.dissect(packet);
    const [from, to] = formatAddress(o.source) === ends[0] ? ["client", "server"] : (["server", "client"] as const);
    const hasAck = (o.flags & TcpFlag.ACK) !== 0;
    // What the tap sees first of a side may be what the other one acknowledges.
    if (!initial.has(from!)) initial.set(from!, o.sequenceNumber);
    if (!initial.has(to!) && hasAck) initial.set(to!, (o.acknowledgmentNumber - 1) >>> 0);
    const isFirst = records.get(packet.number)?.frame === packet.number;
    shown.push({
      frame: packet.number,
      from: from!,
      sequence: relative(from!, o.sequenceNumber),
      acknowledgment: hasAck ? relative(to!, o.acknowledgmentNumber) : undefined,
      length: o.payloadLength,
      flags: o.flags,
      time: isFirst ? (packet.seconds - DEFAULT_START.seconds) * SECOND + packet.nanoseconds / 1000 : undefined,
    });
  }
  return shown;
}

function toldOf(record: Transmission, frame: number): ShownFrame {
  const { from, sequence, acknowledgment, length, flags, tap } = record;
  const time = frame === record.frame ? tap : undefined;
  return { frame, from, sequence: sequence!, acknowledgment, length, flags: flags!, time };
}

/** What was sent later has overtaken it, so that it looks like what fills a hole. */
const LATE = "came late";
/** The first time was lost before the tap, so that it looks like the first time. */
const UNSEEN = "first time not seen";

const folder = temporaryFolder();

describe.skipIf(isMissing("tshark"))("impaired captures", () => {
  const captures: ImpairedCapture[] = [];
  let frames: JudgedFrame[] = [];

  beforeAll(async () => {
    for (let index = 0; index < CAPTURES; index++) {
      const tap = TAPS[Math.floor(index / Object.keys(IMPAIRMENTS).length) % TAPS.length]!;
      captures.push(await impairedCapture(index, tap));
    }
    for (let first = 0; first < CAPTURES; first += IN_ONE_FILE) {
      frames = frames.concat(await judged(captures.slice(first, first + IN_ONE_FILE), `${first}.pcap`));
    }
  }, 600_000);

  it("are to us what they are to tshark, frame by frame", () => {
    expect(captures.length).toBeGreaterThanOrEqual(500);
    const differing = frames.filter(({ ours, theirs }) => ours.join() !== theirs.join());
    expect(differing.map(({ capture, frame, ours, theirs }) => [capture.impairment, frame, ours, theirs])).toEqual([]);
    // All that can be found is found somewhere.
    const found = new Set(frames.flatMap(({ theirs }) => theirs));
    const missing = TCP_FINDINGS.filter((name) => !found.has(name));
    // Nobody of ours sends data into a closed window or opens a connection between the sockets of another one, and there is no way
    // around the tap.
    expect(missing).toEqual([
      "tcp.analysis.ack_lost_segment",
      "tcp.analysis.reused_ports",
      "tcp.analysis.zero_window_probe",
      "tcp.analysis.zero_window_probe_ack",
    ]);
  });

  it("are called sent again where they were, but for what came late and what the tap saw for the first time", () => {
    const exceptions = new Map<string, number>();
    let again = 0;
    for (const judgedFrame of frames) {
      const { capture, record, frame, theirs } = judgedFrame;
      expect(record, `${capture.impairment}, frame ${frame}`).toBeDefined();
      // A copy that the network has made comes again as well.
      const isAgain = isNumbered(record!) && (record!.repeats !== undefined || frame !== record!.frame);
      if (isAgain) again++;
      if (isAgain === theirs.some((name) => SENT_AGAIN.has(name))) continue;
      const exception = exceptionOf(judgedFrame, isAgain);
      expect(exception, `${capture.impairment}, frame ${frame}: ${theirs}`).toBeDefined();
      exceptions.set(exception!, (exceptions.get(exception!) ?? 0) + 1);
    }
    expect(again).toBeGreaterThan(1000);
    expect([...exceptions.keys()].toSorted()).toEqual([LATE, UNSEEN]);
    for (const [exception, count] of exceptions) expect(count, exception).toBeGreaterThan(50);
    const all = [...exceptions.values()].reduce((sum, count) => sum + count, 0);
    expect(all).toBeLessThan(frames.length / 40);
  });

  it("are told of frame by frame: numbers, flags, lengths and times are those of the truth", () => {
    for (const capture of captures) {
      const records = recordsByFrame(capture);
      const packets = packetsOf(capture, records);
      expect(records.size).toBe(packets.length);
      expect(packets).toEqual(packets.map(({ frame }) => toldOf(records.get(frame)!, frame)));
    }
  });

  it("carry the messages, as tshark follows them where they are received", () => {
    for (const end of [0, 1] as const) {
      const own = captures
        .filter((_, index) => Math.floor(index / Object.keys(IMPAIRMENTS).length) % TAPS.length === end)
        .slice(0, 60);
      const file = captureFile(
        folder,
        `followed-${end}.pcap`,
        joined(
          own.map(({ capture }) => capture),
          true,
        ),
      );
      const followed = followStreams(file, own.length);
      for (const [index, { said, impairment }] of own.entries()) {
        expect(followed[index]!.equals(said), `${impairment} at ${end}`).toBe(true);
      }
    }
  });
});
