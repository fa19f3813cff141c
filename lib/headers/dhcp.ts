/** Dynamic Host Configuration Protocol (RFC 2131, section 2; options: RFC 2132). */
import { formatIpv4 } from "./address.ts";
import { DHCP_PORTS, hex, inBytes, latin1, named } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import { dhcpOptions } from "./dhcp-options.ts";
import type { FieldReader } from "./field-reader.ts";
import { bits, bytes, type FieldGroup, flag, ipv4Address, tail, u8, u16, u32 } from "./fields.ts";
import { type HeaderOf, offsetsOf, type ShownFields } from "./header-table.ts";

const ETHERNET = 1;
const MAC_LENGTH = 6;
/** What the address of the client has room for. */
const HARDWARE_ROOM = 16;
const SERVER_NAME_ROOM = 64;
const BOOT_FILE_ROOM = 128;
/** The first four bytes of the options say that these are options (RFC 1497). */
export const DHCP_MAGIC_COOKIE = 0x6382_5363;

/** The first byte of a message: from a client to a server, or back (RFC 2131, section 2). */
export const DhcpOperation = { REQUEST: 1, REPLY: 2 } as const;

/** Values of the option that says what a message is for (RFC 2132, section 9.6). */
export const DhcpMessageType = {
  DISCOVER: 1,
  OFFER: 2,
  REQUEST: 3,
  DECLINE: 4,
  ACK: 5,
  NAK: 6,
  RELEASE: 7,
  INFORM: 8,
} as const;

/** The options that have a name here. Others pass through. */
export const DhcpOption = {
  PAD: 0,
  SUBNET_MASK: 1,
  ROUTER: 3,
  NAME_SERVER: 6,
  HOST_NAME: 12,
  REQUESTED_ADDRESS: 50,
  LEASE_TIME: 51,
  MESSAGE_TYPE: 53,
  SERVER_IDENTIFIER: 54,
  PARAMETER_LIST: 55,
  END: 255,
} as const;

const OPERATIONS: Readonly<Record<number, string>> = { 1: "Boot Request", 2: "Boot Reply" };

const FLAGS: FieldGroup = {
  filter: "flags",
  label: "Bootp flags",
  about: "all flags as one number",
  text: (value) => `${hex(value, 2)} (${value >>> 15 === 1 ? "Broadcast" : "Unicast"})`,
};

/** Those fields that filters can ask for, besides those of fixed places. */
const DHCP_FIELDS: ShownFields = {
  "dhcp.hw.mac_addr": ["mac", "Client MAC address"],
  "dhcp.hw.addr": ["bytes", "Client hardware address"],
  "dhcp.hw.addr_padding": ["bytes", "Client hardware address padding"],
  "dhcp.server": ["string", "Server host name"],
  "dhcp.file": ["string", "Boot file name"],
  "dhcp.option.type": ["number", "Option", 0xff],
  "dhcp.option.length": ["number", "Length", 0xff],
  "dhcp.option.padding": ["bytes", "Padding"],
  "dhcp.option.subnet_mask": ["ipv4", "Subnet Mask"],
  "dhcp.option.router": ["ipv4", "Router"],
  "dhcp.option.domain_name_server": ["ipv4", "Domain Name Server"],
  "dhcp.option.hostname": ["string", "Host Name"],
  "dhcp.option.requested_ip_address": ["ipv4", "Requested IP Address"],
  "dhcp.option.ip_address_lease_time": ["number", "IP Address Lease Time"],
  "dhcp.option.dhcp": ["number", "DHCP", 0xff],
  "dhcp.option.dhcp_server_id": ["ipv4", "DHCP Server Identifier"],
  "dhcp.option.request_list_item": ["number", "Parameter Request List Item", 0xff],
};

