/** Where things stand in a drawing: its shapes and texts as places, read from the markup. */

export interface SvgText {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export interface SvgDrawing {
  readonly markup: string;
  readonly width: number;
  readonly height: number;
  readonly texts: readonly SvgText[];
  /** Corners of shapes. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export function drawingsIn(html: string): SvgDrawing[] {
  return [...html.matchAll(/<svg [^>]*viewBox="0 0 (\d+) (\d+)"[^>]*>.*?<\/svg>/gs)].map(([markup, width, height]) => ({
    markup,
    width: Number(width),
    height: Number(height),
    texts: [...markup.matchAll(/<text [^>]*?x="([^"]*)" y="([^"]*)"[^>]*>([^<]*)</g)].map(([, x, y, text = ""]) => ({
      x: Number(x),
      y: Number(y),
      text,
    })),
    points: [
      ...[...markup.matchAll(/ d="([^"]*)"/g)].flatMap(([, path = ""]) => pathPoints(path)),
      ...[...markup.matchAll(/<rect [^>]*x="([^"]*)" y="([^"]*)" width="([^"]*)" height="([^"]*)"/g)].flatMap(
        rectPoints,
      ),
    ],
  }));
}

function rectPoints([, x, y, width, height]: RegExpMatchArray): [number, number][] {
  return [
    [Number(x), Number(y)],
    [Number(x) + Number(width), Number(y) + Number(height)],
  ];
}

/** How many numbers each command takes, and which of them are the place it goes to. */
const COMMANDS: Readonly<Record<string, readonly [count: number, x: number, y: number]>> = {
  M: [2, 0, 1],
  L: [2, 0, 1],
  H: [1, 0, -1],
  V: [1, -1, 0],
  A: [7, 5, 6],
};

function pathPoints(path: string): [number, number][] {
  const points: [number, number][] = [];
  for (const [, letter = "", rest = ""] of path.matchAll(/([a-z])([^a-z]*)/gi)) {
    if (letter === "z") continue;
    const command = COMMANDS[letter.toUpperCase()];
    const numbers = (rest.match(/-?[^\s,-]+/g) ?? []).map(Number);
    if (command === undefined || numbers.length === 0 || numbers.length % command[0] !== 0) {
      throw new Error(`cannot read ${path}`);
    }
    walk(points, command, numbers, letter !== letter.toUpperCase());
  }
  return points;
}

function walk(
  points: [number, number][],
  [count, atX, atY]: readonly [count: number, x: number, y: number],
  numbers: readonly number[],
  isRelative: boolean,
): void {
  for (let index = 0; index < numbers.length; index += count) {
    const [x, y] = points.at(-1) ?? [0, 0];
    const [startX, startY] = isRelative ? [x, y] : [0, 0];
    points.push([atX < 0 ? x : startX + numbers[index + atX]!, atY < 0 ? y : startY + numbers[index + atY]!]);
  }
}
