/** Questions and resource records of DNS messages as a person writes them. */
import type { Ipv4Address, Ipv6Address } from "../address.ts";

/**
 * A name such as `www.example.com`, with or without a dot at its end; `.` is the root. As in master files (RFC 1035, section
 * 5.1), `\.` is a dot within a label and `\` with three digits a byte; letters beyond ASCII are written in UTF-8. Up to 63 bytes
 * a label, 255 in all. As bytes, it is written as it is, whatever that says: pointers, too.
 */
export type DnsName = string | Uint8Array;

/** A name of IANA's registry, or a number, 0 to 65535. */
export type DnsClass = "IN" | "CH" | "HS" | "NONE" | "ANY" | number;

export type DnsTypeName =
  | "A"
  | "NS"
  | "CNAME"
  | "SOA"
  | "PTR"
  | "HINFO"
  | "MX"
  | "TXT"
  | "AAAA"
  | "SRV"
  | "NAPTR"
  | "DNAME"
  | "OPT"
  | "DS"
  | "RRSIG"
  | "NSEC"
  | "DNSKEY"
  | "SVCB"
  | "HTTPS"
  | "AXFR"
  | "ANY"
  | "CAA";

export interface DnsQuestion {
  readonly name: DnsName;
  /** A name, or a number, 0 to 65535. Default: "A". */
  readonly type?: DnsTypeName | number;
  /** Default: "IN". */
  readonly class?: DnsClass;
  /** In multicast DNS, that an answer to the sender alone will do (RFC 6762, section 5.4): the highest bit of the class. */
  readonly unicastResponse?: boolean;
}

export interface RecordHead {
  readonly name: DnsName;
  /** Default: "IN". */
  readonly class?: DnsClass;
  /** In multicast DNS, that older records are to go (RFC 6762, section 10.2): the highest bit of the class. */
  readonly cacheFlush?: boolean;
  /** In seconds, 0 to 2^32 - 1. Default: 0. */
  readonly timeToLive?: number;
  /** Bytes of the data, 0 to 65535. Computed. */
  readonly dataLength?: number;
}

/** The data of the types that have fields here, under the names of their RFCs. Numbers that are left out are 0. */
export interface DnsRecordData {
  /** RFC 1035, section 3.4.1. */
  readonly A: { readonly address: Ipv4Address | string };
  /** RFC 3596, section 2.2. */
  readonly AAAA: { readonly address: Ipv6Address | string };
  /** RFC 1035, section 3.3.11: NSDNAME. */
  readonly NS: { readonly target: DnsName };
  /** RFC 1035, section 3.3.1: CNAME. */
  readonly CNAME: { readonly target: DnsName };
  /** RFC 1035, section 3.3.12: PTRDNAME. */
  readonly PTR: { readonly target: DnsName };
  /** RFC 6672, section 2.1. */
  readonly DNAME: { readonly target: DnsName };
  /** RFC 1035, section 3.3.9. */
  readonly MX: { readonly preference?: number; readonly exchange: DnsName };
  /** RFC 1035, section 3.3.14: texts of up to 255 bytes. */
  readonly TXT: { readonly texts: readonly (string | Uint8Array)[] };
  /** RFC 2782. */
  readonly SRV: {
    readonly priority?: number;
    readonly weight?: number;
    readonly port?: number;
    readonly target: DnsName;
  };
  /** RFC 1035, section 3.3.13. Times are in seconds; `rname` is a mailbox written as a name. */
  readonly SOA: {
    readonly mname: DnsName;
    readonly rname: DnsName;
    readonly serial?: number;
    readonly refresh?: number;
    readonly retry?: number;
    readonly expire?: number;
    readonly minimum?: number;
  };
  /** RFC 8659, section 4.1. */
  readonly CAA: { readonly flags?: number; readonly tag: string | Uint8Array; readonly value?: string | Uint8Array };
  /** RFC 9460, section 2.2: keys are numbers, values as they stand in the packet. */
  readonly SVCB: ServiceBinding;
  readonly HTTPS: ServiceBinding;
}

export interface ServiceBinding {
  readonly priority?: number;
  readonly target: DnsName;
  readonly parameters?: readonly { readonly key: number; readonly value: string | Uint8Array }[];
}

/** What a message says of its sender (RFC 6891, section 6.1). */
export interface DnsOptions {
  readonly type: "OPT";
  /** Default: ".". */
  readonly name?: DnsName;
  /** 0 to 65535. Default: 1232. */
  readonly udpPayloadSize?: number;
  /** The upper eight bits of the response code, 0 to 255. Default: 0. */
  readonly extendedResponseCode?: number;
  /** 0 to 255. Default: 0. */
  readonly version?: number;
  /** Whether records of DNSSEC are welcome (RFC 3225). Default: false. */
  readonly dnssecOk?: boolean;
  /** 0 to 32767. Default: 0. */
  readonly reserved?: number;
  readonly options?: readonly { readonly code: number; readonly data: string | Uint8Array }[];
  readonly dataLength?: number;
}

export type KnownRecord = {
  readonly [Type in keyof DnsRecordData]: RecordHead & { readonly type: Type } & DnsRecordData[Type];
}[keyof DnsRecordData];

/** A record of any type whose data are bytes, or a text in UTF-8. */
export type OtherRecord = RecordHead & { readonly type: DnsTypeName | number; readonly data: string | Uint8Array };

/** Where the type is one of several with the same fields. */
export type LikeRecord = RecordHead &
  (
    | { readonly type: "A" | "AAAA"; readonly address: string }
    | { readonly type: "NS" | "CNAME" | "PTR" | "DNAME"; readonly target: DnsName }
  );

export type DnsRecord = KnownRecord | LikeRecord | DnsOptions | OtherRecord;

/** The lists of a message, in their order. */
export const DNS_SECTIONS = ["questions", "answers", "authorities", "additionals"] as const;
