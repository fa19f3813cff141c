/** DNS messages over TCP, with the length before each (RFC 1035, section 4.2.2). */
import { LengthFraming } from "./length-framing.ts";

const PREFIX_LENGTH = 2;
const DNS_HEADER_LENGTH = 12;
/** Where the opcode stands behind the length, and the last one that has a meaning (RFC 8490). */
const OPCODE_AT = PREFIX_LENGTH + 2;
const LAST_OPCODE = 6;

/** Whether a direction can begin like this, if one of its ports is that of DNS: as far as the bytes go. */
export function mayBeDns(bytes: Uint8Array): boolean {
  if (bytes.length < PREFIX_LENGTH) return bytes.length > 0;
  if (((bytes[0]! << 8) | bytes[1]!) < DNS_HEADER_LENGTH) return false;
  return bytes.length <= OPCODE_AT || ((bytes[OPCODE_AT]! >>> 3) & 0xf) <= LAST_OPCODE;
}

export class DnsFraming extends LengthFraming {
  constructor() {
    super("dns", PREFIX_LENGTH);
  }

  protected lengthBehind(header: Uint8Array, length: number): number | undefined {
    if (length < PREFIX_LENGTH) return undefined;
    return mayBeDns(header) ? (header[0]! << 8) | header[1]! : -1;
  }
}
