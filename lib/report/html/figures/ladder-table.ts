/** The ladder as a table, for those who do not see it and those who count. */
import { formatTcpFlags, TcpFlag } from "../../../headers/tcp.ts";
import type { TcpStream, UdpStream } from "../../../streams/tcp-stream.ts";
import { type Arrow, findingsOf } from "../../arrow-log.ts";
import { count, plural, streamTitle } from "../../wording.ts";
import { type Html, html } from "../escape.ts";
import type { FrameLinks } from "../links.ts";
import type { ReportData } from "../report-data.ts";
import { isFromClient, timeOf } from "./arrow-marks.ts";
import type { FigureTable } from "./figure.ts";
import { phaseOf } from "./ladder-layout.ts";

export function ladderTable(
  data: ReportData,
  stream: TcpStream | UdpStream,
  arrows: readonly Arrow[],
  left: number,
  links: FrameLinks,
): FigureTable {
  const more = left > 0 ? `; ${plural(left, "more packet")} left out` : "";
  const isTcp = stream.protocol === "TCP";
  const tcpColumns = isTcp ? ["Phase", "Flags", "#Seq", "#Ack"] : [];
  return {
    caption: `Packets of ${streamTitle(stream)}${more}`,
    columns: ["#Frame", "#Time (ms)", "From", ...tcpColumns, "#Len", "Findings"],
    rows: arrows.map((arrow) => {
      const findings = findingsOf(arrow).map(({ title }) => title);
      const tcp = isTcp ? tcpCells(arrow, phaseOf(arrow, stream)) : undefined;
      return html`<tr><th scope="row">${links.to(arrow.frame)}</th><td>${timeOf(arrow, data)}</td><td>${isFromClient(arrow, stream) ? "client" : "server"}</td>${tcp}<td>${count(arrow.length)}</td><td>${findings.join(", ")}</td></tr>
`;
    }),
  };
}

function tcpCells({ flags = 0, isAccurateEcn, sequence, acknowledgment }: Arrow, phase = ""): Html {
  const acknowledged = (flags & TcpFlag.ACK) === 0 ? "" : count(acknowledgment);
  return html`<td>${phase}</td><td>${formatTcpFlags(flags, isAccurateEcn)}</td><td>${count(sequence)}</td><td>${acknowledged}</td>`;
}
