/** Several captures as one, in the order of time. */
import { CapturedPacket, type CaptureFormat } from "./capture-file.ts";
import type { CaptureInterface } from "./capture-parser.ts";
import type { Capture } from "./capture-reader.ts";

/** Finds the interface of a packet in the list of all interfaces of its capture: within their section, they count from 0. */
export class InterfaceIndex {
  readonly #capture: Pick<Capture, "interfaces">;
  #known = 0;
  #section = 0;
  /** The first interface of the section that is being read. */
  #sectionStart = 0;

  constructor(capture: Pick<Capture, "interfaces">) {
    this.#capture = capture;
  }

  /** @param id of the packet that was read last */
  of(id: number): number {
    const { interfaces } = this.#capture;
    for (; this.#known < interfaces.length; this.#known++) {
      const { section } = interfaces[this.#known]!;
      if (section === this.#section) continue;
      this.#section = section;
      this.#sectionStart = this.#known;
    }
    return this.#sectionStart + id;
  }
}

interface Source {
  readonly capture: Capture;
  readonly index: InterfaceIndex;
  /** Index in the merged list of each of its interfaces. */
  readonly ids: number[];
  hasPacket: boolean;
  hasEnded: boolean;
  /** What is to be compared: of a packet without a time, that of the one before it. */
  seconds: number;
  nanoseconds: number;
}

/**
 * Reads several captures at once. Of the packets that are next in each, the earliest comes first; of those with one time, that of the
 * capture that is named first. A capture whose own packets are out of order stays as it is. Frames are numbered anew, and
 * interfaces too: one list, in which those that are alike in all that is said of them are one.
 */
export class MergedCapture implements Capture {
  readonly packet = new CapturedPacket();
  readonly #sources: readonly Source[];
  readonly #interfaces: CaptureInterface[] = [];
  readonly #known = new Map<string, number>();
  /** Whose packet was handed out last. */
  #last: Source | undefined;

  /** @param captures at least one, none of which was read yet */
  constructor(captures: readonly Capture[]) {
    this.#sources = captures.map((capture) => ({
      capture,
      index: new InterfaceIndex(capture),
      ids: [],
      hasPacket: false,
      hasEnded: false,
      seconds: Number.NEGATIVE_INFINITY,
      nanoseconds: 0,
    }));
  }

  get name(): string {
    return this.#sources.map(({ capture }) => capture.name).join(", ");
  }

  get format(): CaptureFormat {
    return this.#sources.some(({ capture }) => capture.format === "pcapng") ? "pcapng" : "pcap";
  }

  get isCompressed(): boolean {
    return this.#sources.some(({ capture }) => capture.isCompressed);
  }

  get bytesRead(): number {
    return this.#sources.reduce((sum, { capture }) => sum + capture.bytesRead, 0);
  }

  get interfaces(): readonly CaptureInterface[] {
    return this.#interfaces;
  }

  get comments(): readonly string[] {
    return this.#sources.flatMap(({ capture }) => capture.comments);
  }

  get application(): string | undefined {
    return this.#first(({ application }) => application);
  }

  get hardware(): string | undefined {
    return this.#first(({ hardware }) => hardware);
  }

  get os(): string | undefined {
    return this.#first(({ os }) => os);
  }

  get otherBlocks(): number {
    return this.#sources.reduce((sum, { capture }) => sum + capture.otherBlocks, 0);
  }

  get resolvedNames(): ReadonlyMap<string, readonly string[]> {
    const all = new Map<string, readonly string[]>();
    for (const { capture } of this.#sources) {
      for (const [address, names] of capture.resolvedNames) {
        all.set(address, [...new Set([...(all.get(address) ?? []), ...names])]);
      }
    }
    return all;
  }

  get warnings(): readonly string[] {
    return this.#sources.flatMap(({ capture }) => capture.warnings);
  }

  next(): boolean {
    if (this.#last !== undefined) this.#last.hasPacket = false;
    this.#last = undefined;
    let earliest: Source | undefined;
    for (const source of this.#sources) {
      if (!source.hasPacket && !source.hasEnded) this.#advance(source);
      // Nobody knows what comes next there.
      if (!source.hasPacket && !source.hasEnded) return false;
      if (source.hasPacket && (earliest === undefined || isEarlier(source, earliest))) earliest = source;
    }
    if (earliest === undefined) return false;
    this.#handOut(earliest);
    return true;
  }

  async more(): Promise<boolean> {
    let isOpen = false;
    for (const source of this.#sources) {
      if (source.hasEnded || source.hasPacket) continue;
      if (!(await source.capture.more())) source.hasEnded = true;
    }
    for (const { hasEnded, hasPacket } of this.#sources) isOpen ||= hasPacket || !hasEnded;
    return isOpen;
  }

  async close(): Promise<void> {
    for (const { capture } of this.#sources) await capture.close();
  }

  #advance(source: Source): void {
    const { capture } = source;
    source.hasPacket = capture.next();
    if (!source.hasPacket || !capture.packet.hasTime) return;
    source.seconds = capture.packet.seconds;
    source.nanoseconds = capture.packet.nanoseconds;
  }

  #handOut(source: Source): void {
    const { packet } = this;
    const number = packet.number + 1;
    Object.assign(packet, source.capture.packet);
    packet.number = number;
    packet.interfaceId = this.#interfaceOf(source, packet.interfaceId);
    this.#last = source;
  }

  /** Index in the merged list. */
  #interfaceOf(source: Source, id: number): number {
    const { interfaces } = source.capture;
    while (source.ids.length < interfaces.length) source.ids.push(this.#add(interfaces[source.ids.length]!));
    return source.ids[source.index.of(id)] ?? 0;
  }

  #add(found: CaptureInterface): number {
    const { id: _, section: __, ...rest } = found;
    const key = JSON.stringify(rest);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const id = this.#interfaces.length;
    this.#interfaces.push({ ...found, id, section: 0 });
    this.#known.set(key, id);
    return id;
  }

  #first(read: (capture: Capture) => string | undefined): string | undefined {
    for (const { capture } of this.#sources) {
      const value = read(capture);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

function isEarlier(a: Source, b: Source): boolean {
  return a.seconds < b.seconds || (a.seconds === b.seconds && a.nanoseconds < b.nanoseconds);
}
