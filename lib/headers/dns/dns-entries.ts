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

/** Types of records and questions that can be written by their names in IANA's registry. */
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

/** What a message asks (RFC 1035, section 4.1.2). */
export interface DnsQuestion {
  /** The name that is asked about. */
  readonly name: DnsName;
  /** A name, or a number, 0 to 65535. Default: "A". */
  readonly type?: DnsTypeName | number;
  /** Default: "IN". */
  readonly class?: DnsClass;
  /** In multicast DNS, that an answer to the sender alone will do (RFC 6762, section 5.4): the highest bit of the class. */
  readonly unicastResponse?: boolean;
}

/** What every record has before its data (RFC 1035, section 4.1.3). */
export interface RecordHead {
  /** The name that the record is about. */
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
  readonly A: {
    /** Four bytes: a number, or text in dotted decimals. */
    readonly address: Ipv4Address | string;
  };
  /** RFC 3596, section 2.2. */
  readonly AAAA: {
    /** Sixteen bytes: a bigint, or text. */
    readonly address: Ipv6Address | string;
  };
  /** RFC 1035, section 3.3.11: NSDNAME. */
  readonly NS: {
    /** A server that knows the zone. */
    readonly target: DnsName;
  };
  /** RFC 1035, section 3.3.1: CNAME. */
  readonly CNAME: {
    /** The name that this one stands for. */
    readonly target: DnsName;
  };
  /** RFC 1035, section 3.3.12: PTRDNAME. */
  readonly PTR: {
    /** The name that this one points to. */
    readonly target: DnsName;
  };
  /** RFC 6672, section 2.1. */
  readonly DNAME: {
    /** What takes the place of the end of all names below this one. */
    readonly target: DnsName;
  };
  /** RFC 1035, section 3.3.9. */
  readonly MX: {
    /** 0 to 65535; the lowest is tried first. Default: 0. */
    readonly preference?: number;
    /** The machine that takes mail for the name. */
    readonly exchange: DnsName;
  };
  /** RFC 1035, section 3.3.14: texts of up to 255 bytes. */
  readonly TXT: {
    /** One or more, each with its length before it. */
    readonly texts: readonly (string | Uint8Array)[];
  };
  /** RFC 2782. */
  readonly SRV: {
    /** 0 to 65535; the lowest is tried first. Default: 0. */
    readonly priority?: number;
    /** 0 to 65535: the share among those of one priority. Default: 0. */
    readonly weight?: number;
    /** 0 to 65535. Default: 0. */
    readonly port?: number;
    /** The machine that offers the service. */
    readonly target: DnsName;
  };
  /** RFC 1035, section 3.3.13. Times are in seconds; `rname` is a mailbox written as a name. */
  readonly SOA: {
    /** The server that the zone comes from. */
    readonly mname: DnsName;
    /** The mailbox of who answers for the zone, as a name. */
    readonly rname: DnsName;
    /** Version of the zone, 0 to 2^32 - 1. Default: 0. */
    readonly serial?: number;
    /** Seconds after which other servers ask for a new version. Default: 0. */
    readonly refresh?: number;
    /** Seconds after which they ask again where that failed. Default: 0. */
    readonly retry?: number;
    /** Seconds after which they no longer answer without a new version. Default: 0. */
    readonly expire?: number;
    /** Seconds that a denial may be remembered (RFC 2308, section 4). Default: 0. */
    readonly minimum?: number;
  };
  /** RFC 8659, section 4.1. */
  readonly CAA: {
    /** 0 to 255; 128 is "critical". Default: 0. */
    readonly flags?: number;
    /** The property: "issue", "issuewild", "iodef". */
    readonly tag: string | Uint8Array;
    /** The value of the property. Default: empty. */
    readonly value?: string | Uint8Array;
  };
  /** RFC 9460, section 2.2: keys are numbers, values as they stand in the packet. */
  readonly SVCB: ServiceBinding;
  /** The same, of a web site (RFC 9460, section 9). */
  readonly HTTPS: ServiceBinding;
}

/** Where and how a service is reached (RFC 9460, section 2.2). */
export interface ServiceBinding {
  /** 0 to 65535; 0 makes the target an alias. Default: 0. */
  readonly priority?: number;
  /** The machine that offers the service; `.` is the name itself. */
  readonly target: DnsName;
  /** In the order of their keys. Default: none. */
  readonly parameters?: readonly {
    /** 0 to 65535. */
    readonly key: number;
    /** As it stands in the packet: bytes, or a text in UTF-8. */
    readonly value: string | Uint8Array;
  }[];
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
  /** EDNS options, in order (RFC 6891, section 6.1.2). Default: none. */
  readonly options?: readonly {
    /** 0 to 65535. */
    readonly code: number;
    /** Bytes as they are, or a text in UTF-8. */
    readonly data: string | Uint8Array;
  }[];
  /** Bytes of the options, 0 to 65535. Computed. */
  readonly dataLength?: number;
}

/** A record of a type whose data have fields here. */
export type KnownRecord = {
  readonly [Type in keyof DnsRecordData]: RecordHead & {
    /** The type by its name. */
    readonly type: Type;
  } & DnsRecordData[Type];
}[keyof DnsRecordData];

/** A record of any type whose data are bytes, or a text in UTF-8. */
export type OtherRecord = RecordHead & {
  /** A name, or a number, 0 to 65535. */
  readonly type: DnsTypeName | number;
  /** As they stand in the packet, behind their length. */
  readonly data: string | Uint8Array;
};

/** Where the type is one of several with the same fields. */
export type LikeRecord = RecordHead &
  (
    | {
        /** The type by its name. */
        readonly type: "A" | "AAAA";
        /** As text. */
        readonly address: string;
      }
    | {
        /** The type by its name. */
        readonly type: "NS" | "CNAME" | "PTR" | "DNAME";
        /** The name in its data. */
        readonly target: DnsName;
      }
  );

/** A resource record of any type (RFC 1035, section 4.1.3). */
export type DnsRecord = KnownRecord | LikeRecord | DnsOptions | OtherRecord;

/** The lists of a message, in their order. */
export const DNS_SECTIONS = ["questions", "answers", "authorities", "additionals"] as const;
