/**
 * Which frame carried the packet that an ICMP error quotes. Of all that are likely to be quoted, datagrams, echo requests and
 * SYNs, the latest are remembered, a few numbers each, in a table of fixed size.
 */

import type { PacketOutline } from "../../dissect/outline.ts";
import type { IpAddress } from "../../headers/address.ts";

const PLACES = 4096;
/** From here on, a word of what the transport header begins with tells packets apart: its ports, or its second word. */
const PORTS_AT = 0;
const NUMBER_AT = 4;

export class RecentPackets {
  readonly #marks = new Int32Array(PLACES);
  readonly #frames = new Uint32Array(PLACES);

  /** @param isDatagram UDP; else TCP or ICMP */
  note(o: PacketOutline, frame: number, isDatagram: boolean): void {
    const word = o.transportView.getUint32(o.transportAt + (isDatagram ? PORTS_AT : NUMBER_AT));
    const mark =
      o.ipVersion === 4
        ? markOf(o.ipView.getUint32(o.ipAt + 12), o.ipView.getUint32(o.ipAt + 16), o.ipView.getUint16(o.ipAt + 4), word)
        : markOf(sumOfWords(o.ipView, o.ipAt + 8), sumOfWords(o.ipView, o.ipAt + 24), 0, word);
    const place = mark & (PLACES - 1);
    this.#marks[place] = mark;
    this.#frames[place] = frame;
  }

  /** @returns 0 where it is not known any more */
  frameOf(source: IpAddress, destination: IpAddress, identification: number, word: number): number {
    const mark = markOf(wordOf(source), wordOf(destination), identification, word);
    const place = mark & (PLACES - 1);
    return this.#marks[place] === mark ? this.#frames[place]! : 0;
  }
}

function markOf(source: number, destination: number, identification: number, word: number): number {
  let mark = Math.imul(source ^ 0x9e37_79b9, 0x85eb_ca6b);
  mark = Math.imul((mark ^ (mark >>> 15) ^ destination) | 0, 0xc2b2_ae35);
  mark = Math.imul((mark ^ (mark >>> 13) ^ identification) | 0, 0x27d4_eb2f);
  mark = Math.imul((mark ^ (mark >>> 16) ^ word) | 0, 0x1656_67b1);
  return mark ^ (mark >>> 15);
}

/** The four words of an IPv6 address in one. */
function sumOfWords(view: DataView, at: number): number {
  return mixed(view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12));
}

function wordOf(address: IpAddress): number {
  if (typeof address === "number") return address;
  const word = (shift: bigint) => Number((address >> shift) & 0xffff_ffffn);
  return mixed(word(96n), word(64n), word(32n), word(0n));
}

function mixed(a: number, b: number, c: number, d: number): number {
  return (Math.imul(Math.imul(Math.imul(a, 31) + b, 31) + c, 31) + d) | 0;
}
