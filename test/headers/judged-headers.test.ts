/** Every header of the table against tshark: right, cut off anywhere, with wrong lengths. */
import { describe, expect, it } from "vitest";
import { analyzeCapture } from "../../lib/analyze-capture.ts";
import { FragmentStore } from "../../lib/dissect/fragments.ts";
import { compileFilter } from "../../lib/filter/filter.ts";
import { headerFields } from "../../lib/filter/header-fields.ts";
import { FIELDS } from "../../lib/filter/known-fields.ts";
import { MALFORMED, SHORT } from "../../lib/headers/layer.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { contextOf, differences, fieldsOf, layersOf } from "../helpers/judges/compare-fields.ts";
import { judgedFields, knownNames } from "../helpers/judges/pdml.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { tshark } from "../helpers/judges/tshark.ts";
import { everyHeader } from "./every-header.ts";
import { variantsOf } from "./header-variants.ts";

/** Where tshark 4.0 and we differ and mean to, by the names of the packet and of what differs. */
const KNOWN: readonly [packet: RegExp, line: RegExp, why: string][] = [
  [/ 0$/, /^judged to be wrong/, "a header of which nothing is there has no layer here"],
  [/ends after 0$/, /^(?:_ws\.malformed .*judged|eth\.type)/, "tshark asks for no header where nothing is left"],
  [/opts .*defaults$/, /^ipv6\.opt /, "tshark has Pad1 take what follows it"],
  [
    /^ip .*Length of (?:0|1|15)$/,
    /miss|^only here/,
    "tshark stops at a length that is too short, and calls it bogus, not malformed",
  ],
  [/^tcp .*dataOffset of [01]$/, /miss|^only here/, "the same"],
  [/^tcp .*dataOffset of 9$/, /^only here/, "tshark remarks on an option that is too long"],
  [/^tcp .*(?:cut to|after) 20$/, /^tcp\.options misses/, "tshark shows the room for options, with nothing in it"],
  [/^tcp .*dataOffset of 15$/, /^tcp\.options\.unknown/, "tshark shows no option that is cut off before its data"],
  [/^udp .*length of [01]$/, /^udp\.checksum/, "tshark stops at such a length"],
  [/^ah .*payloadLength of 0$/, /^ah\.sequence/, "tshark goes on where a header is too short for its fields"],
  [/opts .*Length of 2$/, /^udp\./, "tshark stops at options that are wrong"],
  [/^tcp /, /^data\./, "tshark does not look at data that was sent before"],
  [
    /^ipv6 .*payloadLength of [01]$/,
    /^eth\.trailer/,
    "tshark takes the last four bytes for a check sequence, even a wrong one",
  ],
  [/^udplite .*not allowed/, /^udp\.checksum\.status/, "tshark calls it illegal, and we bad"],
  [/^udplite .*overage of \d+$/, /^udp\.checksum/, "tshark stops at a coverage that cannot be"],
  [/^udplite .*after [67]$/, /coverage\.bad/, "tshark looks at the coverage before the header is whole"],
  [/^llc .*of information$/, /^data\./, "tshark has a protocol of its own for the first byte"],
  [/^ah /, /^ah\.icv/, "tshark shows as much of it as there should be, even nothing"],
  [/^dhcp /, /^dhcp\.(?:file|server) is judged/, "of a text of no length, tshark prints nothing"],
  [/^dhcp /, /^dhcp\.option\.type == 0 misses/, "tshark has 0 for the type of the option that ends them"],
  [/^dhcp .*after/, /^dhcp\.option\./, "tshark looks at the options before all else"],
  [/^dhcp .*hardwareLength/, /^dhcp\.hw\./, "tshark has the whole room for the address"],
  [/questionCount of \d$/, /^dns\.resp\./, "tshark goes on where a question is no question"],
  [/^(?:m?dns|llmnr) .*(?:to|after) \d+$/, /^dns\.(?:qry|resp)\..* is judged/, "tshark shows no entry that is cut off"],
  [/^ip .*(?:to|after) 2[4-7]$/, /^ip\.opt.* is judged/, "tshark shows no option of a header that is cut off"],
  [/^ip .*Length of 8$/, /^ip\.opt\./, "the same"],
  [/^ipv6\.\w+opts .*(?:to|after|of) \d+$/, /^ipv6\.opt/, "tshark reads options as far as they go"],
  [/^icmp .*routers$/, /^data\./, "tshark has names for the routers"],
  [/^icmp .*another type .*[67]$/, /^(?:only here|_ws)/, "tshark asks for six bytes"],
  [/^icmp .*after (?:[89]|1\d)$/, /^_ws\.malformed/, "the view says what is missing of the times, and no finding"],
  [/^icmpv6 .*after \d+$/, /^_ws\.malformed/, "the view says what is missing, and no finding"],
  [/^icmpv6 .*another way/, /^(?:ipv6|udp)\./, "tshark reads all of what a redirect quotes"],
  [/^icmpv6 .*cut to/, /^judged to be wrong/, "what is missing begins with another option"],
  [
    /^icmpv6 .*report of version 2/,
    /^icmpv6\.mldr\.mar /,
    "tshark's record goes on to the end of a field that is cut off",
  ],
  [/^icmpv6 .*another type/, /^data\./, "tshark has a name of its own for the body of a type it does not know"],
  [
    /^icmpv6 .*of version 2 .* \d+$/,
    /^only here/,
    "tshark has no query that is longer than one of version 1, and no other",
  ],
  [/^igmp .*after \d+$/, /^igmp\.checksum\.status/, "tshark sums up no message that is too short"],
  [/^igmp .*(?:to|after) 1$/, /^igmp\.type/, "tshark tells the version of a query first"],
  [/^igmp .*query, cut to/, /^igmp\./, "tshark asks for all of a query"],
  [
    /^igmp .*report, (?:cut|ends)/,
    /^igmp\.(?:record|num_src|aux_data_len).* is judged/,
    "tshark asks for all that a record begins with",
  ],
  [/^sctp .*cut to/, /^sctp\.\S+( == \S+)? is judged/, "tshark shows nothing of a chunk that is cut off"],
  [
    /^sctp .*after/,
    /^sctp\.(?:data_|chunk_flags|sack_nounce).* is judged/,
    "tshark first asks for all that data begins with",
  ],
  [/^ipv6\..* of 0$/, /^udp\.checksum\.status/, "tshark calls a missing sum illegal in IPv6, and we bad"],
  [/^ipv6\..* of 0$/, /^(?:only here|_ws)/, "tshark remarks on a UDP length that is too large"],
  [/^arp .*Size of/, /^arp\./, "these filters are about IPv4 over Ethernet"],
  [/^vlan .* [23]$/, /^vlan\./, "these filters ask for the whole tag"],
  [/^ip .* 7$/, /^ip\.flags/, "tshark asks for the offset of the fragment, too"],
  [/^ip .* 1\d$/, /^ip\.checksum\.status/, "this filter asks for the whole header"],
  [/^icmp .* [1-5]$/, /^icmp\./, "tshark asks for six bytes"],
  [/authenticData alone$/, /^dns\.flags\.authenticated/, "of a query, tshark shows this flag where it is set"],
  [/questionCount of 65535$/, /^dns\.qry\.name/, "tshark writes bytes of a name that are no text as numbers"],
  [/Count of \d+$/, /^dns\.extraneous /, "to tshark, it is a remark that stands nowhere"],
  [/^dhcp /, /^dhcp\.option\.type .* 255, judged .* 0$/, "tshark has 0 for the type of the option that ends them"],
  [/^dhcp .*hardwareLength/, /^dhcp\.hw\.addr /, "tshark has the whole room for the address"],
  [
    /^dhcp .*(?:cut to|after [12]$)/,
    /miss|^judged to be/,
    "tshark looks at the options before all else, and gives up where they are cut",
  ],
  [/given$/, /^ip\.version 1 times/, "tshark has this field, hidden, in headers of IPv6"],
  [/^pwethcw .*ends after [0-3]$/, /^(?:only here|_ws)/, "tshark takes less than a control word for data"],
  [/^(?:gre|ppp) /, /^gre\.key /, "what is the key elsewhere is two numbers in PPTP"],
  [
    /^geneve .*Length of [0-4]$/,
    /^(?:llc\.|eth\.type|judged to be|_ws)/,
    "what follows is no Ethernet, and tshark reads on as LLC",
  ],
  [/^geneve /, /^geneve\.option\.length == /, "these filters know nothing of options"],
  [/^gtp .*length of [01]$/, /^gtp/, "tshark ends the packet before the optional fields"],
  [/^gtp .*length of (?:67|65535)$/, /^(?:only here|_ws)/, "tshark finds no fault with a length that is too large"],
  [/^gtp .*ends after 1$/, /^(?:only here|_ws)/, "tshark takes a single byte for no GTP"],
  [/^gtp /, /^gtp\.ext_hdr\.next == 0x00/, "these filters know nothing of extension headers"],
];

