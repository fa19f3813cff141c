/** One capture, to be read as often as it is to be sent. */
import { readFile } from "node:fs/promises";
import { WirewrightError } from "../../core/errors.ts";
import { makeVisible } from "../../core/text.ts";
import { type Capture, captureFromBytes } from "../../pcap/capture-reader.ts";
import { openCapture } from "../../pcap/open-capture.ts";

/** A file of no more bytes than this is kept in memory: opening one takes as long as sending a hundred packets. */
const MOST_KEPT = 1 << 24;

export class CaptureRounds {
  readonly #input: string;
  readonly #bytes: Uint8Array | undefined;
  #capture: Capture;

  private constructor(input: string, capture: Capture, bytes: Uint8Array | undefined) {
    this.#input = input;
    this.#capture = capture;
    this.#bytes = bytes;
  }

  /**
   * @param input a path, or `-` for standard input
   * @throws CaptureError as `openCapture`; WirewrightError BAD_OPTION where it can be read only once, and that is not enough
   */
  static async open(input: string, rounds: number): Promise<CaptureRounds> {
    const capture = await openCapture(input);
    if (rounds === 1) return new CaptureRounds(input, capture, undefined);
    const { name, size, isCompressed } = capture;
    if (input === "-" || size === undefined) {
      await capture.close();
      throw notRepeatable(name);
    }
    return new CaptureRounds(input, capture, size <= MOST_KEPT && !isCompressed ? await readFile(input) : undefined);
  }

  /** The capture, open: in the first round, or since `again`. */
  get capture(): Capture {
    return this.#capture;
  }

  /** Goes back to the first packet. @throws CaptureError */
  async again(): Promise<void> {
    await this.#capture.close();
    const { name } = this.#capture;
    this.#capture = this.#bytes === undefined ? await openCapture(this.#input) : captureFromBytes(this.#bytes, name);
  }
}

function notRepeatable(name: string): WirewrightError {
  const sentence = `${makeVisible(name)} can be read only once; save it as a file to send it several times.`;
  return new WirewrightError("BAD_OPTION", sentence);
}
