/**
 * TCP options (RFC 9293, sections 3.1 and 3.2; window scale and timestamps RFC 7323; selective acknowledgment RFC 2018; MD5
 * RFC 2385; user timeout RFC 5482; authentication RFC 5925; experiments RFC 6994; fast open RFC 7413; multipath RFC 8684;
 * accurate ECN RFC 9768).
 */
import type { SequenceNumber } from "../core/sequence.ts";
import { lengthOfBytes, lengthOfList } from "./checked-lengths.ts";
import type { OptionKind } from "./option-kinds.ts";
import { type ListOption, OptionList } from "./option-list.ts";

/** The kind byte. Others pass through, as `unknown`. */
export const TcpOptionKind = {
  EOL: 0,
  NOP: 1,
  MSS: 2,
  WINDOW_SCALE: 3,
  SACK_PERMITTED: 4,
  SACK: 5,
  TIMESTAMPS: 8,
  MD5_SIGNATURE: 19,
  USER_TIMEOUT: 28,
  AUTHENTICATION: 29,
  MULTIPATH: 30,
  FAST_OPEN: 34,
  ACCURATE_ECN_0: 172,
  ACCURATE_ECN_1: 174,
  EXPERIMENT_1: 253,
  EXPERIMENT_2: 254,
} as const;

/** Bytes that arrived out of order: from the first of them, `left`, up to but not including `right`. */
export interface SackBlock {
  /** Sequence number of the first byte. */
  readonly left: SequenceNumber;
  /** Sequence number behind the last byte. */
  readonly right: SequenceNumber;
}

/** The options that have data and a name. */
export type NamedOption =
  /** The largest segment the sender is ready to take, in bytes of data, 0 to 65535. */
  | {
      readonly kind: "mss";
      /** The number. */
      readonly value: number;
    }
  /** The power of two that the sender's windows are to be multiplied by, 0 to 255, of which at most 14 make sense. */
  | {
      readonly kind: "windowScale";
      /** 0 to 255. */
      readonly shift: number;
    }
  | { readonly kind: "sackPermitted" }
  | {
      readonly kind: "sack";
      /** What has arrived behind the acknowledged bytes, the latest first (RFC 2018, section 4). */
      readonly blocks: readonly SackBlock[];
    }
  /** The sender's clock, and what it last saw of the peer's, 0 to 2^32 - 1 each. */
  | {
      readonly kind: "timestamps";
      /** The number. */
      readonly value: number;
      /** The peer's clock as last seen, 0 to 2^32 - 1. */
      readonly echoReply: number;
    }
  /** 16 bytes (RFC 2385, section 3). */
  | {
      readonly kind: "md5Signature";
      /** 16 bytes. */
      readonly digest: Uint8Array;
    }
  /** How long the sender waits for acknowledgments, 0 to 32767 seconds or minutes (RFC 5482, section 3). */
  | {
      readonly kind: "userTimeout";
      /** Whether the timeout is in minutes, not in seconds. */
      readonly isInMinutes: boolean;
      /** 0 to 32767. */
      readonly timeout: number;
    }
  /** Both key numbers are 0 to 255 (RFC 5925, section 2.2). */
  | {
      readonly kind: "authentication";
      /** The key that this segment is signed with, 0 to 255. */
      readonly keyId: number;
      /** The key that the sender wants to receive next, 0 to 255. */
      readonly receiveNextKeyId: number;
      /** As many bytes as the algorithm gives. */
      readonly messageAuthenticationCode: Uint8Array;
    }
  /** `subtype` and `low` are 0 to 15: the halves of the first byte; what both mean, and the rest, is RFC 8684, section 3. */
  | {
      readonly kind: "multipath";
      /** The upper half of the first byte, 0 to 15. */
      readonly subtype: number;
      /** The lower half of the first byte, 0 to 15. */
      readonly low: number;
      /** What follows, as it stands in the packet. */
      readonly data: Uint8Array;
    }
  /** Without a cookie, it asks for one (RFC 7413, section 4.1.1). */
  | {
      readonly kind: "fastOpen";
      /** 4 to 16 bytes, or none. */
      readonly cookie: Uint8Array;
    }
  /**
   * Up to three counters of bytes, 0 to 2^24 - 1: of those with ECT(0), CE and ECT(1), in this order for order 0; order 1 has
   * the first and the last the other way round (RFC 9768, section 3.2.3).
   */
  | {
      readonly kind: "accurateEcn";
      /** Which counter comes first: 0 for kind 172, 1 for kind 174. */
      readonly order: 0 | 1;
      /** At most three, 0 to 2^24 - 1 each. */
      readonly counters: readonly number[];
    }
  /** `number` is 253 or 254; the identifier of the experiment is 0 to 65535 (RFC 6994, section 3). */
  | {
      readonly kind: "experiment";
      /** The kind byte. */
      readonly number: 253 | 254;
      /** Which experiment it is, 0 to 65535. */
      readonly identifier: number;
      /** What follows, as it stands in the packet. */
      readonly data: Uint8Array;
    };

