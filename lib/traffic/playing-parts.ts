/** What only some messages are played with, loaded before the first of them is played: each file takes its time to start. */

import type { SegmentScript } from "../session/segment-script.ts";

type PacketSender = typeof import("./packet-list/packet-sender.ts");

export class PlayingParts {
  /** Plays what is told segment by segment. */
  SegmentScript: typeof SegmentScript | undefined;
  /** Plays packets of which all is told. */
  sender: PacketSender | undefined;
  readonly #loadPacketWriters: () => Promise<void>;
  #needsScript = false;
  #needsSender = false;
  #needsWriters = false;

  /** @param loadPacketWriters makes the session ready for datagrams, and packets of somebody else's making */
  constructor(loadPacketWriters: () => Promise<void>) {
    this.#loadPacketWriters = loadPacketWriters;
  }

  needScript(): void {
    this.#needsScript = this.SegmentScript === undefined;
  }

  needDatagrams(): void {
    this.#needsWriters = true;
  }

  needPackets(): void {
    this.#needsWriters = true;
    this.#needsSender = this.sender === undefined;
  }

  /** Everything that was needed since the last time. */
  async load(): Promise<void> {
    if (this.#needsScript) this.SegmentScript = (await import("../session/segment-script.ts")).SegmentScript;
    if (this.#needsSender) this.sender = await import("./packet-list/packet-sender.ts");
    if (this.#needsWriters) await this.#loadPacketWriters();
    this.#needsScript = this.#needsSender = this.#needsWriters = false;
  }
}
