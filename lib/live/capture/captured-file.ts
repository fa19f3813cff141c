/** Where a live capture goes: a file that can be read while it grows, or a pipe. */
import fs from "node:fs";
import type { CapturedPacket } from "../../pcap/capture-file.ts";
import { formatOfName } from "../../pcap/capture-file.ts";
import { copyPacket } from "../../pcap/copy-packet.ts";
import { GrowingFile } from "../../pcap/growing-file.ts";
import { isStandardOutput, OutputFile } from "../../pcap/output-file.ts";
import { PcapWriter } from "../../pcap/pcap-writer.ts";
import { PcapngWriter } from "../../pcap/pcapng-writer.ts";

const NANOSECONDS = 1_000_000_000;

/** What is known of the adapter when the first packet is still to come. */
export interface CapturedAdapter {
  readonly name: string;
  /** A LINKTYPE number. */
  readonly linkType: number;
  readonly snapLength: number;
}

export class CapturedFile {
  readonly #file: string;
  readonly #store: GrowingFile | OutputFile;
  #writer: PcapWriter | PcapngWriter | undefined;

  private constructor(file: string, store: GrowingFile | OutputFile) {
    this.#file = file;
    this.#store = store;
  }

  /**
   * Opens an output; what an older file holds is lost only when `begin` is called.
   *
   * @param file a name that ends as `formatOfName` knows it; `-` for standard output
   * @throws OutputError CANNOT_WRITE
   */
  static async open(file: string): Promise<CapturedFile> {
    return new CapturedFile(file, isPipe(file) ? await OutputFile.open(file) : await GrowingFile.open(file));
  }

  /** Writes the header of the capture. To be called once, before everything else. */
  begin({ name, linkType, snapLength }: CapturedAdapter): void {
    const origin = { seconds: 0, ticks: 0 };
    const shared = { linkType, snapLength, ticksPerSecond: NANOSECONDS } as const;
    this.#writer =
      formatOfName(this.#file) === "pcap"
        ? new PcapWriter(this.#store, { ...shared, origin })
        : new PcapngWriter(this.#store, { interfaces: [{ ...shared, name }], origin });
    this.#writer.flush();
  }

  add(packet: CapturedPacket): void {
    if (this.#writer !== undefined) copyPacket(packet, this.#writer, NANOSECONDS, 0);
  }

  /** Hands everything to the system. */
  flush(): void {
    this.#writer?.flush();
  }

  /** Whether something could not be written, as far as is known; `close` says what. */
  get hasFailed(): boolean {
    return this.#store instanceof GrowingFile && this.#store.failure !== undefined;
  }

  /** Waits until more can be taken. @throws OutputError CANNOT_WRITE, CLOSED_PIPE when something could not be written */
  async ready(): Promise<void> {
    const store = this.#store;
    if (store instanceof OutputFile) await store.drain();
    else if (store.failure !== undefined) throw store.failure;
  }

  /** Writes the rest. @throws OutputError as `ready` */
  async close(): Promise<void> {
    this.flush();
    if (this.#store instanceof GrowingFile) return this.#store.close();
    try {
      await this.#store.commit();
    } finally {
      await this.#store.abort();
    }
  }
}

function isPipe(file: string): boolean {
  if (isStandardOutput(file)) return true;
  try {
    const stats = fs.statSync(file);
    return stats.isFIFO() || stats.isSocket();
  } catch {
    // There is none yet; opening it will say whether there can be.
    return false;
  }
}
