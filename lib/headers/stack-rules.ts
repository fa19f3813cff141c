/** What a stack of headers asks of each, worked out once, so that a packet takes no more than it has to. */
import type { NumberSpace } from "./fields.ts";
import { BLANK } from "./header-codec.ts";
import type { Completions, FieldTable, HeaderParts, HeaderRules, LaidField, RequiredField } from "./header-table.ts";

const NETWORK: ReadonlySet<string> = new Set(["ip", "ipv6"]);
/** Headers that can name the address that a packet of IPv6 comes from, or goes to in the end. */
const ON_THE_WAY: ReadonlySet<string> = new Set(["ipv6.routing", "ipv6.dstopts"]);

const DATA = "data";

export class StackRules implements HeaderRules {
  readonly length: number;
  readonly announcer: string | undefined;
  readonly space: NumberSpace | undefined;
  readonly usual: number | undefined;
  readonly required: readonly RequiredField[];
  readonly coversPseudoHeader: boolean;
  readonly isNetwork: boolean;
  readonly hasAddresses: boolean;
  readonly ipProtocol: number;

  readonly byteLength: HeaderRules["byteLength"];
  readonly encodeInto: HeaderRules["encodeInto"];
  readonly isData: boolean;
  readonly carries: HeaderRules["carries"];
  readonly bridge: HeaderRules["bridge"];
  readonly numbers: HeaderRules["numbers"];

  constructor(
    parts: HeaderParts<FieldTable>,
    layout: readonly LaidField[],
    fixedLength: number,
    codec: Pick<HeaderRules, "byteLength" | "encodeInto">,
  ) {
    const isFixed = layout.every(({ spec }) => spec.type !== "tail" && spec.presentIf === undefined);
    const announcer = layout.find(({ spec }) => spec.announces !== undefined);
    const auto = layout.find(({ spec }) => spec.auto?.kind === "checksum")?.spec.auto;
    this.length = isFixed ? fixedLength : -1;
    this.announcer = announcer?.name;
    this.space = announcer?.spec.announces;
    this.usual = announcer === undefined ? undefined : (parts.blank?.[announcer.name] as number | undefined);
    this.required = requiredOf(parts, layout);
    this.coversPseudoHeader = auto?.kind === "checksum" && auto.hasPseudoHeader;
    this.isNetwork = NETWORK.has(parts.name);
    this.hasAddresses = this.isNetwork || ON_THE_WAY.has(parts.name);
    this.byteLength = codec.byteLength;
    this.encodeInto = codec.encodeInto;
    this.isData = parts.name === DATA;
    this.carries = parts.carries ?? [];
    this.bridge = parts.bridge;
    this.numbers = Object.fromEntries(
      Object.entries(parts.follows ?? {}).map(([space, numbers]) => [space, [numbers].flat()[0]]),
    );
    this.ipProtocol = this.numbers.ipProtocol ?? 0;
  }
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
