/** What a decoder returns: the fields of a header, which JSON can write. */
import type { DecodedOf, FieldTable } from "./header-table.ts";
import { plainFields } from "./plain-values.ts";

type Writable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };

/** Makes objects without a field, which a decoder then gives them. A class for each table: objects of one shape are fast. */
export function decodedFields<Table extends FieldTable>(table: Table): new () => Writable<DecodedOf<Table>> {
  class DecodedFields {
    toJSON(): Record<string, unknown> {
      return plainFields(table, this);
    }
  }
  return DecodedFields as unknown as new () => Writable<DecodedOf<Table>>;
}
