/** Names of places in the page, and links to them. */
import type { AnyStream } from "../stream-selection.ts";
import { count } from "../wording.ts";
import { type Html, html } from "./escape.ts";
import type { ReportData } from "./report-data.ts";

/** `frame-25`: the frame byte by byte. */
export function frameId(frame: number): string {
  return `frame-${frame}`;
}

/** `arrow-25`: the frame in the ladder of its conversation. */
export function arrowId(frame: number): string {
  return `arrow-${frame}`;
}

/** `tcp-0`, `udp-0`. */
export function streamId({ protocol, number }: AnyStream): string {
  return `${protocol.toLowerCase()}-${number}`;
}

/** Links to frames, wherever each of them is shown. */
export class FrameLinks {
  readonly #detailed: ReadonlySet<number>;
  readonly #drawn: ReadonlySet<number>;

  constructor({ frames, arrows, limits }: ReportData) {
    this.#detailed = new Set(frames.map(({ frame }) => frame));
    const drawn = arrows.flatMap((stream) => stream.arrows.slice(0, limits.ladderArrows));
    this.#drawn = new Set(drawn.map(({ frame }) => frame));
  }

  isDetailed(frame: number): boolean {
    return this.#detailed.has(frame);
  }

  /** The number of a frame; a link where the frame is shown. */
  to(frame: number): Html {
    const text = count(frame);
    if (this.#detailed.has(frame)) return html`<a href="#${frameId(frame)}">${text}</a>`;
    return this.#drawn.has(frame) ? html`<a href="#${arrowId(frame)}">${text}</a>` : html`${text}`;
  }
}
