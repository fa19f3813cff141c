/** What a filter can ask for: every name with its type, its meaning and where its values are. */

import { distanceBetween } from "../core/nearest-name.ts";
import type { FilterField } from "./field-types.ts";
import { headerFields } from "./header-fields.ts";
import { PACKET_FIELDS } from "./packet-fields.ts";
import { TRANSPORT_FIELDS } from "./transport-fields.ts";

/** Where a field is more than the table of its header can say, the later one takes its place. */
export const FIELDS: ReadonlyMap<string, FilterField> = new Map(
  [...headerFields(), ...PACKET_FIELDS, ...TRANSPORT_FIELDS].map((field) => [field.name, field]),
);

const MOST_SUGGESTIONS = 3;
const MOST_LONGER = 12;

/** Names that `name` may have been meant for, the likeliest first. */
export function nearFields(name: string): string[] {
  const wanted = name.toLowerCase();
  const allowed = Math.max(2, Math.floor(wanted.length / 4));
  return [...FIELDS.keys()]
    .map((candidate) => ({ candidate, distance: distanceOf(wanted, candidate) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST_SUGGESTIONS)
    .map(({ candidate }) => candidate);
}

/** One less than any misspelling if the one goes on where the other ends, as ip.address and ip.addr. */
function distanceOf(wanted: string, candidate: string): number {
  const common = Math.min(wanted.length, candidate.length);
  if (common > 5 && wanted.slice(0, common) === candidate.slice(0, common)) return 1;
  // Nothing that is much longer than every name can be near one.
  if (Math.abs(wanted.length - candidate.length) > MOST_LONGER) return Number.POSITIVE_INFINITY;
  return distanceBetween(wanted, candidate);
}
