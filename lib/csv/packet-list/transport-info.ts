/** What Wireshark's packet list says of a segment or a datagram: `49152 → 80 [SYN] Seq=0 Win=8192 Len=0 MSS=1460`. */
import { parsePort } from "../end-points.ts";
import { parseTcpFlags } from "../tcp-flags.ts";

/** The text, and apart from it what Wireshark's analysis has put before it: `[TCP Retransmission]`. */
export interface AnnotatedInfo {
  readonly text: string;
  readonly notes: string;
}

export interface TcpInfo {
  readonly flags: number;
  /** As they are written: numbers, or names of services. */
  readonly ports: readonly [string, string] | undefined;
  readonly sequence: number | undefined;
  readonly acknowledgment: number | undefined;
  /** Bytes, multiplied by the scale where Wireshark knew it. */
  readonly window: number | undefined;
  /** Bytes of data. */
  readonly length: number | undefined;
  readonly options: TcpInfoOptions;
}

export interface TcpInfoOptions {
  readonly maximumSegmentSize: number | undefined;
  /** The power of two. */
  readonly windowScale: number | undefined;
  readonly isSackPermitted: boolean;
  /** Options stand in the info column as they stand in the header. */
  readonly isScaleBeforeSack: boolean;
  readonly timestamps: { readonly value: number; readonly echoReply: number } | undefined;
  readonly sackBlocks: readonly { readonly left: number; readonly right: number }[];
}

export interface UdpInfo {
  readonly ports: readonly [string, string];
  /** Bytes of data. */
  readonly length: number | undefined;
}

/** The arrow, also as it looks when a program has read UTF-8 as something else, or had no sign for it. */
const ARROW = "(?:→|â†’|-+>|=>|>|\\?)";

const NOTES = /^\s*(?:\[(?!(?:SYN|ACK|FIN|RST|PSH|URG|ECN|ECE|CWR|NS|AE|<None>|Reserved)\b)[^\]]*\]\s*,?\s*)+/;
const TCP = new RegExp(
  `^\\s*(?:(\\S+)\\s*${ARROW}\\s*(\\S+)\\s+)?((?:\\[TCP [^\\]]*\\]\\s*)*)\\[([^\\]]+)\\]\\s+(.*)$`,
);
const ACE_SHIFT = 6;
const TCP_VALUE = /(?:^|\s)(?:Seq|Ack|Win|Len)=\d/;
const UDP = new RegExp(`^\\s*(\\S+)\\s*${ARROW}\\s*(\\S+)\\s+Len=(\\d+)`);
const OLD_UDP = /^\s*Source port:\s*(\S+)\s+Destination port:\s*(\S+)/;

/** What Wireshark says of a segment in which a message begins and does not end. */
export const PART_OF_MESSAGE = /\s*\[TCP (?:segment of a reassembled PDU|PDU reassembled in \d+)\]\s*/;

/** Takes off what the analysis has said. */
export function splitNotes(info: string): AnnotatedInfo {
  const notes = NOTES.exec(info)?.[0] ?? "";
  return { text: info.slice(notes.length), notes };
}

export function isTcpInfo(info: string): boolean {
  return parseTcpInfo(splitNotes(info).text) !== undefined;
}

/** @returns undefined for a text that says something else */
export function parseTcpInfo(text: string): TcpInfo | undefined {
  const match = TCP.exec(text);
  if (match === null) return undefined;
  const rest = match[5]!;
  if (!TCP_VALUE.test(rest)) return undefined;
  const flags = flagsOf(match[4]!);
  if (flags === undefined) return undefined;
  const number = (name: string) => numberOf(rest, name);
  return {
    flags,
    ports: match[1] === undefined ? undefined : [match[1], match[2]!],
    sequence: number("Seq"),
    acknowledgment: number("Ack"),
    window: number("Win"),
    length: number("Len"),
    options: optionsOf(rest),
  };
}

/** Accurate ECN is shown as a number: the bits of AE, CWR and ECE (RFC 9768, section 3.1). */
function flagsOf(text: string): number | undefined {
  const counter = /,?\s*ACE=([0-7])/.exec(text);
  const names = text.replace(counter?.[0] ?? "", "").replace(/,?\s*Reserved/, "");
  const flags = names === "" ? 0 : parseTcpFlags(names);
  return flags === undefined ? undefined : flags | (Number(counter?.[1] ?? 0) << ACE_SHIFT);
}

