/**
 * What a host says of the groups it listens to: records of IGMPv3 (RFC 3376, section 4.2.4) and of MLDv2 (RFC 3810,
 * section 5.2.4), which are alike but for the length of their addresses.
 */
import type { TailCodec } from "./fields.ts";
import { OptionData } from "./option-kinds.ts";

/** What a host says of one group, beside its address. What is left out of lengths and counts is computed. */
export interface GroupRecord<Address> {
  /** 0 to 255: 1 and 2 say what is, 3 and 4 what it changes to, include or exclude; 5 allows sources, 6 blocks them. */
  readonly type: number;
  /** The addresses that are listened to, or are not, as the type says. Default: none. */
  readonly sources?: readonly (Address | string)[];
  /** Up to 1020 bytes, a multiple of 4. Default: none. */
  readonly auxiliaryData?: Uint8Array;
}

/** What differs between the two protocols. */
export interface GroupAddresses<Address, Group> {
  readonly layer: string;
  /** In bytes. */
  readonly addressLength: number;
  readonly list: TailCodec<readonly (Address | string)[], readonly Address[]>;
  readonly setGroup: (data: OptionData, at: number, group: Group) => void;
  readonly groupAt: (data: OptionData, at: number) => Group;
}

/** Type, length of auxiliary data and number of sources, before the address of the group. */
const GROUP_AT = 4;
const AUXILIARY_WORD = 4;

function wholeWords(data: Uint8Array | undefined): number {
  return data === undefined ? 0 : Math.ceil(data.length / AUXILIARY_WORD);
}

/** Group records of one protocol. */
export class GroupRecords<Address, Group extends object>
  implements TailCodec<readonly (GroupRecord<Address> & Group)[], readonly (GroupRecord<Address> & Group)[]>
{
  /** Bytes of a record without sources and auxiliary data. */
  readonly leastLength: number;
  readonly #addresses: GroupAddresses<Address, Group>;

  constructor(addresses: GroupAddresses<Address, Group>) {
    this.#addresses = addresses;
    this.leastLength = GROUP_AT + addresses.addressLength;
  }

  /** Bytes of a record. */
  lengthOf(sources: number, auxiliaryWords: number): number {
    return this.leastLength + sources * this.#addresses.addressLength + auxiliaryWords * AUXILIARY_WORD;
  }

  /** Bytes of `count` records, as far as they say it themselves. */
  lengthAt(view: DataView, start: number, end: number, count: number): number {
    let at = start;
    for (let index = 0; index < count; index++) {
      if (end - at < this.leastLength) return at + this.leastLength - start;
      at += this.lengthOf(view.getUint16(at + 2), view.getUint8(at + 1));
    }
    return at - start;
  }

  byteLength(records: readonly GroupRecord<Address>[]): number {
    let length = 0;
    for (const { sources = [], auxiliaryData } of records) {
      length += this.lengthOf(sources.length, wholeWords(auxiliaryData));
    }
    return length;
  }

  count(records: readonly unknown[]): number {
    return records.length;
  }

  encode(records: readonly (GroupRecord<Address> & Group)[], bytes: Uint8Array, start: number, end: number): void {
    const { layer, list, setGroup } = this.#addresses;
    const data = new OptionData(bytes, layer);
    let at = start;
    for (const record of records) {
      const { type, sources = [], auxiliaryData } = record;
      const words = wholeWords(auxiliaryData);
      data.setNumber(at, 1, type, "type of a record");
      data.setNumber(at + 1, 1, words, "words of auxiliaryData");
      data.setNumber(at + 2, 2, sources.length, "number of sources");
      setGroup(data, at + GROUP_AT, record);
      list.encode(sources, bytes, at + this.leastLength, end);
      if (auxiliaryData !== undefined) bytes.set(auxiliaryData, at + this.lengthOf(sources.length, 0));
      at += this.lengthOf(sources.length, words);
    }
  }

  decode(bytes: Uint8Array, start: number, end: number): (GroupRecord<Address> & Group)[] {
    const { layer, list, groupAt } = this.#addresses;
    const data = new OptionData(bytes, layer);
    const records: (GroupRecord<Address> & Group)[] = [];
    for (let at = start; at < end; ) {
      const [words, count] = [data.number(at + 1, 1), data.number(at + 2, 2)];
      const auxiliaryAt = at + this.lengthOf(count, 0);
      const next = at + this.lengthOf(count, words);
      const sources = list.decode(bytes, at + this.leastLength, auxiliaryAt);
      const auxiliary = next > auxiliaryAt ? { auxiliaryData: bytes.subarray(auxiliaryAt, next) } : {};
      records.push({ type: data.number(at, 1), ...groupAt(data, at + GROUP_AT), sources, ...auxiliary });
      at = next;
    }
    return records;
  }
}