/** Makes DHCP messages with their options, and reads them. */
export const dhcp = defineHeader({
  name: "dhcp",
  layer: "DHCP message",
  follows: { udpPort: [DHCP_PORTS.server, DHCP_PORTS.client] },
  fields: {
    /** Whether it is of the client or of the server, 0 to 255; see `DhcpOperation`. */
    operation: u8({
      filter: "type",
      label: "Message type",
      about: "1 from the client, 2 from the server",
      text: (value) => named(OPERATIONS, value),
    }),
    /** The kind of network, 0 to 255. Default: 1, Ethernet. */
    hardwareType: u8({
      filter: "hw.type",
      label: "Hardware type",
      about: "1 for Ethernet",
      default: ETHERNET,
      text: (value) => hex(value, 1),
    }),
    /** Bytes of a hardware address, 0 to 255. Default: 6. */
    hardwareLength: u8({
      filter: "hw.len",
      label: "Hardware address length",
      about: "bytes of a hardware address",
      default: MAC_LENGTH,
    }),
    /** Relays on the way, 0 to 255. Default: 0. */
    hops: u8({ filter: "hops", label: "Hops", about: "relays on the way", default: 0 }),
    /** Which exchange the message belongs to, 0 to 2^32 - 1. */
    transactionId: u32({
      filter: "id",
      label: "Transaction ID",
      about: "number of the exchange",
      text: (value) => hex(value, 4),
      meaning: "the same in all messages of one exchange",
    }),
    /** Since the client began, 0 to 65535. Default: 0. */
    seconds: u16({ filter: "secs", label: "Seconds elapsed", about: "seconds since the client began", default: 0 }),
    /** Whether replies are to be sent to all. Default: false. */
    broadcast: flag({
      filter: "flags.bc",
      label: "Broadcast flag",
      about: "whether replies are to be sent to all",
      default: false,
      word: 2,
      group: FLAGS,
      text: (is) => (is ? "Broadcast" : "Unicast"),
    }),
    /** Of no meaning, 0 to 2^15 - 1. Default: 0. */
    reservedFlags: bits(15, {
      filter: "flags.reserved",
      label: "Reserved flags",
      about: "the reserved flags",
      default: 0,
      word: 2,
      group: FLAGS,
      text: (value) => hex(value, 2),
    }),
    /** Of a client that has one already. Default: 0. */
    clientAddress: ipv4Address({
      filter: "ip.client",
      label: "Client IP address",
      about: "address of a client that has one",
      default: 0,
    }),
    /** What the client gets. Default: 0. */
    yourAddress: ipv4Address({
      filter: "ip.your",
      label: "Your (client) IP address",
      about: "address that the client gets",
      default: 0,
    }),
    /** Where the client is to go on. Default: 0. */
    serverAddress: ipv4Address({
      filter: "ip.server",
      label: "Next server IP address",
      about: "server to go on with",
      default: 0,
    }),
    /** Of the relay that passed the message on. Default: 0. */
    relayAddress: ipv4Address({
      filter: "ip.relay",
      label: "Relay agent IP address",
      about: "address of the relay",
      default: 0,
    }),
    /** The client's, at most 16 bytes, followed by zeros. */
    clientHardwareAddress: bytes(HARDWARE_ROOM, {
      show: (reader, _layer, { hardwareLength }) => hardwareFields(reader, hardwareLength as number),
    }),
    /** Text that ends with a zero, at most 64 bytes. Default: none. */
    serverName: bytes(SERVER_NAME_ROOM, {
      filter: "server",
      label: "Server host name",
      default: new Uint8Array(0),
      show: (reader) => textField(reader, "server", "Server host name", SERVER_NAME_ROOM),
    }),
    /** Text that ends with a zero, at most 128 bytes. Default: none. */
    bootFile: bytes(BOOT_FILE_ROOM, {
      filter: "file",
      label: "Boot file name",
      default: new Uint8Array(0),
      show: (reader) => textField(reader, "file", "Boot file name", BOOT_FILE_ROOM),
    }),
    /** Default: what says that options follow, written like an address as in RFC 2131, section 3. */
    magicCookie: ipv4Address({
      filter: "cookie",
      label: "Magic cookie",
      about: "the number before the options",
      default: DHCP_MAGIC_COOKIE,
      isNoAddress: true,
      text: (value) => (value === formatIpv4(DHCP_MAGIC_COOKIE) ? "DHCP" : value),
    }),
    /** A list, with the one that ends them, or bytes. Default: none. */
    options: tail(dhcpOptions, { show: optionFields }),
  },
  about: "DHCP",
  shows: DHCP_FIELDS,
  missing: "field",
  endsWithPacket: true,
  findProblem: findOptionProblem,
  summary: ({ operation }) => `Dynamic Host Configuration Protocol (${OPERATIONS[operation as number] ?? "Unknown"})`,
});

