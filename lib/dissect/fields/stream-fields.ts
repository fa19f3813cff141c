/** What the stream that a packet belongs to adds to its transport header. */
import type { FieldContext } from "./field.ts";
import type { FieldReader } from "./field-reader.ts";

export function streamFields(reader: FieldReader, protocol: "tcp" | "udp", { stream, timeText }: FieldContext): void {
  if (stream !== undefined) reader.generated(`${protocol}.stream`, "Stream index", stream);
  if (timeText === undefined) return;
  reader.generated(`${protocol}.time_relative`, "Time since first frame of the stream", undefined, { text: timeText });
}
