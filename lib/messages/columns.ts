/** Which column of a CSV means what. Columns are found by name, in any order; unknown ones are left alone. */
import { InputError, type InputPlace, quoteFound } from "./errors.ts";

/** Where one end point's parts stand: indices into a row, from 0. */
export interface EndPointColumns {
  readonly name: number;
  readonly address: number | undefined;
  readonly port: number | undefined;
}

/** Where everything stands: indices into a row, from 0. */
export interface Columns {
  /** The header's names without spaces around them. A row has as many cells. */
  readonly names: readonly string[];
  readonly id: number | undefined;
  readonly protocol: number;
  readonly source: EndPointColumns;
  readonly destination: EndPointColumns;
  readonly message: number;
  readonly time: number;
}

/** The columns that every input has, in the order in which a new file would have them. */
const REQUIRED = ["app_protocol", "src_app", "dst_app", "message", "timestamp"] as const;

/** The header to show to somebody who has none. */
export const STANDARD_HEADER = `msg_id,${REQUIRED.join(",")}`;

const MOST_NAMES_SHOWN = 12;

/**
 * Reads a header.
 *
 * @throws InputError when a required column is missing or a name stands twice.
 */
export function findColumns(header: readonly string[], place: InputPlace): Columns {
  const names = header.map((name) => name.trim());
  const indices = indexNames(names, place);
  const missing = REQUIRED.filter((name) => !indices.has(name));
  if (missing.length > 0) throw missingColumns(missing, names, place);
  const required = (name: (typeof REQUIRED)[number]): number => indices.get(name) ?? -1;
  const endPoint = (side: "src" | "dst"): EndPointColumns => ({
    name: required(`${side}_app`),
    address: indices.get(`${side}_ip`),
    port: indices.get(`${side}_port`),
  });
  return {
    names,
    id: indices.get("msg_id"),
    protocol: required("app_protocol"),
    source: endPoint("src"),
    destination: endPoint("dst"),
    message: required("message"),
    time: required("timestamp"),
  };
}

/** Columns without a name, which spreadsheets leave behind, may be many. */
function indexNames(names: readonly string[], place: InputPlace): Map<string, number> {
  const indices = new Map<string, number>();
  names.forEach((name, index) => {
    const key = name.toLowerCase();
    const first = indices.get(key);
    if (key !== "" && first !== undefined) {
      throw new InputError(
        "DUPLICATE_COLUMN",
        { ...place, column: index + 1, columnName: name },
        `column ${first + 1} has the same name`,
        "rename or remove one of the two",
      );
    }
    indices.set(key, index);
  });
  return indices;
}

function missingColumns(missing: readonly string[], names: readonly string[], place: InputPlace): InputError {
  const list = missing.map((name) => `"${name}"`).join(" and ");
  const shown = names.slice(0, MOST_NAMES_SHOWN).map(quoteFound).join(", ");
  const more = names.length > MOST_NAMES_SHOWN ? ` and ${names.length - MOST_NAMES_SHOWN} more` : "";
  return new InputError(
    "MISSING_COLUMN",
    place,
    `${missing.length === 1 ? `column ${list} is` : `columns ${list} are`} missing, found ${shown}${more}`,
    `the first line must name the columns, such as ${STANDARD_HEADER}`,
  );
}
