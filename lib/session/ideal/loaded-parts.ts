/** What only some sessions need, loaded by those that do: each file takes its time to start. */
import type { SessionParts } from "./frame-writers.ts";

/** The parts that a session needs from the start, without those for datagrams and packets of somebody else's making. */
export async function loadParts(isAnnotated: boolean, isEncapsulated: boolean): Promise<LoadedParts> {
  const Annotator = isAnnotated ? (await import("../annotator.ts")).Annotator : undefined;
  const EncapsulatingSink = isEncapsulated
    ? (await import("../encapsulation/encapsulating-sink.ts")).EncapsulatingSink
    : undefined;
  return new LoadedParts({ Annotator, EncapsulatingSink });
}

export class LoadedParts implements SessionParts {
  readonly Annotator: SessionParts["Annotator"];
  readonly EncapsulatingSink: SessionParts["EncapsulatingSink"];
  makePacketWriters: SessionParts["makePacketWriters"];

  constructor({ Annotator, EncapsulatingSink }: SessionParts) {
    this.Annotator = Annotator;
    this.EncapsulatingSink = EncapsulatingSink;
  }

  /** To be waited for before the session comes to a datagram or a packet. */
  async loadPacketWriters(): Promise<void> {
    this.makePacketWriters ??= (await import("../packet-writers.ts")).makePacketWriters;
  }
}
