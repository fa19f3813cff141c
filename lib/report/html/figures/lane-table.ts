/** Messages and the frames that carried them, as a table. */
import type { TcpStream, UdpStream } from "../../../streams/tcp-stream.ts";
import type { LoggedMessage } from "../../message-log.ts";
import { count, firstOf, plural, streamTitle } from "../../wording.ts";
import { foreign, type Html, html, join } from "../escape.ts";
import type { FrameLinks } from "../links.ts";
import type { FigureTable } from "./figure.ts";
import { beginningOf, stateOf } from "./lane-text.ts";

const MOST_FRAMES = 12;
const MOST_SHARED = 6;
const MOST_CHARACTERS = 100;

export function laneTable(
  stream: TcpStream | UdpStream,
  messages: readonly LoggedMessage[],
  total: number,
  links: FrameLinks,
): FigureTable {
  const left = total - messages.length;
  const more = left > 0 ? `; ${plural(left, "more message")} left out` : "";
  return {
    caption: `Messages of ${streamTitle(stream)}${more}`,
    columns: ["#Message", "From", "#Bytes", "Frames", "Shares a frame with", "Begins"],
    rows: messages.map((message) => rowOf(message, message.isFromHigher === stream.isClientHigher, links)),
  };
}

function rowOf(message: LoggedMessage, isClient: boolean, links: FrameLinks): Html {
  const { number, length, parts, partCount, sharedWith } = message;
  const shown = parts.slice(0, MOST_FRAMES);
  const rest = partCount - shown.length;
  const frames = join(
    shown.map(({ frame }) => links.to(frame)),
    ", ",
  );
  const others = sharedWith.length === 0 ? "" : firstOf(sharedWith, MOST_SHARED);
  return html`<tr><th scope="row">${count(number)}</th><td>${isClient ? "client" : "server"}</td><td>${count(length)}</td><td>${frames}${rest > 0 ? ` and ${count(rest)} more` : undefined}</td><td>${others}</td><td>${stateOf(message)}<code>${foreign(beginningOf(message, MOST_CHARACTERS), MOST_CHARACTERS)}</code></td></tr>
`;
}
