/** Fields of the UDP header (RFC 768). */
import { UdpOffset as AT, UDP_HEADER_LENGTH } from "../../headers/udp.ts";
import { quotedVerdict } from "../header-checksums.ts";
import { Verdict } from "../layer-kinds.ts";
import { checksumField } from "./checksum-field.ts";
import type { FieldReader } from "./field-reader.ts";
import type { Place, Title } from "./place.ts";
import { streamFields } from "./stream-fields.ts";
import { inBytes } from "./text.ts";
import { expectedChecksum } from "./transport-checksum.ts";

export function describeUdp(reader: FieldReader, place: Place): Title {
  const source = reader.number("udp.srcport", "Source Port", 2);
  const destination = reader.number("udp.dstport", "Destination Port", 2);
  reader.number("udp.length", "Length", 2, { text: inBytes, meaning: "header and data" });
  const { outline, layer, isTransport, isQuoted } = place;
  const own = isTransport ? outline.udpChecksum : Verdict.UNCHECKED;
  const verdict = isQuoted ? quotedVerdict(outline, layer) : own;
  const expected = isTransport && verdict === Verdict.BAD ? expectedChecksum(place.outline, AT.CHECKSUM) : undefined;
  checksumField(reader, "udp", "Checksum", verdict, expected);
  if (isQuoted) streamFields(reader, "udp", { stream: place.context.quotedStream });
  else streamFields(reader, "udp", isTransport ? place.context : {});
  const label = `User Datagram Protocol, Src Port: ${source}, Dst Port: ${destination}`;
  return { name: "udp", label, needed: UDP_HEADER_LENGTH };
}
