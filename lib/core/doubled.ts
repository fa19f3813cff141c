type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** A column of numbers with room for twice as many: what is new is 0. */
export function doubled<T extends Column>(column: T): T {
  const larger = new (column.constructor as new (length: number) => T)(2 * column.length);
  larger.set(column);
  return larger;
}