/** The byte in which each field begins, counted from the start of the message. */
export const dhcpOffsets = offsetsOf(dhcp.fields);

/** What `dhcp` takes: fields that are left out have their defaults. */
export type DhcpMessage = HeaderOf<typeof dhcp.fields>;

/** Names and files are text up to the first zero. */
function textField(reader: FieldReader, name: string, label: string, room: number): void {
  const value = reader.memory.bytes.subarray(reader.at, reader.at + room);
  const end = value.indexOf(0);
  const text = latin1(end < 0 ? value : value.subarray(0, end));
  reader.string(`dhcp.${name}`, label, room, text, { text: text === "" ? "not given" : text });
}

function hardwareFields(reader: FieldReader, length: number): void {
  const used = Math.min(length, HARDWARE_ROOM);
  if (used === MAC_LENGTH) reader.mac("dhcp.hw.mac_addr", "Client MAC address");
  else if (used > 0) reader.raw("dhcp.hw.addr", "Client hardware address", used);
  if (used < HARDWARE_ROOM) reader.raw("dhcp.hw.addr_padding", "Client hardware address padding", HARDWARE_ROOM - used);
}

const MESSAGE_TYPES: Readonly<Record<number, string>> = {
  1: "Discover",
  2: "Offer",
  3: "Request",
  4: "Decline",
  5: "ACK",
  6: "NAK",
  7: "Release",
  8: "Inform",
};

interface OptionKind {
  readonly label: string;
  readonly read?: (reader: FieldReader) => void;
}

/** One address, or as many as there is room for. */
const addresses =
  (name: string, label: string) =>
  (reader: FieldReader): void => {
    while (reader.remaining >= 4) reader.ipv4(`dhcp.option.${name}`, label);
  };

function addressOption(name: string, label: string): OptionKind {
  return { label, read: addresses(name, label) };
}

/** Mostly the kind of a hardware address, and that address (RFC 2132, section 9.14). */
function readClientIdentifier(reader: FieldReader): void {
  if (reader.remaining !== 1 + MAC_LENGTH || reader.peek(0) !== ETHERNET) return;
  reader.number("dhcp.hw.type", "Hardware type", 1, { text: (value) => hex(value, 1) });
  reader.mac("dhcp.hw.mac_addr", "Client MAC address");
}