/** An option of TCP, of any kind. */
export type TcpOption = ListOption | NamedOption;

type KindOf<Name extends NamedOption["kind"]> = OptionKind<Extract<NamedOption, { kind: Name }>>;

const MSS: KindOf<"mss"> = {
  numbers: [TcpOptionKind.MSS],
  dataLength: () => 2,
  write: ({ value }, data, at) => data.setNumber(at, 2, value, "value of mss"),
  read: (data, start, end) => (end - start === 2 ? { kind: "mss", value: data.number(start, 2) } : undefined),
};

const WINDOW_SCALE: KindOf<"windowScale"> = {
  numbers: [TcpOptionKind.WINDOW_SCALE],
  dataLength: () => 1,
  write: ({ shift }, data, at) => data.setNumber(at, 1, shift, "shift of windowScale"),
  read: (data, start, end) => (end - start === 1 ? { kind: "windowScale", shift: data.number(start, 1) } : undefined),
};

const SACK_PERMITTED: KindOf<"sackPermitted"> = {
  numbers: [TcpOptionKind.SACK_PERMITTED],
  dataLength: () => 0,
  write: () => undefined,
  read: (_data, start, end) => (end === start ? { kind: "sackPermitted" } : undefined),
};

const LAYER = "TCP options";
const SACK_BLOCK_LENGTH = 8;

const SACK: KindOf<"sack"> = {
  numbers: [TcpOptionKind.SACK],
  dataLength: ({ blocks }) => lengthOfList(LAYER, blocks, "blocks of sack") * SACK_BLOCK_LENGTH,
  write: ({ blocks }, data, start) => {
    for (const [index, { left, right }] of blocks.entries()) {
      const at = start + index * SACK_BLOCK_LENGTH;
      data.setNumber(at, 4, left, "left edge of a sack block");
      data.setNumber(at + 4, 4, right, "right edge of a sack block");
    }
  },
  read: (data, start, end) => {
    if ((end - start) % SACK_BLOCK_LENGTH !== 0) return undefined;
    const blocks: SackBlock[] = [];
    for (let at = start; at < end; at += SACK_BLOCK_LENGTH) {
      blocks.push({ left: data.number(at, 4), right: data.number(at + 4, 4) });
    }
    return { kind: "sack", blocks };
  },
};

const TIMESTAMPS: KindOf<"timestamps"> = {
  numbers: [TcpOptionKind.TIMESTAMPS],
  dataLength: () => 8,
  write: ({ value, echoReply }, data, at) => {
    data.setNumber(at, 4, value, "value of timestamps");
    data.setNumber(at + 4, 4, echoReply, "echoReply of timestamps");
  },
  read: (data, start, end) =>
    end - start === 8
      ? { kind: "timestamps", value: data.number(start, 4), echoReply: data.number(start + 4, 4) }
      : undefined,
};

const DIGEST_LENGTH = 16;

const MD5_SIGNATURE: KindOf<"md5Signature"> = {
  numbers: [TcpOptionKind.MD5_SIGNATURE],
  dataLength: () => DIGEST_LENGTH,
  write: ({ digest }, data, at) => {
    const length = lengthOfBytes(LAYER, digest, "digest of md5Signature");
    if (length !== DIGEST_LENGTH) {
      data.refuse(at, `digest of md5Signature has ${length} bytes, and must have ${DIGEST_LENGTH}`);
    }
    data.bytes.set(digest, at);
  },
  read: ({ bytes }, start, end) =>
    end - start === DIGEST_LENGTH ? { kind: "md5Signature", digest: bytes.subarray(start, end) } : undefined,
};

/** Above the 15 bits of the number. */
const IN_MINUTES = 0x8000;

const USER_TIMEOUT: KindOf<"userTimeout"> = {
  numbers: [TcpOptionKind.USER_TIMEOUT],
  dataLength: () => 2,
  write: ({ isInMinutes, timeout }, data, at) => {
    if (timeout >= IN_MINUTES) data.refuse(at, `timeout of userTimeout is ${timeout}, and can be 0 to 32767`);
    data.setNumber(at, 2, timeout, "timeout of userTimeout");
    if (isInMinutes) data.setNumber(at, 2, timeout + IN_MINUTES, "timeout of userTimeout");
  },
  read: (data, start, end) => {
    if (end - start !== 2) return undefined;
    const word = data.number(start, 2);
    return { kind: "userTimeout", isInMinutes: word >= IN_MINUTES, timeout: word % IN_MINUTES };
  },
};

const AUTHENTICATION: KindOf<"authentication"> = {
  numbers: [TcpOptionKind.AUTHENTICATION],
  dataLength: ({ messageAuthenticationCode: code }) =>
    2 + lengthOfBytes(LAYER, code, "messageAuthenticationCode of authentication"),
  write: ({ keyId, receiveNextKeyId, messageAuthenticationCode: code }, data, at) => {
    data.setNumber(at, 1, keyId, "keyId of authentication");
    data.setNumber(at + 1, 1, receiveNextKeyId, "receiveNextKeyId of authentication");
    data.bytes.set(code, at + 2);
  },
  read: (data, start, end) => {
    if (end - start < 2) return undefined;
    const code = data.bytes.subarray(start + 2, end);
    const [keyId, receiveNextKeyId] = [data.number(start, 1), data.number(start + 1, 1)];
    return { kind: "authentication", keyId, receiveNextKeyId, messageAuthenticationCode: code };
  },
};

