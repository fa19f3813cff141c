/** The datagrams that two sockets sent each other, as a flow of the recording. */
import { WirewrightError } from "../../core/errors.ts";
import type { DatagramFlow, SideName } from "../../session/conversation.ts";
import { longestDatagram } from "../../session/datagram-writer.ts";
import { type About, namedCopy, type RecordingContext } from "./recording-context.ts";

export interface RecordedFlow {
  /** What a side is called in the comments that are written from now on; those of the last moment are among them. */
  rename(side: SideName, name: string): void;
  /**
   * A side has sent one datagram just now. Its bytes are copied; it may have none.
   *
   * @param about what comments say of it; it can be cut. Default: how many bytes from whom
   * @throws WirewrightError TOO_LONG for what no socket could have sent
   */
  sent(side: SideName, bytes: Uint8Array, about?: About): void;
}

export class RecordedDatagrams implements RecordedFlow {
  readonly #context: RecordingContext;
  readonly #flow: DatagramFlow;
  readonly #names: Record<SideName, string>;

  /** @param names what the sides are called until they are renamed */
  constructor(context: RecordingContext, flow: DatagramFlow, names: Record<SideName, string>) {
    this.#context = context;
    this.#flow = flow;
    this.#names = names;
  }

  rename(side: SideName, name: string): void {
    this.#names[side] = name;
  }

  sent(side: SideName, bytes: Uint8Array, about?: About): void {
    const most = longestDatagram(this.#flow.client.host.isIpv4);
    if (bytes.length > most) {
      const sentence = `A datagram of ${bytes.length} bytes cannot be recorded: the most that one carries is ${most}.`;
      throw new WirewrightError("TOO_LONG", sentence);
    }
    const time = this.#context.stamp(bytes.length);
    if (time === undefined) return;
    const own = namedCopy(this.#context, bytes, about, () => this.#names[side]);
    this.#context.session.sendDatagram(this.#flow, side, time, own);
  }
}