type Known = (typeof KNOWN)[number];

const used = new Set<Known>();

function isUnknown(packet: string, line: string): boolean {
  const known = KNOWN.filter(([name, difference]) => name.test(packet) && difference.test(line));
  for (const entry of known) used.add(entry);
  return known.length === 0;
}

const linkTypes = [...new Set(everyHeader.map(({ linkType }) => linkType))];

describe.skipIf(isMissing("tshark"))("headers against tshark", () => {
  const folder = temporaryFolder();

  describe.each(linkTypes)("on link type %i", (linkType) => {
    const variants = everyHeader.filter((entry) => entry.linkType === linkType).flatMap(variantsOf);
    const records = variants.map(({ bytes, wireLength }, index) => ({ time: index * 1000, bytes, wireLength }));
    const capture = pcapOf(linkType, records);

    it("agree in every field that both name", () => {
      const judged = judgedFields(captureFile(folder, `fields-${linkType}.pcap`, capture));
      const known = knownNames();
      const fragments = new FragmentStore();
      const lines = variants.flatMap((variant, index) => {
        const theirs = judged[index]!;
        const { name, bytes, wireLength, isWhole } = variant;
        const ours = fieldsOf(layersOf(bytes, linkType, wireLength, contextOf(theirs), fragments));
        const named = ours.filter((field) => field.name !== MALFORMED);
        const found = differences(named, theirs, known, !isWhole);
        const isWrong = ours.some((field) => field.name === MALFORMED || field.name === SHORT);
        const isJudged = theirs.some((field) => field.name === MALFORMED || field.name === SHORT);
        if (isWrong !== isJudged) found.push(isJudged ? "judged to be wrong" : "only here is it wrong");
        return found.filter((line) => isUnknown(name, line)).map((line) => `${name}: ${line}`);
      });
      expect(lines).toEqual([]);
    });

    it("are selected by the same filters, for every value of every field", async () => {
      const known = knownNames();
      const names = headerFields().flatMap(({ name, type }) => (type === "protocol" || !known.has(name) ? [] : [name]));
      const judged = judgedValues(captureFile(folder, `filters-${linkType}.pcap`, capture), [...names, MALFORMED]);
      const filters = filtersOf([...names, MALFORMED], judged);
      const ours = await selectedBy([...filters.keys()], capture);
      const lines = [...filters].flatMap(([filter, frames]) => {
        const missing = frames.filter((frame) => !ours.get(filter)!.has(frame));
        const extra = [...ours.get(filter)!].filter((frame) => !frames.includes(frame));
        return [
          ...missing.map((frame) => [frame, `${filter} misses it`] as const),
          ...extra.map((frame) => [frame, `${filter} is judged to miss it`] as const),
        ];
      });
      const unknown = lines.filter(([frame, line]) => isUnknown(variants[frame]!.name, line));
      expect(unknown.map(([frame, line]) => `${variants[frame]!.name}: ${line}`)).toEqual([]);
    });
  });

  it("differ in all that the list of differences says", () => {
    expect(KNOWN.filter((entry) => !used.has(entry)).map(([packet, , why]) => `${packet} ${why}`)).toEqual([]);
  });

  it("have names that tshark has, too", () => {
    const known = knownNames();
    const names = headerFields().map(({ name }) => name);
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });
});

