/** What a stack of headers asks of each, worked out once, so that a packet takes no more than it has to. */
import type { Completions, FieldTable, HeaderParts, HeaderRules, LaidField, RequiredField } from "./header-table.ts";

/** What stands in a field that nobody gives and that has no default. */
export const BLANK = { number: 0, flag: false, mac: 0, ipv4: 0, ipv6: 0n, bytes: new Uint8Array(0) } as const;

const DATA = "data";

export function stackRules(
  parts: HeaderParts<FieldTable>,
  layout: readonly LaidField[],
  fixedLength: number,
  { byteLength, encodeInto }: Pick<HeaderRules, "byteLength" | "encodeInto">,
): HeaderRules {
  const { name, follows = {}, blank, carries = [], bridge, addressSum } = parts;
  const isFixed = layout.every(({ spec }) => spec.type !== "tail" && spec.presentIf === undefined);
  const announcer = layout.find(({ spec }) => spec.announces !== undefined);
  const auto = layout.find(({ spec }) => spec.auto?.kind === "checksum")?.spec.auto;
  const numbers: HeaderRules["numbers"] = Object.fromEntries(
    Object.entries(follows).map(([space, list]) => [space, [list].flat()[0]]),
  );
  return {
    length: isFixed ? fixedLength : -1,
    hasOptional: layout.some(({ spec }) => spec.presentIf !== undefined),
    byteLength,
    encodeInto,
    isData: name === DATA,
    carries,
    bridge,
    numbers,
    etherType: numbers.etherType,
    announcer: announcer?.name,
    space: announcer?.spec.announces,
    usual: announcer === undefined ? undefined : (blank?.[announcer.name] as number | undefined),
    required: requiredOf(parts, layout),
    coversRest: auto?.kind === "checksum" && auto.covers === "message",
    coversPseudoHeader: auto?.kind === "checksum" && auto.hasPseudoHeader,
    addressSum,
    ipProtocol: numbers.ipProtocol ?? 0,
  };
}

function requiredOf({ blank, complete }: HeaderParts<FieldTable>, layout: readonly LaidField[]): RequiredField[] {
  const completions: Completions<FieldTable> = complete ?? {};
  const blanks: Readonly<Record<string, unknown>> = blank ?? {};
  return layout.flatMap(({ name, spec }) => {
    const make = completions[name];
    if (make !== undefined) return [{ name, make }];
    if (spec.announces !== undefined || spec.auto !== undefined || spec.presentIf !== undefined) return [];
    if (spec.type === "tail" || spec.type === "option") return [];
    if (spec.default !== undefined && !(name in blanks)) return [];
    const value = blanks[name] ?? BLANK[spec.type];
    return [{ name, make: () => value }];
  });
}
