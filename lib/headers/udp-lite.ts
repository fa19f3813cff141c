/** Lightweight User Datagram Protocol (RFC 3828): UDP whose checksum need not cover all of the data. */
import { IpProtocol, inBytes } from "./assigned-numbers.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { checksum, u16 } from "./fields.ts";
import { type DecodedOf, type HeaderOf, offsetsOf } from "./header-table.ts";
import { PORTS_LENGTH, streamFields } from "./shared-fields.ts";

/** A sum that comes out as 0 is sent as this; 0 itself is not allowed (RFC 3828, section 3.1). */
const ZERO_CHECKSUM = 0xffff;

/** Makes UDP-Lite headers, 8 bytes, and reads them. */
export const udpLite = defineHeader({
  name: "udplite",
  protocol: "UDP-Lite",
  layer: "UDP-Lite header",
  follows: { ipProtocol: IpProtocol.UDP_LITE },
  prefix: "udp",
  fields: {
    /** The port of who sends it, 0 to 65535. */
    sourcePort: u16({ filter: "srcport", label: "Source Port", about: "source port", needs: PORTS_LENGTH }),
    /** The port of who it is for, 0 to 65535. */
    destinationPort: u16({
      filter: "dstport",
      label: "Destination Port",
      about: "destination port",
      needs: PORTS_LENGTH,
    }),
    /** Bytes from the start of the header that the checksum covers, 0 for all; 1 to 7 are not allowed. Default: 0. */
    checksumCoverage: u16({
      filter: "checksum_coverage",
      label: "Checksum coverage",
      about: "bytes that the checksum of UDP-Lite covers, 0 for all",
      default: 0,
      text: (value) => (value === 0 ? "0 (all)" : inBytes(value)),
      after: (reader, { transportLength: length }) => {
        if (length !== undefined) reader.generated("udp.length", "Length", length, { text: inBytes(length) });
      },
    }),
    /** Computed over pseudo-header and coverage, 0 to 65535; 0 is not allowed. */
    checksum: checksum({
      filter: "checksum",
      label: "Checksum",
      about: "checksum",
      covers: "message",
      hasPseudoHeader: true,
      coverage: "checksumCoverage",
      zeroAs: ZERO_CHECKSUM,
    }),
  },
  about: "UDP-Lite",
  either: { filter: "port", about: "source or destination port", fields: ["sourcePort", "destinationPort"] },
  drawing: "UDP-Lite header (RFC 3828)",
  check: ({ checksumCoverage }) => {
    const problem = coverageProblem(checksumCoverage);
    return problem === undefined ? undefined : { field: "checksumCoverage", problem };
  },
  summary: ({ sourcePort, destinationPort }) =>
    `Lightweight User Datagram Protocol, Src Port: ${sourcePort}, Dst Port: ${destinationPort}`,
  shows: {
    "udp.length": ["number", "header and data, in bytes", 0xffff],
    "udplite.checksum_coverage.bad": ["label", "a coverage that cannot be"],
  },
  showRest: (reader: FieldReader, layer, { checksumCoverage }) => {
    const length = layer.transportLength ?? LARGEST_LENGTH;
    const problem = coverageProblem(checksumCoverage as number, length);
    if (problem !== undefined && reader.remaining >= 0) {
      reader.generated("udplite.checksum_coverage.bad", "Bad checksum coverage", undefined, { text: problem });
    }
    streamFields(reader, "udp", layer);
  },
});

/**
 * What `udpLite` takes: a field left out is computed or takes its default; one that is given is written as it is, right or
 * wrong.
 */
export type UdpLiteHeader = HeaderOf<typeof udpLite.fields>;
export type DecodedUdpLiteHeader = DecodedOf<typeof udpLite.fields>;

/** The byte in which each field begins, counted from the start of the header. */
export const udpLiteOffsets = offsetsOf(udpLite.fields);

const LARGEST_LENGTH = 0xffff;

/** What is wrong with a coverage: all of the header is always covered. @param length bytes of header and data */
export function coverageProblem(coverage: number, length = LARGEST_LENGTH): string | undefined {
  if (coverage === 0 || (coverage >= udpLite.fixedLength && coverage <= length)) return undefined;
  return `checksumCoverage is ${coverage}, and can be 0 or ${udpLite.fixedLength} to ${length}`;
}
