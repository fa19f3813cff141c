import { InvalidArgumentError } from "commander";

/** Reads the name of a recording. Only pcapng has room for what is said about packets. */
export function readRecordingName(text: string): string {
  if (/\.pcapng$/i.test(text)) return text;
  throw new InvalidArgumentError(
    "A recording is pcapng, which has room for comments: give a name that ends in .pcapng.",
  );
}
