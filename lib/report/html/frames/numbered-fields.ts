/** The fields of a frame with numbers, by which the byte dump, the list of fields and the drawn headers find each other. */
import type { Field, Layer } from "../../../headers/layer.ts";
import { LayerKind } from "../../../headers/layer.ts";

/** A frame can be made of thousands of fields, options within options; so many of them are worth a page. */
const MOST_FIELDS = 300;

export interface NumberedField {
  readonly index: number;
  readonly field: Field;
  /** 0 for a field of the layer, 1 for a part of such a field. */
  readonly depth: number;
}

export interface NumberedLayer {
  readonly index: number;
  readonly layer: Layer;
  /** Every field before its parts. */
  readonly fields: readonly NumberedField[];
  /** Fields that were too many. */
  readonly left: number;
}

export function numberFields(layers: readonly Layer[]): NumberedLayer[] {
  let next = 0;
  let room = MOST_FIELDS;
  return layers.map((layer) => {
    const index = next++;
    const fields: NumberedField[] = [];
    let left = 0;
    const add = (field: Field, depth: number) => {
      if (room > 0) {
        room--;
        fields.push({ index: next++, field, depth });
      } else left++;
      for (const child of field.children ?? []) add(child, depth + 1);
    };
    for (const field of layer.fields) add(field, 0);
    return { index, layer, fields, left };
  });
}

/** The first field of that name. */
export function fieldNamed(layers: readonly Layer[], ...names: readonly string[]): Field | undefined {
  const pending = layers.filter(({ isQuoted }) => !isQuoted).flatMap(({ fields }) => fields);
  for (let field = pending.shift(); field !== undefined; field = pending.shift()) {
    if (names.includes(field.name)) return field;
    if (field.children !== undefined) pending.push(...field.children);
  }
  return undefined;
}

const LINK_KINDS: ReadonlySet<number> = new Set([
  LayerKind.ETHERNET,
  LayerKind.VLAN,
  LayerKind.NULL,
  LayerKind.LOOP,
  LayerKind.SLL,
  LayerKind.SLL2,
  LayerKind.LLC,
]);

/** The class of a layer: its place in the stack gives it a colour, and its name always stands beside that. */
export function layerClass({ kind }: Layer): string {
  if (LINK_KINDS.has(kind)) return "k-link";
  if (kind === LayerKind.TRAILER) return "k-end";
  if (kind === LayerKind.PAYLOAD) return "k-app";
  return kind === LayerKind.TCP || kind === LayerKind.UDP ? "k-tra" : "k-net";
}

/** The words for the same. */
export function layerRole(layer: Layer): string {
  const roles: Readonly<Record<string, string>> = {
    "k-link": "link",
    "k-net": "network",
    "k-tra": "transport",
    "k-app": "application",
  };
  return roles[layerClass(layer)] ?? "after the packet";
}