/** The values of each field in each frame, as tshark prints them. */
function judgedValues(file: string, names: readonly string[]): string[][][] {
  const text = tshark("-r", file, "-T", "fields", "-E", "aggregator=|", ...names.flatMap((name) => ["-e", name]));
  const rows = text.split("\n").slice(0, -1);
  return rows.map((row) => row.split("\t").map((cell) => (cell === "" ? [] : cell.split("|"))));
}

/** For each field whether it is there, and for each value of it, with the frames that have it. */
function filtersOf(names: readonly string[], judged: readonly string[][][]): Map<string, number[]> {
  const filters = new Map<string, number[]>();
  for (const [column, name] of names.entries()) {
    filters.set(name, []);
    for (const [frame, cells] of judged.entries()) {
      const values = new Set(cells[column]);
      if (values.size > 0) filters.get(name)!.push(frame);
      for (const filter of comparisonsOf(name, values)) filters.set(filter, [...(filters.get(filter) ?? []), frame]);
    }
  }
  return filters;
}

/** Filters that ask for each of the values; none where a field is there or not, and has none. */
function comparisonsOf(name: string, values: ReadonlySet<string>): string[] {
  const type = FIELDS.get(name)?.type;
  if (type === undefined || type === "label") return [];
  // What tshark has for nothing.
  const all = [...values].filter((value) => value !== "<MISSING>");
  return all.map((value) => `${name} == ${type === "string" ? JSON.stringify(value) : value}`);
}

async function selectedBy(filters: readonly string[], capture: Uint8Array): Promise<Map<string, Set<number>>> {
  const compiled = filters.map((filter) => ({ filter, wants: compileFilter(filter) }));
  const selected = new Map(filters.map((filter) => [filter, new Set<number>()]));
  await analyzeCapture(captureFromBytes(capture, "headers"), {
    onPacket: (packet) => {
      for (const { filter, wants } of compiled) if (wants(packet)) selected.get(filter)!.add(packet.frameNumber - 1);
    },
  });
  return selected;
}
