/** Sends the packets of captures to an adapter, with the gaps that they were captured with. */
import type { Capture } from "../../pcap/capture-reader.ts";
import type { OpenAdapter } from "../cap.ts";
import { adapterLost, refusalOf } from "../live-errors.ts";
import { FrameConverter, ipv6FamilyOf, type LeftOutReason } from "./link-conversion.ts";
import { Pace, Waiter } from "./pace.ts";

/** How far it is, or was in the end. Can be sent from process to process. */
export interface InjectionCounts {
  /** Those that were sent. */
  readonly packets: number;
  /** Of those, link headers included. */
  readonly bytes: number;
  /** Packets that were not sent, by why not. */
  readonly leftOut: Readonly<Record<LeftOutReason, number>>;
  /** Milliseconds from the first packet to the last. */
  readonly duration: number;
  /** The most milliseconds that a packet was sent after its time; undefined where each is sent as soon as it can be. */
  readonly worstDelay: number | undefined;
  /** Packets that were captured before the one in front of them in the file. */
  readonly backwards: number;
}

export interface InjectorOptions {
  /** How many times faster than captured; infinite: as fast as the adapter takes them. */
  readonly speed: number;
  /** Ends it before the next packet. */
  readonly signal?: AbortSignal | undefined;
  /** Told about every hundredth of a second, while there is something to send. */
  readonly onTurn?: (() => void) | undefined;
  /** Told before a wait of more than a minute, with its milliseconds and the number that the packet has in its file. */
  readonly onLongWait?: ((wait: number, packet: number) => void) | undefined;
}

const TOO_LONG: LeftOutReason = "longer than the adapter takes";
const LONG_WAIT = 60_000;
/** Milliseconds before a busy adapter is asked again, and how often it is. */
const BUSY_WAIT = 1;
const MOST_ATTEMPTS = 5000;

export class Injector {
  readonly #adapter: OpenAdapter;
  readonly #name: string;
  readonly #options: InjectorOptions;
  readonly #converter: FrameConverter;
  readonly #pace: Pace;
  readonly #waiter: Waiter;
  #startedAt: number | undefined;
  #endedAt = 0;
  #packets = 0;
  #bytes = 0;
  #worstDelay = 0;
  readonly #leftOut = new Map<LeftOutReason, number>();

  /** @param name of the adapter */
  constructor(adapter: OpenAdapter, name: string, options: InjectorOptions) {
    this.#adapter = adapter;
    this.#name = name;
    this.#options = options;
    this.#converter = new FrameConverter({
      linkType: adapter.linkType,
      ipv6Family: ipv6FamilyOf(process.platform),
    });
    this.#pace = new Pace(options.speed);
    this.#waiter = new Waiter(options.signal);
  }

  get counts(): InjectionCounts {
    return {
      packets: this.#packets,
      bytes: this.#bytes,
      leftOut: Object.fromEntries(this.#leftOut),
      duration: this.#packets === 0 ? 0 : this.#endedAt - this.#startedAt!,
      worstDelay: Number.isFinite(this.#options.speed) ? this.#worstDelay : undefined,
      backwards: this.#pace.backwards,
    };
  }

  /**
   * Sends what is left of a capture, up to its end or to the signal. Those of a second capture follow on the first one's
   * last packet without a gap.
   *
   * @throws LiveError ADAPTER_LOST, CANNOT_SEND; CaptureError INPUT_UNREADABLE
   */
  async send(capture: Capture): Promise<void> {
    const { packet } = capture;
    do {
      while (!this.#isStopped && capture.next()) {
        const due = this.#dueAt(this.#pace.dueAt(packet));
        const frame = this.#converter.convert(packet);
        if (typeof frame === "string") {
          this.#leaveOut(frame);
          continue;
        }
        // Not for each packet: at full speed, that alone would take longer than sending them.
        if (this.#waiter.mustYield(performance.now(), due)) await this.#wait(due, packet.number);
        else this.#waiter.briefly(due);
        if (!this.#isStopped && !this.#trySend(frame, due)) await this.#insist(frame, due);
      }
    } while (!this.#isStopped && (await this.#more(capture)));
    this.#pace.startAgain();
  }

  get #isStopped(): boolean {
    return this.#options.signal?.aborted === true;
  }

  /** From milliseconds since the first packet to what `performance.now()` counts. */
  #dueAt(time: number): number {
    this.#startedAt ??= performance.now();
    return this.#startedAt + time;
  }

  async #wait(due: number, packet: number): Promise<void> {
    const { onTurn, onLongWait } = this.#options;
    const wait = due - performance.now();
    if (wait > LONG_WAIT) onLongWait?.(wait, packet);
    onTurn?.();
    await this.#waiter.until(due);
  }

  /** @returns false if the adapter is too busy to take it now */
  #trySend(frame: Uint8Array, due: number): boolean {
    const now = performance.now();
    try {
      this.#adapter.send(frame);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === "BUSY") return false;
      if (refusal === "GONE") throw adapterLost(this.#name, error);
      if (refusal !== "TOO_LONG") throw error;
      this.#leaveOut(TOO_LONG);
      return true;
    }
    this.#packets++;
    this.#bytes += frame.length;
    this.#endedAt = now;
    if (now - due > this.#worstDelay) this.#worstDelay = now - due;
    return true;
  }

  /** A queue that is full drains as fast as the wire is, unless the other side has stopped it. */
  async #insist(frame: Uint8Array, due: number): Promise<void> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS && !this.#isStopped; attempt++) {
      await this.#waiter.until(performance.now() + BUSY_WAIT);
      if (this.#trySend(frame, due)) return;
    }
    if (!this.#isStopped) this.#adapter.send(frame);
  }

  #leaveOut(reason: LeftOutReason): void {
    this.#leftOut.set(reason, (this.#leftOut.get(reason) ?? 0) + 1);
  }

  /** Reads on, until there is something or the signal comes: a pipe can be silent for ever. */
  async #more(capture: Capture): Promise<boolean> {
    const { signal } = this.#options;
    if (signal === undefined) return capture.more();
    const more = capture.more();
    let stop = () => {};
    const stopped = new Promise<false>((resolve) => {
      stop = () => resolve(false);
      signal.addEventListener("abort", stop);
    });
    try {
      return await Promise.race([more, stopped]);
    } finally {
      signal.removeEventListener("abort", stop);
      more.catch(() => {});
    }
  }
}
