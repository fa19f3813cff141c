import type { PacketOutline } from "../outline.ts";
import type { FieldContext } from "./field.ts";
import type { FieldReader } from "./field-reader.ts";

/** Where a layer stands, for those of its fields that depend on more than its own bytes. */
export interface Place {
  readonly outline: PacketOutline;
  /** Index of the layer in it. */
  readonly layer: number;
  readonly context: FieldContext;
  readonly isQuoted: boolean;
  /** Whether the verdicts and numbers of the outline's transport are about this layer. */
  readonly isTransport: boolean;
}

/** What the whole layer is called. */
export interface Title {
  readonly name: string;
  readonly label: string;
  /** Bytes that the header should have had, where that is more than those that are there. */
  readonly needed?: number;
}

/** Reads the fields of one layer; all it needs to know of the layer's bounds is in the reader. */
export type Describe = (reader: FieldReader, place: Place) => Title;
