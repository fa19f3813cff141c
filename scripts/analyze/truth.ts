/** Reads what `encapsulate --truth` has written. */
import fs from "node:fs";
import readline from "node:readline";
import { makeVisible } from "../../lib/core/text.ts";
import { describeInputFailure } from "../../lib/files/input-file.ts";
import { CaptureError } from "../../lib/pcap/capture-file.ts";
import { readTruthLine, TruthComparison } from "../../lib/report/truth-comparison.ts";

/** @throws CaptureError for a file that cannot be read, or is none of these */
export async function readTruth(file: string): Promise<TruthComparison> {
  const truth = new TruthComparison();
  let line = 0;
  try {
    for await (const text of readline.createInterface({ input: fs.createReadStream(file), crlfDelay: Infinity })) {
      line++;
      if (text === "") continue;
      const told = readTruthLine(text);
      if (told === undefined) throw noTruth(file, line);
      truth.tell(told);
    }
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    const { code, problem, advice } = describeInputFailure(error, "file that --truth has written");
    throw new CaptureError(code, { file: makeVisible(file) }, problem, advice);
  }
  return truth;
}

function noTruth(file: string, line: number): CaptureError {
  const problem = `line ${line} is no transmission`;
  return new CaptureError(
    "INPUT_UNREADABLE",
    { file: makeVisible(file) },
    problem,
    "name a file that --truth has written",
  );
}
