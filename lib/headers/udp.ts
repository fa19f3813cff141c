/** User Datagram Protocol (RFC 768; RFC 8200, section 8.1 for UDP over IPv6). */

import { viewOf } from "../core/bytes.ts";
import { finishChecksum, sumBytes } from "../core/checksum.ts";
import { requireBytes, requireRoom } from "../core/errors.ts";
import { IpProtocol, inBytes } from "./assigned-numbers.ts";
import { setUint16 } from "./checked-numbers.ts";
import { decodedFields } from "./decoded-fields.ts";
import { describeWithCodec } from "./describe-with-codec.ts";
import { checksum as checksumField, u16 } from "./fields.ts";
import { type DecodedOf, type HeaderOf, offsetsOf } from "./header-table.ts";
import { LayerKind } from "./layer.ts";
import { PORTS_LENGTH, portsOf, streamFields } from "./shared-fields.ts";

const LAYER = "UDP header";

/** On the wire, 0 says that the sender computed no checksum; a checksum that comes out as 0 is sent as its twin. */
const ZERO_CHECKSUM = 0xffff;

const fields = {
  /** The port of who sends it, 0 to 65535. Left out in a stack: 49152, or that of the message or tunnel behind it. */
  sourcePort: u16({ filter: "srcport", label: "Source Port", about: "source port" }),
  /** The port of who it is for, 0 to 65535. Left out in a stack: 9999, or that of the message or tunnel behind it. */
  destinationPort: u16({ filter: "dstport", label: "Destination Port", about: "destination port" }),
  /** Bytes of header and data, 0 to 65535. Computed. */
  length: u16({
    filter: "length",
    label: "Length",
    about: "bytes of header and data",
    auto: { kind: "length", from: "start", zeroIsAll: true },
    text: inBytes,
    meaning: "header and data",
  }),
  /** Computed over pseudo-header, header and data, 0 to 65535; 0 means that there is none. */
  checksum: checksumField({
    filter: "checksum",
    label: "Checksum",
    about: "checksum",
    covers: "message",
    hasPseudoHeader: true,
    zeroAs: ZERO_CHECKSUM,
  }),
};

/** What `udp` takes: fields that are left out are computed. */
export type UdpHeader = HeaderOf<typeof fields>;
/** What `udp.decode` returns, with every field. */
export type DecodedUdpHeader = DecodedOf<typeof fields>;

/** Makes UDP headers, 8 bytes, and reads them. */
export const udp = describeWithCodec(
  {
    name: "udp",
    protocol: "UDP",
    layer: LAYER,
    kind: LayerKind.UDP,
    follows: { ipProtocol: IpProtocol.UDP },
    fields,
    about: "UDP",
    carries: ["udpPort"],
    complete: {
      sourcePort: (stack, index) => portsOf(stack[index + 1]).client,
      destinationPort: (stack, index) => portsOf(stack[index + 1]).server,
    },
    either: {
      filter: "port",
      about: "source or destination port",
      fields: ["sourcePort", "destinationPort"],
    },
    needs: PORTS_LENGTH,
    hasAddressesInTable: true,
    drawing: "UDP header (RFC 768)",
    summary: ({ sourcePort, destinationPort }) =>
      `User Datagram Protocol, Src Port: ${sourcePort}, Dst Port: ${destinationPort}`,
    showRest: (reader, layer) => streamFields(reader, "udp", layer),
  },
  { byteLength: udpByteLength, encodeInto: encodeUdp, decode: decodeUdp },
);

/** The byte in which each field begins, counted from the start of the header. */
export const udpOffsets = offsetsOf(fields);

const HEADER_LENGTH = udp.fixedLength;
const {
  sourcePort: SOURCE_PORT_AT,
  destinationPort: DESTINATION_PORT_AT,
  length: LENGTH_AT,
  checksum: CHECKSUM_AT,
} = udpOffsets;

const DecodedFields = decodedFields(fields);

// The codec by hand, since these headers are made and read by the million; its contract is that of `Codec`.
export function udpByteLength(_header: UdpHeader): number {
  return HEADER_LENGTH;
}

export function decodeUdp(bytes: Uint8Array, offset: number, end: number, limitedBy?: string): DecodedUdpHeader {
  requireBytes(LAYER, bytes, offset, end, HEADER_LENGTH, limitedBy);
  const view = viewOf(bytes);
  const header = new DecodedFields();
  header.sourcePort = view.getUint16(offset + SOURCE_PORT_AT);
  header.destinationPort = view.getUint16(offset + DESTINATION_PORT_AT);
  header.length = view.getUint16(offset + LENGTH_AT);
  header.checksum = view.getUint16(offset + CHECKSUM_AT);
  return header;
}

export function encodeUdp(
  header: UdpHeader,
  bytes: Uint8Array,
  offset: number,
  end: number = offset + HEADER_LENGTH,
  _following?: number,
  pseudoHeaderSum?: number,
): number {
  requireRoom(LAYER, bytes, offset, HEADER_LENGTH, end);
  const view = viewOf(bytes);
  setUint16(view, offset + SOURCE_PORT_AT, header.sourcePort, "sourcePort", LAYER);
  setUint16(view, offset + DESTINATION_PORT_AT, header.destinationPort, "destinationPort", LAYER);
  setUint16(view, offset + LENGTH_AT, header.length ?? end - offset, "length", LAYER);
  setUint16(view, offset + CHECKSUM_AT, header.checksum ?? 0, "checksum", LAYER);
  if (header.checksum === undefined && pseudoHeaderSum !== undefined) {
    const checksum = finishChecksum(sumBytes(view, offset, end, pseudoHeaderSum));
    view.setUint16(offset + CHECKSUM_AT, checksum === 0 ? ZERO_CHECKSUM : checksum);
  }
  return HEADER_LENGTH;
}