/** @returns undefined for a text that says something else */
export function parseUdpInfo(text: string): UdpInfo | undefined {
  const match = UDP.exec(text);
  if (match !== null) return { ports: [match[1]!, match[2]!], length: Number(match[3]) };
  const old = OLD_UDP.exec(text);
  return old === null ? undefined : { ports: [old[1]!, old[2]!], length: undefined };
}

function numberOf(text: string, name: string): number | undefined {
  const digits = new RegExp(`(?:^|\\s)${name}=(\\d{1,10})(?!\\d)`).exec(text)?.[1];
  const value = Number(digits);
  return digits === undefined || value > 0xffff_ffff ? undefined : value;
}

function optionsOf(text: string): TcpInfoOptions {
  const value = numberOf(text, "TSval") ?? numberOf(text, "TSV");
  const echoReply = numberOf(text, "TSecr") ?? numberOf(text, "TSER") ?? 0;
  const sackBlocks = [...text.matchAll(/\sSLE=(\d{1,10})\s+SRE=(\d{1,10})/g)].map(([, left, right]) => ({
    left: Number(left),
    right: Number(right),
  }));
  return {
    maximumSegmentSize: numberOf(text, "MSS"),
    windowScale: scaleOf(numberOf(text, "WS"), /\sTSV=/.test(text)),
    isSackPermitted: /\sSACK_PERM\b/.test(text),
    isScaleBeforeSack: /\sWS=\d.*\s(?:SACK_PERM|TSval=|TSV=)/.test(text),
    timestamps: value === undefined ? undefined : { value, echoReply },
    sackBlocks,
  };
}

/** What is written today is the factor; before Wireshark 1.6 it was the exponent. */
function scaleOf(written: number | undefined, isOld: boolean): number | undefined {
  if (written === undefined) return undefined;
  const exponent = Math.log2(written);
  if (!isOld && Number.isInteger(exponent) && exponent <= 14) return exponent;
  return written <= 14 ? written : undefined;
}

/** What Wireshark calls ports when it is told to resolve them: names of IANA's register that are met most. */
const NAMES: ReadonlyMap<string, number> = new Map(
  (
    "ftp-data 20,ftp 21,ssh 22,telnet 23,smtp 25,time 37,whois 43,nicname 43,domain 53,bootps 67,bootpc 68,tftp 69," +
    "gopher 70,finger 79,http 80,kerberos 88,pop3 110,sunrpc 111,auth 113,nntp 119,ntp 123,epmap 135,netbios-ns 137," +
    "netbios-dgm 138,netbios-ssn 139,imap 143,snmp 161,snmptrap 162,bgp 179,irc 194,ldap 389,https 443," +
    "microsoft-ds 445,smtps 465,submissions 465,isakmp 500,syslog 514,printer 515,submission 587,ipp 631,ldaps 636," +
    "rsync 873,imaps 993,pop3s 995,socks 1080,openvpn 1194,ms-sql-s 1433,ncube-lm 1521,radius 1812,mqtt 1883," +
    "ssdp 1900,nfs 2049,mysql 3306,ms-wbt-server 3389,stun 3478,ipsec-nat-t 4500,sip 5060,sips 5061,xmpp-client 5222," +
    "mdns 5353,llmnr 5355,postgresql 5432,amqp 5672,wsman 5985,redis 6379,ircd 6667,http-alt 8080,pcsync-https 8443," +
    "secure-mqtt 8883,sunproxyadmin 8081,cslistener 9000,websm 9090,distinct 9999,italk 12345"
  )
    .split(",")
    .map((entry) => {
      const [name, port] = entry.split(" ");
      return [name!, Number(port)] as const;
    }),
);

/** Ports that only Wireshark's file of services knows get one each, from those that nobody has registered. */
const FIRST_UNKNOWN = 40_000;
const MOST_UNKNOWN = 9000;

/** Ports as they are written: `80`, and by their names `http` or `http(80)`. */
export class PortNames {
  readonly #unknown = new Map<string, number>();

  /** @returns undefined for what can be neither a port nor the name of one */
  portOf(text: string): number | undefined {
    const port = parsePort(/\((\d{1,5})\)$/.exec(text)?.[1] ?? text);
    if (port !== undefined) return port;
    const name = text.toLowerCase();
    return NAMES.get(name) ?? (/^[a-z0-9][a-z0-9_.+*/-]*$/.test(name) ? this.#unknownPort(name) : undefined);
  }

  #unknownPort(name: string): number | undefined {
    const known = this.#unknown.get(name);
    if (known !== undefined || this.#unknown.size === MOST_UNKNOWN) return known;
    const port = FIRST_UNKNOWN + this.#unknown.size;
    this.#unknown.set(name, port);
    return port;
  }
}