const OPTIONS: Readonly<Record<number, OptionKind>> = {
  [DhcpOption.PAD]: { label: "Padding" },
  [DhcpOption.SUBNET_MASK]: {
    label: "Subnet Mask",
    read: (reader) => {
      while (reader.remaining >= 4) reader.ipv4("dhcp.option.subnet_mask", "Subnet Mask", { isNoAddress: true });
    },
  },
  [DhcpOption.ROUTER]: addressOption("router", "Router"),
  4: addressOption("time_server", "Time Server"),
  5: addressOption("name_server", "Name Server"),
  [DhcpOption.NAME_SERVER]: addressOption("domain_name_server", "Domain Name Server"),
  7: addressOption("log_server", "Log Server"),
  28: addressOption("broadcast_address", "Broadcast Address"),
  42: addressOption("ntp_server", "Network Time Protocol Server"),
  44: addressOption("netbios_over_tcpip_name_server", "NetBIOS over TCP/IP Name Server"),
  61: { label: "Client identifier", read: readClientIdentifier },
  150: addressOption("tftp_server_address", "TFTP Server Address"),
  [DhcpOption.HOST_NAME]: {
    label: "Host Name",
    read: (reader) => {
      const text = latin1(reader.memory.bytes.subarray(reader.at, reader.end));
      reader.string("dhcp.option.hostname", "Host Name", reader.remaining, text);
    },
  },
  [DhcpOption.REQUESTED_ADDRESS]: addressOption("requested_ip_address", "Requested IP Address"),
  [DhcpOption.LEASE_TIME]: {
    label: "IP Address Lease Time",
    read: (reader) =>
      void reader.number("dhcp.option.ip_address_lease_time", "IP Address Lease Time", 4, {
        text: (value) => `${value} seconds`,
      }),
  },
  [DhcpOption.MESSAGE_TYPE]: {
    label: "DHCP Message Type",
    read: (reader) =>
      void reader.number("dhcp.option.dhcp", "DHCP", 1, { text: (value) => named(MESSAGE_TYPES, value) }),
  },
  [DhcpOption.SERVER_IDENTIFIER]: addressOption("dhcp_server_id", "DHCP Server Identifier"),
  [DhcpOption.PARAMETER_LIST]: {
    label: "Parameter Request List",
    read: (reader) => {
      while (reader.remaining > 0) {
        reader.number("dhcp.option.request_list_item", "Parameter Request List Item", 1, {
          text: (value) => named(OPTION_LABELS, value),
        });
      }
    },
  },
  [DhcpOption.END]: { label: "End" },
};

const OPTION_LABELS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(OPTIONS).map(([number, { label }]) => [number, label]),
);

function optionFields(reader: FieldReader): void {
  while (reader.remaining > 0 && readOption(reader) !== DhcpOption.END);
  const rest = reader.remaining;
  if (rest === 0) return;
  reader.raw("dhcp.option.padding", "Padding", rest);
}

/** Of what is no list of options, nothing can be said. */
function findOptionProblem(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly problem: string; readonly at: number } | undefined {
  let at: number = start + dhcp.fixedLength;
  if (at > end) return { problem: "the message is cut off", at: end };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(start + dhcpOffsets.magicCookie) !== DHCP_MAGIC_COOKIE) return undefined;
  while (at < end && bytes[at] !== DhcpOption.END) {
    const length = bytes[at] === DhcpOption.PAD ? 1 : 2 + (at + 1 < end ? bytes[at + 1]! : 0);
    if (at + length > end) return { problem: `an option of type ${bytes[at]} goes beyond the message`, at };
    at += length;
  }
  return undefined;
}

/** @returns the number of the option, or that of the end where the list cannot be followed any further */
function readOption(reader: FieldReader): number {
  const type = reader.peek(0);
  const isSingle = type === DhcpOption.PAD || type === DhcpOption.END;
  const length = isSingle ? 1 : 2 + reader.peek(1);
  if (length > reader.remaining) {
    reader.malformed(`an option of type ${type} has ${inBytes(length)}, of which ${reader.remaining} are left`);
    return DhcpOption.END;
  }
  const { label = "Unknown", read } = OPTIONS[type] ?? {};
  const inner = reader.inside(length);
  inner.skip(1);
  if (!isSingle) inner.number("dhcp.option.length", "Length", 1);
  read?.(inner);
  if (inner.remaining > 0) inner.raw("dhcp.option.value", "Value", inner.remaining);
  const children = inner.finish();
  reader.derived("dhcp.option.type", "Option", 0, length, type, { text: `(${type}) ${label}`, children });
  reader.skip(length);
  return type;
}
