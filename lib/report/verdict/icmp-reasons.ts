/** What ICMP says of conversations that came to nothing. */
import { formatIp } from "../../headers/address.ts";
import { IpProtocol } from "../../headers/assigned-numbers.ts";
import type { Analysis } from "../../streams/analysis.ts";
import type { IcmpError } from "../../streams/control/icmp-errors.ts";
import { icmpErrorText } from "../icmp-words.ts";
import type { AnyStream } from "../stream-selection.ts";
import type { VerdictPart } from "./sentence.ts";

/** Who says why, and what; empty where nobody does. */
export function icmpReasons({ control }: Analysis, streams: readonly AnyStream[]): VerdictPart[] {
  const about = control.errors.filter((error) => streams.some((stream) => isAbout(error, stream)));
  const first = about[0];
  if (first === undefined) return [];
  const frames = about.flatMap((error) => error.frames).sort((a, b) => a - b);
  const total = about.reduce((sum, error) => sum + error.count, 0);
  return [
    { text: `; ${formatIp(first.from)} says so`, frames, total },
    { text: `: ${icmpErrorText(first).replace(/\.$/, "")}` },
  ];
}

/** Of quotes too short to tell the stream, addresses and ports tell it. */
function isAbout({ quoted }: IcmpError, { protocol, client, server }: AnyStream): boolean {
  if (quoted === undefined || quoted.protocol !== (protocol === "TCP" ? IpProtocol.TCP : IpProtocol.UDP)) return false;
  const ends = [
    [client, server],
    [server, client],
  ] as const;
  return ends.some(
    ([from, to]) =>
      quoted.source === from.address &&
      quoted.destination === to.address &&
      quoted.sourcePort === from.port &&
      quoted.destinationPort === to.port,
  );
}
