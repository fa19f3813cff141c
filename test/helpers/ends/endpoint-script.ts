/**
 * What one end of a connection has to do, written down in the manner of packetdrill:
 *
 *     +0      connect
 *     +0      > S  0:0(0) <mss 1460,sackOK,wscale 0>
 *     +.1     < S. 0:0(0) ack 1 win 65535 <mss 1000,sackOK>
 *     +0      > .  1:1(0) ack 1
 *     +0      write 1000
 *     +0      > P. 1:1001(1000) ack 1
 *     +.2~.3  > P. 1:1001(1000) ack 1          ; timeout
 *
 * Seconds since the line before, or from so many to so many; `<` is given to the end, `>` is expected of it: the next segment that
 * it sends, at that time. Flags, sequence and acknowledgment numbers (counted from the initial ones) and lengths have to be as they
 * are written; so have options, unless they are `<...>`, and with none written there must be none. A window that is left out may be
 * any; in a `<`, it is the last one. `[ect0]` or `[ce]` in front of the flags is what the IP header says of congestion, and without it
 * the packet may not be marked. Behind `;` stands the cause. `@3` is the time stamp of the third segment that was sent.
 *
 * Anything that is sent and not expected is a fault, wherever it is found first: a line in which time goes by, or something is
 * done, says too that nothing else was sent. Bytes are those that `payloadAt` makes, in both directions, and so must be those that are sent and delivered. The edge of
 * the window that is offered never goes back, and moves by a segment or by half the buffer at least (RFC 9293, section 3.8.6).
 *
 *     listen, connect, write BYTES, shutdown, close, abort     what the application does
 *     path takes BYTES            what a router says: no segment may be larger
 *     read BYTES                  so much was delivered, all in all
 *     told opened                 what the application was told and no line has asked for before: opened, end-of-stream,
 *                                 closed, aborted, reset, refused, timed-out
 *     state ESTABLISHED           as RFC 9293 calls it
 *     sender cwnd 2000 rto 1~1.5  of the sender's state: bytes, and seconds; exactly, or from so many to so many; or none
 *     anything                    whatever was sent until then is as good
 *     // words                    are for the reader
 */
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { TcpEndpoint } from "../../../lib/session/tcp/endpoint.ts";
import type { Ending, EndpointWorld } from "../../../lib/session/tcp/endpoint-world.ts";
import { Ecn, Segment } from "../../../lib/session/tcp/segment.ts";
import { linuxHabits, type TcpHabits } from "../../../lib/session/tcp/tcp-habits.ts";
import { optionsOf, parseSegment, payloadAt, type WrittenSegment } from "../captures/packetdrill-script.ts";
import { takeOptions } from "./segment-options.ts";
import { describeSegment } from "./segment-words.ts";

/** A tick is a microsecond. */
export const TICKS_PER_SECOND = 1_000_000;

const LINE = /^\+([\d.]+)(?:~([\d.]+))?\s+(\S+)\s*(.*)$/;
const MARKED = /^(?:\[(\w+)\]\s*)?(.*)$/;
const CODE_POINTS: Record<string, number> = {
  ect0: Ecn.CAPABLE_0,
  ect1: Ecn.CAPABLE_1,
  ce: Ecn.CONGESTION_EXPERIENCED,
};
const LOOKS: ReadonlySet<string> = new Set(["read", "told", "state", "sender"]);
/** Whatever is due at one time is done after so many turns, or never. */
const MOST_TURNS = 1000;
/** Lines of what went before. */
const SHOWN = 20;
const DEFAULT_WINDOW = 65_535;

type Told = "opened" | "end-of-stream" | Ending;

/** Sent, and when. */
interface Sent {
  readonly at: number;
  readonly segment: Segment;
}

/** Plays a script to its end. @throws at the first thing that is not as it is written, with all that went before */
export function playScript(script: string, habits: Partial<TcpHabits> = {}): void {
  const player = new ScriptPlayer({ ...linuxHabits(TICKS_PER_SECOND), ...habits });
  for (const line of script.split("\n")) player.play(line.trim());
  player.finish();
}

class ScriptPlayer implements EndpointWorld {
  readonly #endpoint: TcpEndpoint;
  #now = 0;
  readonly #sent: Sent[] = [];
  /** Of each segment that was sent. */
  readonly #stamps: number[] = [];
  readonly #told: Told[] = [];
  readonly #transcript: string[] = [];
  #line = "";
  #written = 0;
  #delivered = 0;
  #acknowledged = 0;
  #hasEnded = false;
  #window = DEFAULT_WINDOW;

