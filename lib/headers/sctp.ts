/** Stream Control Transmission Protocol (RFC 9260, section 3): a common header, and chunks to the end of the packet. */
import { hex, IpProtocol } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import { checksum, tail, u16, u32 } from "./fields.ts";
import type { DecodedOf, HeaderOf } from "./header-table.ts";
import type { SctpChunk } from "./sctp-chunk-fields.ts";
import { COMMON_LENGTH, chunksLength, decodeChunks, encodeChunks, findChunkProblem } from "./sctp-chunks.ts";
import { SCTP_CHUNK_FIELDS, sctpChunkFields } from "./sctp-fields.ts";

/** Makes SCTP packets, 12 bytes and chunks, and reads them. */
export const sctp = defineHeader({
  name: "sctp",
  protocol: "SCTP",
  layer: "SCTP packet",
  follows: { ipProtocol: IpProtocol.SCTP },
  endsWithPacket: true,
  fields: {
    /** The port of who sends it, 0 to 65535. */
    sourcePort: u16({ filter: "srcport", label: "Source port", about: "source port" }),
    /** The port of who it is for, 0 to 65535. */
    destinationPort: u16({ filter: "dstport", label: "Destination port", about: "destination port" }),
    /** What the receiver named in its INIT, 0 to 2^32 - 1; 0 in an INIT itself. */
    verificationTag: u32({
      filter: "verification_tag",
      label: "Verification tag",
      about: "tag that the receiver chose for the association",
      text: (value) => hex(value, 4),
    }),
    /** CRC-32C of the packet, 0 to 2^32 - 1, as its bytes stand: the lowest of the sum comes first. Computed. */
    checksum: checksum({
      filter: "checksum",
      label: "Checksum",
      about: "CRC-32C of the packet",
      covers: "message",
      hasPseudoHeader: false,
      algorithm: "crc32c",
    }),
    /** What the packet carries, each filled up to a multiple of 4 bytes. Default: none. */
    chunks: tail<readonly SctpChunk[], readonly SctpChunk[]>(
      { byteLength: chunksLength, encode: encodeChunks, decode: decodeChunks },
      { drawn: "Chunks", show: (reader) => sctpChunkFields(reader) },
    ),
  },
  about: "SCTP",
  either: { filter: "port", about: "source or destination port", fields: ["sourcePort", "destinationPort"] },
  // Of fewer, nothing is shown.
  needs: COMMON_LENGTH,
  drawing: "SCTP packet (RFC 9260)",
  shows: SCTP_CHUNK_FIELDS,
  findProblem: findChunkProblem,
  summary: ({ sourcePort, destinationPort }) =>
    `Stream Control Transmission Protocol, Src Port: ${sourcePort}, Dst Port: ${destinationPort}`,
});

/**
 * What `sctp` takes: a field left out is computed or takes its default; one that is given is written as it is, right or wrong.
 */
export type SctpPacket = HeaderOf<typeof sctp.fields>;
export type DecodedSctpPacket = DecodedOf<typeof sctp.fields>;
