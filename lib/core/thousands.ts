/** A whole number with its thousands parted by commas, in every locale: the same input gives the same text. */
export function withThousands(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}
