/** What no network can be, said before anything is sent. */
import { WirewrightError } from "../../core/errors.ts";
import type { SideName } from "../conversation.ts";
import { LARGEST_LENGTH_FIELD, LEAST_MTU } from "../packet-sizes.ts";
import type { TcpHabits } from "../tcp/tcp-habits.ts";
import type { NetworkLink } from "./link-options.ts";
import type { NetworkOptions } from "./network-options.ts";

/** More packets than any queue holds. */
export const LONGEST_QUEUE = 1_000_000;

/** @param from whose packets it takes @throws WirewrightError BAD_OPTION */
export function checkLink(options: NetworkLink, from: SideName): void {
  const where = `to the ${from === "client" ? "server" : "client"}`;
  const { delay, jitter, reorderDelay, rate, queue, lossBursts } = options;
  for (const [what, ticks] of Object.entries({ delay, jitter, "reorder delay": reorderDelay ?? 0 })) {
    check(ticks >= 0 && ticks < Number.MAX_SAFE_INTEGER, `The ${what} ${where} is ${ticks} ticks; give 0 or more.`);
  }
  const { loss, duplicate, reorder, corrupt } = options;
  for (const [what, part] of Object.entries({ lose: loss, duplicate, reorder, corrupt })) {
    check(part >= 0 && part <= 1, `The part of packets to ${what} ${where} is ${part}; give 0 to 1.`);
  }
  check(
    rate === undefined || (rate > 0 && rate < Number.POSITIVE_INFINITY),
    `The rate ${where} is ${rate} bits a second, at which nothing would ever arrive; give more than 0.`,
  );
  check(
    Number.isInteger(queue) && queue >= 1 && queue <= LONGEST_QUEUE,
    `The queue ${where} has room for ${queue} packets; give 1 to ${LONGEST_QUEUE}.`,
  );
  if (lossBursts !== undefined) checkBursts(lossBursts.mean, lossBursts.end, where);
}

/** The largest part of packets that bursts can lose which end with such a probability: there is a packet between two of them. */
export function mostLostInBursts(end: number): number {
  return 1 / (1 + end);
}

function checkBursts(mean: number, end: number, where: string): void {
  check(
    end > 0 && end <= 1,
    `A burst of losses ${where} ends with each packet with probability ${end}; give more than 0 and at most 1.`,
  );
  check(
    mean >= 0 && mean <= mostLostInBursts(end),
    `Bursts that end with probability ${end} cannot lose ${mean} of all packets ${where}, since there is a packet between two of them; give at most ${Math.floor(1e4 * mostLostInBursts(end)) / 1e4}.`,
  );
}

/** @throws WirewrightError BAD_OPTION */
export function checkNetwork(options: NetworkOptions): void {
  const { links, tap, pathMtu, client, server } = options;
  checkLink(links.toServer, "client");
  checkLink(links.toClient, "server");
  check(
    tap === "both" || (tap >= 0 && tap <= 1),
    `The tap is at ${tap} of the path; give 0 at the client to 1 at the server, or both.`,
  );
  check(
    pathMtu === undefined || (Number.isInteger(pathMtu) && pathMtu >= LEAST_MTU && pathMtu <= LARGEST_LENGTH_FIELD),
    `The path takes packets of ${pathMtu} bytes; give ${LEAST_MTU} to ${LARGEST_LENGTH_FIELD}.`,
  );
  const losesAll = links.toServer.loss === 1 || links.toClient.loss === 1;
  check(
    !losesAll || [client, server].every(givesUp),
    "A network that loses everything is tried for ever by a TCP that never gives up; give it a number of retries, or lose less.",
  );
}

function givesUp({ synRetries = 0, synAckRetries = 0, dataRetries = 0 }: Partial<TcpHabits>): boolean {
  return [synRetries, synAckRetries, dataRetries].every(Number.isFinite);
}

/** @throws WirewrightError BAD_OPTION with the sentence unless all is well */
function check(isWell: boolean, sentence: string): void {
  if (!isWell) throw new WirewrightError("BAD_OPTION", sentence);
}
