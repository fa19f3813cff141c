/** TLS records (RFC 8446, section 5.1; RFC 5246, section 6.2). */
import { LengthFraming } from "./length-framing.ts";

const HEADER_LENGTH = 5;
/** Change cipher spec, alert, handshake, application data, heartbeat. */
const FIRST_TYPE = 20;
const LAST_TYPE = 24;
const MAJOR_VERSION = 3;
const LAST_MINOR_VERSION = 4;
/** What is encrypted may be longer than what is in it (RFC 5246, section 6.2.3). */
const LONGEST_RECORD = (1 << 14) + 2048;

/** Whether a record begins at `at`, as far as its header tells; false where that is not whole. */
export function isTlsRecord(bytes: Uint8Array, at: number): boolean {
  if (bytes.length - at < HEADER_LENGTH) return false;
  const [type, major, minor] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!];
  if (type < FIRST_TYPE || type > LAST_TYPE || major !== MAJOR_VERSION || minor > LAST_MINOR_VERSION) return false;
  const length = lengthAt(bytes, at);
  return length > 0 && length <= LONGEST_RECORD;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at + 3]! << 8) | bytes[at + 4]!;
}

export class TlsFraming extends LengthFraming {
  constructor() {
    super("tls", HEADER_LENGTH);
  }

  protected lengthBehind(header: Uint8Array, length: number): number | undefined {
    if (length < HEADER_LENGTH) return undefined;
    return isTlsRecord(header, 0) ? lengthAt(header, 0) : -1;
  }
}
