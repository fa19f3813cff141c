/** Parameters of SCTP chunks, and causes of errors, which look the same (RFC 9260, sections 3.2.1 and 3.3.10). */
import { lengthOfBytes, lengthOfList } from "./checked-lengths.ts";
import type { OptionData } from "./option-kinds.ts";

/** Bytes that parameters begin with, type and length; as many as a chunk begins with. */
export const START = 4;
/** Of chunks and their parameters, for errors. */
export const LAYER = "SCTP chunks";

/** Of a chunk, a parameter or a cause: what is given is written as it is, right or wrong. */
export interface Measured {
  /** 0 to 65535, with the four bytes that it begins with and without padding. Computed. */
  readonly length?: number;
  /** What stands behind it. Zeros up to a multiple of 4, if left out; behind the last part of a chunk, nothing. */
  readonly padding?: Uint8Array;
}

/** A parameter, or a cause of an error. */
export interface SctpParameter extends Measured {
  /** 0 to 65535: the type, or the code of the cause. */
  readonly type: number;
  /** What stands behind type and length. */
  readonly value: Uint8Array;
}

export const paddingOf = (length: number) => -length & 3;

export function wholeLength(length: number, { padding }: Measured): number {
  return length + (padding?.length ?? paddingOf(length));
}

export function pad(bytes: Uint8Array, at: number, end: number, padding: Uint8Array | undefined): void {
  if (padding === undefined) bytes.fill(0, at, end);
  else bytes.set(padding, at);
}

/** Padding, where it is not what would be written anyway. */
export function paddingFound(bytes: Uint8Array, at: number, end: number, usual: number): { padding?: Uint8Array } {
  const padding = bytes.subarray(at, end);
  return padding.length === usual && padding.every((byte) => byte === 0) ? {} : { padding };
}

/** @param name of the list, for errors */
export function parametersLength(parameters: readonly SctpParameter[], name: string): number {
  const last = lengthOfList(LAYER, parameters, name) - 1;
  let length = 0;
  for (const [index, parameter] of parameters.entries()) {
    length += wholeParameter(parameter, index === last);
  }
  return length;
}

/** The padding of the last one is that of its chunk. */
function wholeParameter(parameter: SctpParameter, isLast: boolean): number {
  const length = START + lengthOfBytes(LAYER, parameter.value, "value of a parameter");
  return isLast ? length + (parameter.padding?.length ?? 0) : wholeLength(length, parameter);
}

export function writeParameters(parameters: readonly SctpParameter[], data: OptionData, offset: number): void {
  let at = offset;
  for (const [index, parameter] of parameters.entries()) {
    const { type, value, padding } = parameter;
    data.setNumber(at, 2, type, "type of a parameter");
    data.setNumber(at + 2, 2, parameter.length ?? START + value.length, "length of a parameter");
    data.bytes.set(value, at + START);
    const next = at + wholeParameter(parameter, index === parameters.length - 1);
    pad(data.bytes, at + START + value.length, next, padding);
    at = next;
  }
}

/** @returns undefined where the lengths do not lead to `end` */
export function readParameters(data: OptionData, start: number, end: number): SctpParameter[] | undefined {
  const parameters: SctpParameter[] = [];
  for (let at = start; at < end; ) {
    const length = end - at < START ? 0 : data.number(at + 2, 2);
    if (length < START || at + length > end) return undefined;
    const next = Math.min(end, at + wholeLength(length, {}));
    const usual = next === end ? 0 : paddingOf(length);
    const value = data.bytes.subarray(at + START, at + length);
    parameters.push({ type: data.number(at, 2), value, ...paddingFound(data.bytes, at + length, next, usual) });
    at = next;
  }
  return parameters;
}
