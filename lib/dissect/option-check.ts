/** Looks for options of TCP and IP whose length is not one that their kind can have, and notes them in the outline. */

import { StoppedAt } from "../core/errors.ts";
import { ipv4OptionFault } from "../headers/ipv4-options.ts";
import { hasWholeStops } from "../headers/ipv6-extensions.ts";
import { isIpv6OptionLength, PAD_1, PAD_N } from "../headers/ipv6-options.ts";
import { END_OF_OPTIONS, LEAST_OPTION_LENGTH, NO_OPERATION, OptionFault } from "../headers/layer.ts";
import { tcpOptionFault } from "../headers/tcp-option-fields.ts";
import type { PacketOutline } from "./outline.ts";
import { offsetOf } from "./outline.ts";

/** Type, length and pointer of an IPv4 option. */
const POINTER_END = 3;

/** @param from,end of the options; all of them are there */
export function checkTcpOptions(o: PacketOutline, from: number, end: number): void {
  const bytes = o.transportBytes;
  for (let at = from; at < end; ) {
    const kind = bytes[at]!;
    if (kind === END_OF_OPTIONS) return;
    if (kind === NO_OPERATION) {
      at++;
      continue;
    }
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < LEAST_OPTION_LENGTH || at + length > end) {
      o.optionFaults |= OptionFault.TCP_LENGTH;
      return;
    }
    const fault = tcpOptionFault(kind, length, length > LEAST_OPTION_LENGTH ? bytes[at + 2]! : 0);
    note(o, fault, "TCP options", at, kind, length);
    at += length;
  }
}

/** @param from,end of the options; all of them are there */
export function checkIpv4Options(o: PacketOutline, from: number, end: number): void {
  const bytes = o.transportBytes;
  for (let at = from; at < end; ) {
    const type = bytes[at]!;
    if (type === END_OF_OPTIONS) return;
    if (type === NO_OPERATION) {
      at++;
      continue;
    }
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < LEAST_OPTION_LENGTH || at + length > end) {
      o.optionFaults |= OptionFault.IPV4_LENGTH;
      return;
    }
    const fault = ipv4OptionFault(type, length, length > POINTER_END ? bytes[at + 3]! : 0);
    note(o, fault, "IPv4 options", at, type, length);
    at += length;
  }
}

/** @param from,end of the options: behind the first two bytes of their header */
export function checkIpv6Options(o: PacketOutline, from: number, end: number): void {
  const bytes = o.transportBytes;
  for (let at = from; at < end; ) {
    const type = bytes[at]!;
    if (type === PAD_1) {
      at++;
      continue;
    }
    const dataLength = at + 1 < end ? bytes[at + 1]! : 0;
    const next = at + 2 + dataLength;
    const isRight = next <= end && (type === PAD_N || isIpv6OptionLength(type, dataLength));
    if (!isRight) note(o, OptionFault.MALFORMED, "IPv6 options", at, type, 2 + dataLength);
    at = next;
  }
}

/** The same for the stops of an IPv6 routing header. @param length of the header, all of which is there */
export function checkRoute(o: PacketOutline, at: number, length: number): void {
  const type = o.transportBytes[at + 2]!;
  if (hasWholeStops(type, length)) return;
  o.optionFaults |= OptionFault.MALFORMED;
  const problem = `a route of type ${type} cannot have ${length} bytes`;
  o.malformedOption ??= new StoppedAt("BAD_FIELD", { layer: "IPv6 routing header", offset: offsetOf(o, at), problem });
}

function note(o: PacketOutline, fault: number, layer: string, at: number, kind: number, length: number): void {
  if (fault === 0) return;
  o.optionFaults |= fault;
  if ((fault & OptionFault.MALFORMED) === 0) return;
  const problem = `an option of kind ${kind} has a length of ${length}, and cannot have that`;
  o.malformedOption ??= new StoppedAt("BAD_FIELD", { layer, offset: offsetOf(o, at), problem });
}
