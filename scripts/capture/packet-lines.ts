/** Packets as lines, as they come: what a ladder of `analyze` says of each arrow, and who sends it to whom. */

import { type Moment, momentOf } from "../../lib/core/time.ts";
import { Dissector } from "../../lib/dissect/dissector.ts";
import { protocolName } from "../../lib/dissect/outline.ts";
import { formatIp } from "../../lib/headers/address.ts";
import type { CapturedPacket } from "../../lib/pcap/capture-file.ts";
import { linkTypeName } from "../../lib/pcap/link-types.ts";
import { arrowLabel, arrowOf, findingsOf } from "../../lib/report/arrow-log.ts";
import { elapsed, milliseconds } from "../../lib/report/moments.ts";
import type { Paint } from "../../lib/report/text/text-layout.ts";
import { formatSocket } from "../../lib/report/wording.ts";
import { AnalyzedPacket } from "../../lib/streams/analyzed-packet.ts";
import { StreamTracker } from "../../lib/streams/stream-tracker.ts";
import { Output } from "../shared/output.ts";

const FRAME_WIDTH = 7;
const TIME_WIDTH = 11;
/** Milliseconds in which the last lines may be read. */
const LAST_MOMENT = 1000;

/** Turns the packets of one capture into lines. Of each connection it keeps about 1 KB. */
export class PacketLines {
  readonly #paint: Paint;
  readonly #dissector = new Dissector();
  readonly #tracker = new StreamTracker();
  #packet: AnalyzedPacket | undefined;
  #first: Moment | undefined;

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  /** What the columns are called. */
  get heading(): string {
    return this.#paint.heading(`${"Frame".padStart(FRAME_WIDTH)}  ${"Time (ms)".padStart(TIME_WIDTH)}  Packet`);
  }

  /** The lines of the next packet: one, and one for each finding. @param captured the same object every time */
  of(captured: CapturedPacket): string[] {
    const outline = this.#dissector.dissect(captured);
    this.#tracker.add(outline, captured);
    this.#packet ??= new AnalyzedPacket(captured, outline, this.#tracker);
    this.#first ??= momentOf(captured);
    const time = milliseconds(elapsed(this.#first, captured));
    const frame = String(captured.number).padStart(FRAME_WIDTH);
    const margin = " ".repeat(FRAME_WIDTH + TIME_WIDTH + 4);
    return [
      `${frame}  ${time.padStart(TIME_WIDTH)}  ${this.#describe(this.#packet)}`,
      ...findingsOf(arrowOf(this.#packet)).map(
        ({ title, severity }) => `${margin}${this.#paint.severity(`! ${title}`, severity)}`,
      ),
    ];
  }

  #describe(packet: AnalyzedPacket): string {
    const { outline, captured } = packet;
    const stream = packet.tcpStream ?? packet.udpStream;
    if (stream !== undefined) {
      const [from, to] = packet.isFromClient ? [stream.client, stream.server] : [stream.server, stream.client];
      return `${formatSocket(from)} -> ${formatSocket(to)}  ${stream.protocol} ${arrowLabel(arrowOf(packet))}`;
    }
    const length = `${captured.wireLength} bytes`;
    const name = protocolName(outline);
    if (outline.ipVersion === 0) {
      return name === "unknown" ? `${linkTypeName(captured.linkType)}, ${length}` : `${name}, ${length}`;
    }
    return `${formatIp(outline.source!)} -> ${formatIp(outline.destination!)}  ${name}, ${length}`;
  }
}

/** Lines on standard output. When the capture is to end, a reader that has stalled is not waited for long. */
export class PrintedLines {
  readonly #output = new Output();
  readonly #lines: PacketLines;
  readonly #abandoned: Promise<void>;
  #abandon = () => {};
  isAbandoned = false;

  constructor(paint: Paint) {
    this.#lines = new PacketLines(paint);
    this.#abandoned = new Promise((resolve) => {
      this.#abandon = resolve;
    });
    this.#output.write(`${this.#lines.heading}\n`);
  }

  add(packet: CapturedPacket): void {
    if (this.isAbandoned) return;
    for (const line of this.#lines.of(packet)) this.#output.write(`${line}\n`);
  }

  drain(): Promise<void> {
    return this.isAbandoned ? this.#abandoned : Promise.race([this.#output.drain(), this.#abandoned]);
  }

  /** From now on the reader has a moment for what is still to come. */
  stop(): void {
    setTimeout(() => {
      this.isAbandoned = true;
      this.#abandon();
    }, LAST_MOMENT).unref();
  }
}
