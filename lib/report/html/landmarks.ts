/** Landmarks of the page: sections and regions, the names of places, and links to them. */
import type { AnyStream } from "../stream-selection.ts";
import { count } from "../wording.ts";
import { type Content, type Html, html, join } from "./escape.ts";
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

  /** The first of so many frames, one after the other, and how many more there are. */
  list(frames: readonly number[], total = frames.length): Html {
    const numbers = frames.map((frame) => this.to(frame));
    return html`${join(numbers, ", ")}${total > frames.length ? ` and ${count(total - frames.length)} more` : undefined}`;
  }

  /** Our own sentences, with the frames that they name as links. */
  inSentence(text: string): Html {
    const parts = text.split(/\b(frames? )(\d+)/);
    return html`${parts.map((part, index) => (index % 3 === 2 ? this.to(Number(part)) : part))}`;
  }
}

/** A section under a heading of its own. */
export function pageSection(id: string, heading: Content, content: Content, kind?: string): Html {
  return html`<section id="${id}"${kind === undefined ? undefined : html` class="${kind}"`} aria-labelledby="${id}-title"><h2 id="${id}-title">${heading}</h2>
${content}</section>`;
}

/** What can be wider than the page scrolls by itself, also with the keyboard. */
export function scrollRegion(label: string, content: Content, kind = "scroll"): Html {
  return html`<div class="${kind}" role="region" tabindex="0" aria-label="${label}">${content}</div>`;
}
