/** The views of `analyze`, in this process: starting a script for each of thousands takes too long. */
import { NO_PAINT } from "../../../lib/report/text/text-layout.ts";
import { type Flags, requestOf } from "../../../scripts/analyze-flags.ts";
import { VIEWS } from "../../../scripts/analyze-views.ts";
import { Output } from "../../../scripts/output.ts";

/** What `analyze` prints for these flags. */
export async function viewOf(file: string, flags: Flags = {}): Promise<string> {
  const parts: string[] = [];
  const output = new Output(async (part) => {
    parts.push(typeof part === "string" ? part : new TextDecoder("latin1").decode(part));
  });
  const request = requestOf(file, flags);
  await VIEWS[request.view](request, output, NO_PAINT);
  await output.drain();
  return parts.join("");
}
