/** A field as a display filter that can be pasted into Wireshark. */
import type { Field } from "../../../headers/layer.ts";

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{2}(?::[0-9a-f]{2}){5}|(?=.*:.*:)[0-9a-f:]{2,39})$/;
/** Characters that mean nothing but themselves between quotes. */
const PLAIN_TEXT = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/;
const NAME = /^[a-z_][\w.-]*$/i;
const LONGEST_TEXT = 60;
const MOST_BYTES = 8;

/** "ip.ttl == 64"; the name alone asks for packets that have the field. Undefined for a mere heading. */
export function filterOf(field: Field): string | undefined {
  const { name } = field;
  if (!NAME.test(name)) return undefined;
  const value = comparedTo(field);
  return value === undefined ? name : `${name} == ${value}`;
}

function comparedTo({ name, value, text }: Field): string | undefined {
  // What Wireshark adds of its own has other values than it shows.
  if (name.startsWith("_ws.") || value === undefined) return undefined;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return numberText(value, text);
  if (typeof value === "string") return stringText(value);
  if (value.length === 0 || value.length > MOST_BYTES) return undefined;
  return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** Written as the field shows it: a checksum in hexadecimal, a length in decimal. */
function numberText(value: number, text: string): string | undefined {
  if (!Number.isInteger(value)) return undefined;
  const written = /(?:^|\()(0x[0-9a-f]+)/.exec(text)?.[1];
  return written !== undefined && Number(written) === value ? written : String(value);
}

function stringText(value: string): string | undefined {
  if (ADDRESS.test(value)) return value;
  return value.length <= LONGEST_TEXT && PLAIN_TEXT.test(value) ? `"${value}"` : undefined;
}
