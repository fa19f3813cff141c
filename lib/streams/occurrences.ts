/** Frames that show one and the same thing: how many, and the first of them. */

/** Frames that are named. */
const MOST_FRAMES = 10;

export class Occurrences {
  count = 0;
  /** The first of them. */
  readonly frames: number[] = [];

  add(frame: number): void {
    this.count++;
    if (this.frames.length < MOST_FRAMES) this.frames.push(frame);
  }

  remove(frame: number): void {
    this.count--;
    const at = this.frames.indexOf(frame);
    if (at >= 0) this.frames.splice(at, 1);
  }
}