  /** RCV.NXT + RCV.WND, as they were told last. */
  #edge: number | undefined = undefined;
  #ownScale: number | undefined = undefined;
  /** Whether the other side knows of scales. */
  #isScaled = false;
  readonly #habits: TcpHabits;

  constructor(habits: TcpHabits) {
    this.#habits = habits;
    this.#endpoint = new TcpEndpoint(this, habits, TICKS_PER_SECOND);
  }

  play(text: string): void {
    if (text === "" || text.startsWith("//")) return;
    this.#line = text;
    const match = LINE.exec(text);
    if (match === null) this.#fail("this line cannot be read");
    const [, from, to, what, rest] = match;
    const earliest = this.#now + ticks(from!);
    if (what === ">") return this.#expect(rest!, earliest, to === undefined ? earliest : this.#now + ticks(to));
    this.#pass(earliest);
    if (what === "anything") this.#sent.length = 0;
    // What is looked at in between may be looked at before what was sent.
    if (!LOOKS.has(what!) || ticks(from!) > 0) this.#requireSilence();
    this.#transcript.push(`${seconds(this.#now)} ${what} ${rest}`);
    this.#do(what!, rest!);
  }

  finish(): void {
    this.#line = "the end of the script";
    this.#requireSilence();
  }

  #do(what: string, rest: string): void {
    const endpoint = this.#endpoint;
    const now = this.#now;
    if (what === "<") endpoint.receive(now, this.#given(rest));
    else if (what === "listen") endpoint.listen();
    else if (what === "connect") endpoint.connect(now);
    else if (what === "write") this.#write(Number(rest));
    else if (what === "shutdown") endpoint.shutdown(now);
    else if (what === "close") endpoint.close(now);
    else if (what === "abort") endpoint.abort(now);
    else if (what === "path") endpoint.pathTakes(now, Number(/^takes (\d+)$/.exec(rest)![1]));
    else if (what === "anything") return;
    else this.#check(what, rest);
  }

