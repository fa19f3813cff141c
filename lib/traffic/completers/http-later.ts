/** Which later rows go on with an HTTP message that one row has begun, also where the other side speaks in between. */
import { type ByteText, byteTextOf, decodeLineEnds } from "../../core/text.ts";
import { firstLineOf, isHeaderLine, isWholeChunks, partsOf, type StartLine, startLineOf } from "./http-text.ts";
import type { LaterRow, PayloadRow } from "./payload-row.ts";

/** A body in more rows than this is none that was promised. */
const MOST_ROWS = 64;

export interface Following {
  readonly text: ByteText;
  /** The other side has asked for it with an interim response, so the head before it is through. */
  readonly wasAskedFor: boolean;
}

export function startOf(text: ByteText, isFromClient: boolean): StartLine | undefined {
  const line = firstLineOf(text);
  return startLineOf(partsOf(line).lines[0] ?? "", isFromClient);
}

const LONGEST_STATUS_LINE = 256;

/** Whether a row of the server is a response that is not the last one to its request (RFC 9110, section 15.2). */
export function isInterim({ payload }: LaterRow): boolean {
  const start = startOf(byteTextOf(payload.subarray(0, LONGEST_STATUS_LINE)), false);
  return start?.kind === "response" && start.status < 200 && start.status !== 101;
}

/** Whether a row goes on with a head that an earlier one has begun: an empty one is its blank line. */
function isRestOfHead({ payload }: LaterRow): boolean {
  return payload.length === 0 || isHeaderLine(firstLineOf(byteTextOf(payload.subarray(0, LONGEST_STATUS_LINE))));
}

/**
 * The next row of the same side, if it goes on with the message instead of beginning one: at once, or after no more than
 * interim responses, such as the one that a client waits for that expects it (RFC 9110, section 10.1.1).
 */
export function followingRow({ isFromClient, next, later }: PayloadRow): Following | undefined {
  let row = later;
  let text = next === undefined ? undefined : byteTextOf(next);
  let wasAskedFor = false;
  for (let rows = 0; text === undefined && row !== undefined && rows < MOST_ROWS; rows++) {
    if (row.isFromClient === isFromClient) text = byteTextOf(row.payload);
    else if (isFromClient && (isInterim(row) || (wasAskedFor && isRestOfHead(row)))) wasAskedFor = true;
    else return undefined;
    row = row.later;
  }
  if (text === undefined || text === "" || startOf(text, isFromClient) !== undefined) return undefined;
  return { text, wasAskedFor };
}

/**
 * Whether the next rows of the same side hold exactly what is left of a body, whatever the other side says in between: a
 * server may answer before it has read all of a request.
 */
export function isLeftInLaterRows({ isFromClient, later }: PayloadRow, left: number): boolean {
  let row = later;
  let missing = left;
  for (let rows = 0; row !== undefined && rows < MOST_ROWS; rows++, row = row.later) {
    if (row.isFromClient !== isFromClient) continue;
    if (row.payload.length === 0 || row.payload.length > missing) return false;
    if (startOf(byteTextOf(row.payload), isFromClient) !== undefined) return false;
    missing -= row.payload.length;
    if (missing === 0) return true;
  }
  return false;
}

/** The next row of the same side, if it is whole chunks, whatever the other side says before it. */
export function laterChunks({ isFromClient, later }: PayloadRow): ByteText | undefined {
  let row: LaterRow | undefined = later;
  for (let rows = 0; row !== undefined && row.isFromClient !== isFromClient; rows++, row = row.later) {
    if (rows === MOST_ROWS) return undefined;
  }
  if (row === undefined) return undefined;
  const text = byteTextOf(row.payload);
  return isWholeChunks(decodeLineEnds(text)) ? text : undefined;
}
