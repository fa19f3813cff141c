/**
 * One end of a simulated connection: enough of RFC 9293 for its faults to be those of real captures. Congestion control is
 * a fixed window; sequence numbers count from 0, the SYN.
 */
import type { TcpOption } from "../../../lib/headers/tcp.ts";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { type Habits, habitsOf } from "./simulated-habits.ts";
import type { Flight, Simulation } from "./tcp-simulator.ts";

const { ACK, FIN, PSH, RST, SYN, URG } = TcpFlag;

const FIRST_TIMEOUT = 200_000;
const LONGEST_TIMEOUT = 8_000_000;
const DELAYED_ACKNOWLEDGMENT = 40_000;
const MOST_BLOCKS = 3;

type State = "closed" | "listening" | "opening" | "open" | "reset";

export class SimulatedEnd {
  readonly #net: Simulation;
  readonly #isClient: boolean;
  readonly #habits: Habits;
  #state: State;

  /** Sending: acknowledged up to, sent up to, ever sent up to, written up to; the FIN has the number after that. */
  #una = 0;
  #next = 0;
  #most = 0;
  #written = 1;
  #isClosing = false;
  #peerWindow = 0;
  #peerScale: number | undefined = undefined;
  #duplicates = 0;
  #timeout = FIRST_TIMEOUT;
  #timer = 0;

  /** Receiving: expected next, what lies behind it, bytes that the application has yet to read. */
  #expected = 0;
  #islands: [number, number][] = [];
  #unread = 0;
  #finAt: number | undefined = undefined;
  #unacknowledged = 0;
  #lastWindow = 0;
  #lastHeard = 0;

  constructor(net: Simulation, isClient: boolean) {
    this.#net = net;
    this.#isClient = isClient;
    this.#habits = habitsOf(net.chance);
    this.#state = isClient ? "closed" : "listening";
  }

  connect(): void {
    this.#state = "opening";
    const length = this.#habits.dataInSyn;
    this.#written += length;
    this.#emit(SYN, 0, length);
    this.#setTimer();
  }