  #check(what: string, rest: string): void {
    if (what === "state") this.#compare("state", this.#endpoint.state, rest);
    else if (what === "read") this.#compare("bytes delivered", this.#delivered, Number(rest));
    else if (what === "told") this.#compare("told", this.#told.shift(), rest);
    else if (what === "sender") this.#checkSender(rest);
    else this.#fail(`nothing is called ${what}`);
  }

  #checkSender(rest: string): void {
    const state = this.#endpoint.senderState();
    for (const [, name, low, high] of rest.matchAll(/(\w+) ([\d.]+|none)(?:~([\d.]+))?/g)) {
      const field = name as keyof typeof state;
      if (!(field in state)) this.#fail(`the state of a sender has no ${name}`);
      const numberOf = field === "rto" || field === "srtt" ? ticks : Number;
      const is = state[field];
      if (low === "none" || is === undefined) this.#compare(name!, is ?? "none", low);
      else if (is < numberOf(low!) || is > numberOf(high ?? low!)) this.#fail(`${name} is ${is}, and not ${low}`);
    }
  }

  #write(count: number): void {
    const data = payloadAt(1 + this.#written, count, true);
    this.#written += count;
    this.#endpoint.write(this.#now, data);
  }

  #given(text: string): Segment {
    const [codePoint, written] = this.#marked(text);
    this.#window = written.window ?? this.#window;
    const segment = segmentOf(written, this.#window);
    segment.ecn = codePoint;
    if (segment.syn !== undefined) this.#isScaled = segment.syn.windowScale !== undefined;
    return segment;
  }

  #marked(text: string): [codePoint: number, written: WrittenSegment] {
    const [, mark, rest] = MARKED.exec(text)!;
    const codePoint = mark === undefined ? Ecn.NOT_CAPABLE : CODE_POINTS[mark];
    if (codePoint === undefined) this.#fail(`there is no code point ${mark}`);
    const stamped = rest!.replaceAll(/@(\d+)/g, (_, count) => String(this.#stamps[Number(count) - 1]));
    return [codePoint, parseSegment(stamped)];
  }

  /** Lets time go by, and does what is due until then. @param orSending until something was sent, at most */
  #pass(until: number, orSending = false): void {
    let turns = 0;
    while (this.#endpoint.deadline <= until && !(orSending && this.#sent.length > 0)) {
      const at = Math.max(this.#now, this.#endpoint.deadline);
      turns = at === this.#now ? turns + 1 : 0;
      if (turns > MOST_TURNS) this.#fail("what is due is never done");
      this.#now = at;
      this.#endpoint.expire(at);
    }
    if (!(orSending && this.#sent.length > 0)) this.#now = until;
  }

  #expect(text: string, earliest: number, latest: number): void {
    const [what = "", cause = ""] = text.split(";");
    if (this.#sent.length === 0) this.#pass(latest, true);
    const next = this.#sent.shift();
    if (next === undefined) this.#fail("nothing was sent");
    const { at, segment } = next;
    this.#transcript.push(`${seconds(at)} > ${describeSegment(segment)}`);
    if (at < earliest || at > latest) this.#fail(`it was sent at ${seconds(at)}, and not at ${seconds(earliest)}`);
    const [codePoint, written] = this.#marked(what.trim());
    this.#compareSegment(segment, written, codePoint);
    if (cause.trim() !== "") this.#compare("cause", segment.cause, cause.trim());
  }

  #compareSegment(segment: Segment, written: WrittenSegment, codePoint: number): void {
    const wanted = segmentOf(written, written.window ?? segment.window);
    wanted.ecn = codePoint;
    if (written.options === "...") {
      wanted.syn = segment.syn;
      wanted.timestamp = segment.timestamp;
      wanted.timestampEcho = segment.timestampEcho;
      wanted.blocks = segment.blocks;
    }
    this.#compare("segment", describeSegment(segment), describeSegment(wanted));
    const { data, start, length } = segment;
    const bytes = length === 0 ? [] : [...data!.subarray(start, start + length)];
    this.#compare("data", String(bytes), String([...payloadAt(segment.sequence, length, true)]));
  }

  #requireSilence(): void {
    const [next] = this.#sent;
    if (next !== undefined) this.#fail(`at ${seconds(next.at)} was sent ${describeSegment(next.segment)}`);
  }

  #compare(name: string, is: unknown, wanted: unknown): void {
    if (is !== wanted) this.#fail(`${name} is ${String(is)}, and not ${String(wanted)}`);
  }

  #fail(why: string): never {
    const before = this.#transcript.slice(-SHOWN).join("\n");
    throw new Error(`At "${this.#line}": ${why}. What went before:\n${before}`);
  }

  transmit(segment: Segment): void {
    this.#sent.push({ at: this.#now, segment });
    this.#stamps.push(segment.timestamp);
    this.#checkEdge(segment);
  }

  #checkEdge({ flags, acknowledgment, window, syn }: Segment): void {
    if (syn !== undefined) this.#ownScale = syn.windowScale;
    if ((flags & TcpFlag.ACK) === 0 || (flags & TcpFlag.RST) !== 0) return;
    const unit = 2 ** (syn === undefined && this.#isScaled ? (this.#ownScale ?? 0) : 0);
    const edge = acknowledgment + window * unit;
    const moves = edge - (this.#edge ?? edge);
    const { maximumSegmentSize, receiveBuffer } = this.#habits;
    if (moves < 0) this.#fail(`the edge of the window goes back from ${this.#edge} to ${edge}`);
    const isWorthIt = moves < unit || moves >= Math.min(maximumSegmentSize, receiveBuffer / 2);
    if (!isWorthIt) this.#fail(`the edge of the window moves by ${moves} only`);
    this.#edge = edge;
  }

  deliver(data: Uint8Array, start: number, end: number): void {
    const wanted = payloadAt(1 + this.#delivered, end - start, false);
    this.#compare("delivered data", String([...data.subarray(start, end)]), String([...wanted]));
    this.#delivered += end - start;
  }

  opened(): void {
    this.#told.push("opened");
  }

  endOfStream(): void {
    this.#told.push("end-of-stream");
  }

  acknowledged(sequence: number): void {
    if (sequence < this.#acknowledged) this.#fail(`${sequence} is acknowledged after ${this.#acknowledged}`);
    this.#acknowledged = sequence;
  }

  ended(how: Ending): void {
    if (this.#hasEnded) this.#fail("it ended twice");
    this.#hasEnded = true;
    this.#told.push(how);
  }
}

const ticks = (text: string): number => Math.round(Number(text) * TICKS_PER_SECOND);
const seconds = (at: number): string => (at / TICKS_PER_SECOND).toFixed(6);

function segmentOf(written: WrittenSegment, window: number): Segment {
  const segment = new Segment("new");
  segment.sequence = written.sequence;
  segment.acknowledgment = written.acknowledgment ?? 0;
  segment.flags = written.flags;
  segment.window = window;
  segment.length = written.length;
  if (written.length > 0) segment.data = payloadAt(written.sequence, written.length, false);
  const options = written.options === "..." ? [] : optionsOf(written.options ?? "", 0);
  takeOptions(segment, options);
  const blocks = options.find((option) => option.kind === "sack")?.blocks ?? [];
  segment.blocks = blocks.flatMap(({ left, right }) => [left, right]);
  return segment;
}
