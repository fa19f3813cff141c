/** What a packet looks like in the figures, by its flags and by what was found in it. */
import { TcpFlag } from "../../../headers/tcp.ts";
import { Finding } from "../../../streams/findings.ts";
import type { TcpStream, UdpStream } from "../../../streams/tcp-stream.ts";
import type { Arrow } from "../../arrow-log.ts";
import { elapsed, milliseconds } from "../../moments.ts";
import type { ReportData } from "../report-data.ts";

const RETRANSMISSIONS = Finding.RETRANSMISSION | Finding.FAST_RETRANSMISSION | Finding.SPURIOUS_RETRANSMISSION;

export interface ArrowMarks {
  readonly hasData: boolean;
  readonly isSyn: boolean;
  readonly isFin: boolean;
  readonly isReset: boolean;
  readonly isRetransmission: boolean;
  readonly isOutOfOrder: boolean;
}

export function marksOf({ flags = 0, length, findings }: Arrow): ArrowMarks {
  return {
    hasData: length > 0,
    isSyn: (flags & TcpFlag.SYN) !== 0,
    isFin: (flags & TcpFlag.FIN) !== 0,
    isReset: (flags & TcpFlag.RST) !== 0,
    isRetransmission: (findings & RETRANSMISSIONS) !== 0,
    isOutOfOrder: (findings & Finding.OUT_OF_ORDER) !== 0,
  };
}

/** The lines of arrows. */
export type LineKind = "data" | "again" | "ack" | "plain";

export function lineOf(arrow: Arrow): LineKind {
  const { hasData, isSyn, isFin, isReset, isRetransmission } = marksOf(arrow);
  if (isRetransmission) return "again";
  if (hasData) return "data";
  return arrow.flags === undefined || isSyn || isFin || isReset ? "plain" : "ack";
}

export function isFromClient(arrow: Arrow, stream: TcpStream | UdpStream): boolean {
  return arrow.isFromHigher === stream.isClientHigher;
}

/** Since the capture began, as text: "1998.050". */
export function timeOf(arrow: Arrow, { start }: ReportData): string {
  return milliseconds(elapsed(start ?? arrow.moment, arrow.moment));
}
