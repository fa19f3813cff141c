/** What the options of those jobs can be that make packets of messages. */
import { notGiven } from "./core/given.ts";
import {
  ANYTHING,
  BOOLEAN,
  checkOptions,
  FUNCTION,
  LIST,
  OBJECT,
  type OptionRule,
  type OptionRules,
  ORIGIN,
  oneOf,
  TEXT,
  TICKS,
  wholeNumber,
} from "./core/option-rules.ts";
import { CAPTURE_FORMATS } from "./pcap/capture-file.ts";
import type { EncapsulationOptions, TunnelOptions } from "./session/encapsulation/encapsulation-options.ts";
import type { NetworkLink } from "./session/network/link-options.ts";
import type { GivenNetwork, Links } from "./session/network/network-options.ts";
import { linuxHabits, type TcpHabits } from "./session/tcp/tcp-habits.ts";
import type { MappedEndPoint } from "./traffic/address-allocator.ts";
import type { CsvOptions, TrafficOptions } from "./traffic-options.ts";

const isAddress = (value: unknown) => typeof value === "number" || typeof value === "bigint";

const ADDRESS: OptionRule = (value) =>
  isAddress(value) ? undefined : 'give an address as parseIpv4("10.0.0.9") makes it';

const MAP: OptionRule = (value) => {
  const isMap = value instanceof Map && [...value.values()].every((end: MappedEndPoint) => isAddress(end?.address));
  return isMap ? undefined : 'give a Map, as new Map([["web", { address: parseIpv4("10.0.0.9"), port: 80 }]])';
};

export const TRAFFIC_RULES: OptionRules<TrafficOptions> = {
  format: oneOf(...CAPTURE_FORMATS),
  seed: wholeNumber(0, 2 ** 32 - 1),
  start: ORIGIN,
  precision: oneOf("us", "ns"),
  roundTripTime: TICKS,
  maximumSegmentSize: ANYTHING,
  maximumTransmissionUnit: ANYTHING,
  link: oneOf("ethernet", "raw", "null"),
  encapsulation: OBJECT,
  asksNeighbours: BOOLEAN,
  asksNames: BOOLEAN,
  close: oneOf("fin", "rst", "half", "simultaneous", "none"),
  network: OBJECT,
  onTransmission: FUNCTION,
  idleClose: TICKS,
  loopback: BOOLEAN,
  map: MAP,
  payload: oneOf("exact", "wire"),
  completesTables: BOOLEAN,
};

export const CSV_RULES: OptionRules<CsvOptions> = {
  ...TRAFFIC_RULES,
  columns: (value) => (value instanceof Map ? undefined : 'give a Map, as new Map([["time", "when"]])'),
  ignoredColumns: LIST,
  dateOrder: oneOf("dmy", "mdy"),
  encoding: TEXT,
  gap: ANYTHING,
  strict: BOOLEAN,
  name: TEXT,
};

const MESSAGES_RULES = { ...TRAFFIC_RULES, gap: ANYTHING };
const MESSAGES_ADVICE =
  'give a list, as [{ from: "Alice", to: "Bob", message: "hello" }]; encapsulateCsv takes the text of a CSV';

const ENCAPSULATION_RULES: OptionRules<EncapsulationOptions> = { vlan: LIST, mpls: LIST, tunnel: OBJECT };
const TUNNEL_RULES: OptionRules<TunnelOptions> = {
  kind: oneOf("gre", "vxlan"),
  near: ADDRESS,
  far: ADDRESS,
  networkIdentifier: ANYTHING,
};

const PART: OptionRule = (value) =>
  typeof value === "number" && value >= 0 && value <= 1 ? undefined : "give a part of all packets, 0 to 1";

const LINK_RULES: OptionRules<NetworkLink> = {
  delay: TICKS,
  jitter: TICKS,
  jitterDistribution: oneOf("normal", "uniform", "pareto"),
  jitterReorders: BOOLEAN,
  loss: PART,
  lossBursts: OBJECT,
  duplicate: PART,
  reorder: PART,
  reorderDelay: TICKS,
  corrupt: PART,
  rate: ANYTHING,
  queue: ANYTHING,
  mark: BOOLEAN,
};
const NETWORK_RULES: OptionRules<GivenNetwork> = {
  ...LINK_RULES,
  links: OBJECT,
  fates: OBJECT,
  tap: (value) => (value === "both" || typeof value === "number" ? undefined : 'give 0 to 1, or "both"'),
  client: OBJECT,
  server: OBJECT,
  refused: LIST,
  silent: LIST,
  pathMtu: ANYTHING,
  isBlackHole: BOOLEAN,
  resetAfter: ANYTHING,
};
const DIRECTIONS: OptionRules<Links> = { toServer: OBJECT, toClient: OBJECT };
/** Of TCPs, what there is, and not what it can be. */
const HABITS = Object.fromEntries(
  Object.keys(linuxHabits(1)).map((name) => [name, ANYTHING]),
) as OptionRules<TcpHabits>;

function checkGivenNetwork(network: GivenNetwork): void {
  checkOptions("network", network, NETWORK_RULES);
  const { links, client, server } = network;
  if (links !== undefined) checkOptions("links", links, DIRECTIONS);
  for (const link of Object.values(links ?? {})) if (link !== undefined) checkOptions("a link", link, LINK_RULES);
  for (const habits of [client, server]) if (habits !== undefined) checkOptions("a TCP", habits, HABITS);
}

/**
 * Looks at all that can be said about traffic before anything is read.
 *
 * @param where whose options they are
 * @throws WirewrightError BAD_OPTION
 */
export function checkTraffic<Options extends TrafficOptions>(
  where: string,
  options: Options,
  rules: OptionRules<Options>,
): void {
  checkOptions(where, options, rules);
  const { encapsulation, network } = options;
  if (network !== undefined) checkGivenNetwork(network);
  if (encapsulation === undefined) return;
  checkOptions("encapsulation", encapsulation, ENCAPSULATION_RULES);
  if (encapsulation.tunnel !== undefined) checkOptions("tunnel", encapsulation.tunnel, TUNNEL_RULES);
}

/** One line, as the text of no table is. */
const NAME_OF_FILE = /^[^\r\n]*\.(?:csv|tsv|txt)(?:\.gz)?$/i;

/** What `encapsulateCsv` is given. @throws WirewrightError BAD_OPTION */
export function checkCsv(csv: unknown, options: CsvOptions): void {
  checkTraffic("encapsulateCsv", options, CSV_RULES);
  if (typeof csv === "string" && NAME_OF_FILE.test(csv)) {
    throw notGiven(
      "encapsulateCsv",
      csv,
      "the text of a CSV",
      "encapsulate of wirewright/node takes the path of a file",
    );
  }
  if (typeof csv === "string" || csv instanceof Uint8Array || Symbol.asyncIterator in Object(csv)) return;
  throw notGiven("encapsulateCsv", csv, "a CSV", "give its text or its bytes");
}

/** What `encapsulateMessages` is given: a text can be gone through as well, and is no messages. @throws WirewrightError BAD_OPTION */
export function checkMessages(messages: unknown, options: TrafficOptions): void {
  checkTraffic("encapsulateMessages", options, MESSAGES_RULES);
  const all = Object(messages);
  const isSeveral = Symbol.iterator in all || Symbol.asyncIterator in all || "batches" in all;
  if (typeof messages !== "object" || !isSeveral) {
    throw notGiven("encapsulateMessages", messages, "messages", MESSAGES_ADVICE);
  }
}
