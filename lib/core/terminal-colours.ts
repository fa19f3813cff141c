/** Whether colours are wanted. */

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * As Node does it for its own: FORCE_COLOR decides, with 0 and false for none (https://force-color.org); without it, NO_COLOR
 * asks for none (https://no-color.org); and otherwise they are for terminals, where a person looks on. An empty variable is
 * none.
 */
export function wantsColours(isTerminal: boolean, { FORCE_COLOR, NO_COLOR, TERM }: Environment): boolean {
  if (FORCE_COLOR) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isTerminal && !NO_COLOR && TERM !== "dumb";
}