  receive(flight: Flight): void {
    if (this.#state === "reset" || this.#state === "closed") return this.#refuse(flight);
    if ((flight.flags & RST) !== 0) {
      this.#state = "reset";
      return;
    }
    this.#lastHeard = this.#net.now;
    if ((flight.flags & SYN) !== 0) this.#takeSyn(flight);
    if (this.#state !== "open") return;
    this.#takeAcknowledgment(flight);
    if (flight.length > 0 || (flight.flags & FIN) !== 0) this.#takeData(flight);
    else if (flight.sequence < this.#expected && (flight.flags & SYN) === 0) this.#acknowledge();
    this.#sendData();
  }

  #refuse(flight: Flight): void {
    if ((flight.flags & RST) !== 0) return;
    const hasNumber = (flight.flags & ACK) !== 0;
    if (hasNumber) this.#emit(RST, flight.acknowledgment, 0);
    else {
      this.#expected = flight.sequence + flight.length + 1;
      this.#emit(RST | ACK, 0, 0);
    }
  }

  #takeSyn(flight: Flight): void {
    if (this.#state === "open") return this.#acknowledge();
    if (this.#state === "listening" && this.#habits.refuses) {
      this.#state = "reset";
      return this.#refuse(flight);
    }
    if (this.#expected === 0) {
      this.#expected = 1;
      const scale = flight.options.find((option) => option.kind === "windowScale");
      this.#peerScale = scale?.shift;
      if (this.#net.chance.perMille(700) && flight.length > 0) this.#expected += flight.length;
      this.#unread = 0;
    }
    this.#peerWindow = flight.window;
    if (this.#isClient) {
      this.#state = "open";
      this.#una = 1;
      this.#next = Math.max(1, flight.acknowledgment);
      this.#most = Math.max(this.#most, this.#next);
      this.#acknowledge();
    } else {
      this.#state = "open";
      this.#emit(SYN | ACK, 0, 0);
      this.#next = 1;
      this.#most = Math.max(this.#most, 1);
      this.#setTimer();
    }
    this.#beginToLive();
  }

  #beginToLive(): void {
    this.#scheduleWrite(this.#habits.writes);
    this.#scheduleRead();
    if (this.#habits.keepAlive !== undefined) this.#scheduleKeepAlive(this.#habits.keepAlive);
  }

  #takeAcknowledgment(flight: Flight): void {
    if ((flight.flags & ACK) === 0 || flight.acknowledgment > this.#most) return;
    if ((flight.flags & SYN) === 0) this.#peerWindow = flight.window << (this.#scaled() ? (this.#peerScale ?? 0) : 0);
    if (flight.acknowledgment > this.#una) {
      this.#una = flight.acknowledgment;
      this.#next = Math.max(this.#next, this.#una);
      this.#duplicates = 0;
      this.#timeout = FIRST_TIMEOUT;
      this.#setTimer();
    } else if (flight.length === 0 && this.#una < this.#most && flight.acknowledgment === this.#una) {
      this.#duplicates++;
      if (this.#duplicates === 3) this.#sendAgain();
    }
  }

  #takeData(flight: Flight): void {
    const end = flight.sequence + flight.length;
    if ((flight.flags & FIN) !== 0) this.#finAt = end;
    const isFull = this.#unread + flight.length > this.#habits.buffer && flight.length > 0;
    const wasExpected = this.#expected;
    if (flight.length > 0 && !isFull && end > this.#expected) this.#keep(flight.sequence, end);
    if (this.#expected === this.#finAt) this.#takeFin();
    this.#unread += this.#expected - wasExpected;
    const isInOrder = this.#expected > wasExpected && this.#islands.length === 0;
    this.#unacknowledged++;
    if (!isInOrder || this.#unacknowledged >= 2 || (flight.flags & FIN) !== 0) this.#acknowledge();
    else this.#net.after(DELAYED_ACKNOWLEDGMENT, () => this.#unacknowledged > 0 && this.#acknowledge());
  }

  #keep(start: number, end: number): void {
    this.#islands.push([start, end]);
    this.#islands.sort((a, b) => a[0] - b[0]);
    for (const [left, right] of this.#islands) {
      if (left <= this.#expected && right > this.#expected) this.#expected = right;
    }
    this.#islands = this.#islands.filter(([, right]) => right > this.#expected);
  }

  #takeFin(): void {
    this.#expected++;
    this.#finAt = undefined;
    this.#net.after(this.#net.chance.of([0, 10, 50_000]), () => this.#close());
  }

  #close(): void {
    if (this.#isClosing || this.#state !== "open") return;
    this.#isClosing = true;
    this.#sendData();
  }

  /** All that the other side's window and our own limit allow. */
  #sendData(): void {
    if (this.#state !== "open") return;
    const limit = Math.min(this.#una + this.#peerWindow, this.#una + this.#habits.sendLimit, this.#written);
    while (this.#next < limit) this.#sendOne(Math.min(this.#habits.mss, limit - this.#next));
    if (this.#isClosing && this.#next === this.#written) this.#sendOne(0);
    if (this.#timer === 0 && this.#una < this.#end()) this.#setTimer();
  }

  #sendOne(length: number): void {
    const isLast = this.#next + length === this.#written;
    const flags = (isLast && length > 0 ? PSH : 0) | (isLast && this.#isClosing ? FIN : 0);
    const urgent = length > 0 && this.#net.chance.perMille(10) ? URG : 0;
    this.#emit(ACK | flags | urgent, this.#next, length);
    this.#next += length + ((flags & FIN) === 0 ? 0 : 1);
    this.#most = Math.max(this.#most, this.#next);
  }

  /** The first number that will never be sent. */
  #end(): number {
    return this.#written + (this.#isClosing ? 1 : 0);
  }

  #sendAgain(): void {
    const goesBack = this.#habits.goesBack;
    const reached = this.#next;
    this.#next = this.#una;
    const left = Math.min(this.#written, this.#most) - this.#una;
    // Other boundaries than the first time, now and then.
    const size = this.#net.chance.perMille(200) ? Math.ceil(this.#habits.mss * 1.3) : this.#habits.mss;
    this.#sendOne(Math.max(0, Math.min(size, left)));
    if (!goesBack) this.#next = Math.max(reached, this.#next);
  }

  #setTimer(): void {
    const timer = ++this.#timerCount;
    this.#timer = timer;
    this.#net.after(this.#timeout, () => this.#timer === timer && this.#timeUp());
  }
  #timerCount = 0;

  #timeUp(): void {
    this.#timer = 0;
    if (this.#state === "opening") this.#emit(SYN, 0, 0);
    else if (this.#state !== "open") return;
    else if (this.#una === 0) this.#emit(SYN | ACK, 0, 0);
    else if (this.#una >= this.#end()) return;
    else if (this.#peerWindow === 0 && this.#una < this.#written) this.#probe();
    else if (this.#una < this.#most) this.#sendAgain();
    else this.#sendData();
    this.#timeout = Math.min(LONGEST_TIMEOUT, this.#timeout * 2);
    this.#setTimer();
  }

  #probe(): void {
    if (!this.#habits.probesWithData) return this.#emit(ACK, this.#una - 1, 0);
    this.#emit(ACK, this.#una, 1);
    this.#most = Math.max(this.#most, this.#una + 1);
  }

  #acknowledge(): void {
    this.#unacknowledged = 0;
    this.#emit(ACK, this.#next, 0);
  }

  #scheduleWrite(left: number): void {
    const { chance } = this.#net;
    this.#net.after(chance.below(this.#habits.writingPause) + 1, () => {
      if (this.#state !== "open") return;
      if (chance.perMille(this.#habits.aborts)) return this.#abort();
      if (left === 0) return this.#close();
      if (!this.#isClosing) this.#written += chance.of([1, 20, 300, 1460, 5000, 20_000]);
      this.#sendData();
      this.#scheduleWrite(left - 1);
    });
  }

  #abort(): void {
    this.#emit(this.#net.chance.perMille(500) ? RST : RST | ACK, this.#next, 0);
    this.#state = "reset";
  }

  #scheduleRead(): void {
    this.#net.after(this.#habits.readingPause, () => {
      if (this.#state !== "open") return;
      this.#unread = Math.max(0, this.#unread - this.#habits.reading);
      if (this.#lastWindow < this.#habits.mss && this.#space() > this.#lastWindow) this.#acknowledge();
      this.#scheduleRead();
    });
  }

  #scheduleKeepAlive(interval: number): void {
    this.#net.after(interval, () => {
      if (this.#state !== "open") return;
      const isIdle = this.#net.now - this.#lastHeard >= interval && this.#una === this.#most;
      if (isIdle) this.#emit(ACK, this.#next - 1, this.#net.chance.below(2));
      this.#scheduleKeepAlive(interval);
    });
  }

  #space(): number {
    return Math.max(0, this.#habits.buffer - this.#unread);
  }

  #scaled(): boolean {
    return this.#habits.scale !== undefined && this.#peerScale !== undefined;
  }

  #emit(flags: number, sequence: number, length: number): void {
    const isSyn = (flags & SYN) !== 0;
    const space = this.#space();
    const shift = !isSyn && this.#scaled() ? (this.#habits.scale ?? 0) : 0;
    const window = Math.min(65_535, space >> shift);
    if (!isSyn) this.#lastWindow = window << shift;
    this.#net.send({
      isClient: this.#isClient,
      sequence,
      acknowledgment: this.#expected,
      flags,
      window: (flags & RST) !== 0 ? 0 : window,
      length,
      options: this.#options(isSyn),
      sack: this.#habits.sacks && !isSyn && (flags & RST) === 0 ? this.#islands.slice(0, MOST_BLOCKS) : [],
    });
    if (isSyn) {
      this.#next = Math.max(this.#next, 1 + length);
      this.#most = Math.max(this.#most, this.#next);
    }
  }

  #options(isSyn: boolean): TcpOption[] {
    const { mss, scale, sacks, stamps } = this.#habits;
    const options: TcpOption[] = [];
    if (isSyn) options.push({ kind: "mss", value: Math.min(65_495, mss) });
    if (isSyn && scale !== undefined) options.push({ kind: "windowScale", shift: scale });
    if (isSyn && sacks) options.push({ kind: "sackPermitted" });
    if (stamps) options.push({ kind: "timestamps", value: Math.floor(this.#net.now / 1000), echoReply: 0 });
    return options;
  }
}
