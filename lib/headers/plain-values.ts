/**
 * Results as JSON can hold them: addresses are text, bytes hexadecimal digits. JSON has no number as large as an IPv6 address,
 * and refuses one; bytes it would write as an object with a key for each.
 */
import { formatIp, formatIpv4, formatIpv6, formatMac, type IpAddress, type Ipv6Address } from "./address.ts";
import type { FieldSpec } from "./fields.ts";

type FieldKind = Pick<FieldSpec, "type">;

/** What is text already, or JSON itself can write, stays as it is. */
export function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return formatIpv6(value);
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (Array.isArray(value)) return value.map(plainValue);
  return isPlainObject(value) ? plainObject(value) : value;
}

function plainObject(object: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, plainValue(value)]));
}

/** Not one of a class, which knows itself what it is in JSON. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !("toJSON" in value);
}

/** The fields of a header: those that its table knows as addresses are text, of any kind. */
export function plainFields(table: Readonly<Record<string, FieldKind>>, fields: object): Record<string, unknown> {
  const all = Object.entries(fields).map(([name, value]) => [name, plainField(table[name]?.type, value)]);
  return Object.fromEntries(all);
}

function plainField(type: string | undefined, value: unknown): unknown {
  if (typeof value !== "number") return plainValue(value);
  if (type === "ipv4") return formatIpv4(value);
  return type === "mac" ? formatMac(value) : value;
}

type Addresses<Result> = { readonly [Name in keyof Result]?: "ip" | "mac" };

/**
 * Lets `JSON.stringify` write a result whose addresses are numbers: for results of which there are never very many.
 *
 * @param addresses the members that hold addresses, one or a list of them
 */
export function writable<Result extends object>(result: Result, addresses: Addresses<Result>): Result {
  const text = { ip: (value: IpAddress | Ipv6Address) => formatIp(value), mac: (value: number) => formatMac(value) };
  const toJSON = () => {
    const plain = { ...result } as Record<string, unknown>;
    for (const [name, kind] of Object.entries(addresses) as [string, "ip" | "mac"][]) {
      const value = plain[name];
      if (value !== undefined) plain[name] = Array.isArray(value) ? value.map(text[kind]) : text[kind](value as never);
    }
    return plain;
  };
  // Not among the members that are listed and compared.
  return Object.defineProperty(result, "toJSON", { value: toJSON });
}
