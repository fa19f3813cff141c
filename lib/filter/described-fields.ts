/**
 * Fields of what stands in the tail of a header, or follows from it: their values are those that the view of the header
 * shows, so that view and filter can never differ. Each packet that has the header is described for it, which takes longer
 * than to look at a fixed place.
 */
import { describeLayer } from "../dissect/describe-layers.ts";
import { MESSAGE_CONTEXT } from "../dissect/layer-context.ts";
import { ipv6Words, tryParseIpv4, tryParseIpv6, tryParseMac } from "../headers/address.ts";
import { describeHeader } from "../headers/describe-header.ts";
import { FieldReader } from "../headers/field-reader.ts";
import type { AnyHeader, ShownType } from "../headers/header-table.ts";
import type { Field, FieldValue } from "../headers/layer.ts";
import { isMessage, kindOf } from "../headers/registry.ts";
import { boolean, type FilterField, label, number, ofType, UINT32 } from "./field-types.ts";
import { type ByteValues, eachMessage, type NumberValues } from "./readers.ts";
import type { FilterSubject } from "./subject.ts";

/** All that a header's table says it shows besides its own fields. */
export function describedFields(header: AnyHeader): FilterField[] {
  return Object.entries(header.shows ?? {}).map(([name, [type, about, largest = UINT32]]) =>
    describedField(header, name, type, about, largest),
  );
}

function describedField(header: AnyHeader, name: string, type: ShownType, about: string, largest: number): FilterField {
  const visit = visitorOf(header, name);
  switch (type) {
    case "label":
      return label(name, about, (subject) => {
        let isThere = false;
        visit(subject, () => {
          isThere = true;
        });
        return isThere;
      });
    case "string":
    case "bytes":
      return {
        name,
        type,
        meaning: about,
        read: (subject, into) => visit(subject, (value) => pushBytes(value, type === "string", into)),
      };
    case "boolean":
      return boolean(name, about, (subject, into) => visit(subject, (value) => into.push(value ? 1 : 0)));
    case "number":
      return number(name, largest, about, (subject, into) => visit(subject, (value) => into.push(Number(value))));
    default:
      return ofType(type, name, about, (subject, into) =>
        visit(subject, (value) => pushAddress(type, String(value), into)),
      );
  }
}

type ValueVisitor = (subject: FilterSubject, visit: (value: FieldValue) => void) => void;

/** Finds the values of a field in every such header of a packet. */
function visitorOf(header: AnyHeader, name: string): ValueVisitor {
  if (isMessage(header)) {
    return (subject, visit) =>
      eachMessage(header, subject, (bytes, start, end) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        const reader = new FieldReader({ bytes, view }, start, end);
        describeHeader(header, reader, MESSAGE_CONTEXT);
        visitNamed(reader.fields, name, visit);
      });
  }
  const kind = kindOf(header);
  return (subject, visit) => {
    const { outline } = subject;
    for (let layer = 0; layer < outline.layerCount; layer++) {
      if (outline.kinds[layer] === kind) visitNamed(describeLayer(outline, layer, subject).fields, name, visit);
    }
  };
}

function visitNamed(fields: readonly Field[], name: string, visit: (value: FieldValue) => void): void {
  for (const field of fields) {
    if (field.name === name) visit(field.value);
    if (field.children !== undefined) visitNamed(field.children, name, visit);
  }
}

const UTF8 = new TextEncoder();

/** Text as its bytes; but a hardware address among values that are bytes stands for its own. */
function pushBytes(value: FieldValue, isText: boolean, into: ByteValues): void {
  const bytes = value instanceof Uint8Array ? value : isText ? UTF8.encode(String(value)) : fromHex(String(value));
  into.push(bytes, 0, bytes.length);
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.split(":"), (digits) => Number.parseInt(digits, 16));
}

/** Values are compared as the numbers that literals are: of an IPv6 address four. */
function pushAddress(type: "ipv4" | "ipv6" | "mac", text: string, into: NumberValues): void {
  if (type === "ipv6") {
    const address = tryParseIpv6(text);
    if (address === undefined) return;
    for (const word of ipv6Words(address)) into.push(word);
    return;
  }
  const address = type === "ipv4" ? tryParseIpv4(text) : tryParseMac(text);
  if (address !== undefined) into.push(address);
}