const MULTIPATH: KindOf<"multipath"> = {
  numbers: [TcpOptionKind.MULTIPATH],
  dataLength: ({ data }) => 1 + lengthOfBytes(LAYER, data, "data of multipath"),
  write: ({ subtype, low, data: rest }, data, at) => {
    for (const [name, half] of Object.entries({ subtype, low })) {
      if ((half & 0xf) !== half) data.refuse(at, `${name} of multipath is ${half}, and can be 0 to 15`);
    }
    data.setNumber(at, 1, subtype * 16 + low, "first byte of multipath");
    data.bytes.set(rest, at + 1);
  },
  read: (data, start, end) => {
    if (end === start) return undefined;
    const first = data.number(start, 1);
    return { kind: "multipath", subtype: first >>> 4, low: first & 0xf, data: data.bytes.subarray(start + 1, end) };
  },
};

const FAST_OPEN: KindOf<"fastOpen"> = {
  numbers: [TcpOptionKind.FAST_OPEN],
  dataLength: ({ cookie }) => lengthOfBytes(LAYER, cookie, "cookie of fastOpen"),
  write: ({ cookie }, { bytes }, at) => bytes.set(cookie, at),
  read: ({ bytes }, start, end) => ({ kind: "fastOpen", cookie: bytes.subarray(start, end) }),
};

const COUNTER_LENGTH = 3;
const MOST_COUNTERS = 3;

const ACCURATE_ECN: KindOf<"accurateEcn"> = {
  numbers: [TcpOptionKind.ACCURATE_ECN_0, TcpOptionKind.ACCURATE_ECN_1],
  numberOf: ({ order }) => (order === 1 ? TcpOptionKind.ACCURATE_ECN_1 : TcpOptionKind.ACCURATE_ECN_0),
  dataLength: ({ counters }) => lengthOfList(LAYER, counters, "counters of accurateEcn") * COUNTER_LENGTH,
  write: ({ counters }, data, at) => {
    if (counters.length > MOST_COUNTERS) data.refuse(at, `accurateEcn has ${counters.length} counters, and can have 3`);
    for (const [index, counter] of counters.entries()) {
      data.setNumber(at + index * COUNTER_LENGTH, COUNTER_LENGTH, counter, "a counter of accurateEcn");
    }
  },
  read: (data, start, end, number) => {
    const count = (end - start) / COUNTER_LENGTH;
    if (!Number.isInteger(count) || count > MOST_COUNTERS) return undefined;
    const counters = Array.from({ length: count }, (_, index) => data.number(start + index * COUNTER_LENGTH, 3));
    return { kind: "accurateEcn", order: number === TcpOptionKind.ACCURATE_ECN_1 ? 1 : 0, counters };
  },
};

const EXPERIMENT: KindOf<"experiment"> = {
  numbers: [TcpOptionKind.EXPERIMENT_1, TcpOptionKind.EXPERIMENT_2],
  numberOf: ({ number }) => number,
  dataLength: ({ data }) => 2 + lengthOfBytes(LAYER, data, "data of experiment"),
  write: ({ identifier, data: rest }, data, at) => {
    data.setNumber(at, 2, identifier, "identifier of experiment");
    data.bytes.set(rest, at + 2);
  },
  read: (data, start, end, number) => {
    if (end - start < 2) return undefined;
    const rest = data.bytes.subarray(start + 2, end);
    return { kind: "experiment", number: number === 253 ? 253 : 254, identifier: data.number(start, 2), data: rest };
  },
};

const tcpOptionList = new OptionList<NamedOption>(
  LAYER,
  {
    mss: MSS,
    windowScale: WINDOW_SCALE,
    sackPermitted: SACK_PERMITTED,
    sack: SACK,
    timestamps: TIMESTAMPS,
    md5Signature: MD5_SIGNATURE,
    userTimeout: USER_TIMEOUT,
    authentication: AUTHENTICATION,
    multipath: MULTIPATH,
    fastOpen: FAST_OPEN,
    accurateEcn: ACCURATE_ECN,
    experiment: EXPERIMENT,
  },
  "the data offset",
);

/** As for all lists of options; see `OptionList`. */
export const byteLength = (options: readonly TcpOption[]): number => tcpOptionList.byteLength(options);

export function encodeInto(options: readonly TcpOption[], bytes: Uint8Array, offset: number, end?: number): number {
  return tcpOptionList.encodeInto(options, bytes, offset, end);
}

export function decode(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): TcpOption[] {
  return tcpOptionList.decode(bytes, offset, end, limitedBy);
}
