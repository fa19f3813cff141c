/** A stream as a person names it: `0` or `tcp:0` is the first TCP stream, `udp:0` the first UDP stream. */
export interface StreamChoice {
  readonly protocol: "TCP" | "UDP";
  readonly number: number;
}

/** @returns undefined for what names no stream */
export function parseStreamChoice(text: string): StreamChoice | undefined {
  const match = /^(?:(tcp|udp)[:.])?(\d{1,10})$/i.exec(text.trim());
  if (match === null) return undefined;
  return { protocol: match[1]?.toLowerCase() === "udp" ? "UDP" : "TCP", number: Number(match[2]) };
}

export function isChosen(choice: StreamChoice | undefined, stream: StreamChoice): boolean {
  return choice === undefined || (choice.protocol === stream.protocol && choice.number === stream.number);
}
