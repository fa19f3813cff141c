/** What is only appended, against what the completers make of the same rows. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseIpv4 } from "../../../lib/headers/address.ts";
import { PayloadCompleter } from "../../../lib/traffic/completers/payload-completer.ts";

const client = { name: "browser", host: { address: parseIpv4("10.0.0.1"), mac: 1 }, port: 49_152 };
const servers = [
  { name: "web_server", host: { address: parseIpv4("10.0.0.2"), mac: 2 }, port: 80 },
  { name: "my server", host: { address: parseIpv4("10.0.0.2"), mac: 2 }, port: 8080 },
];

const version = fc.constantFrom("HTTP/1.1", "HTTP/1.0", "HTTP/2", "HTTP/12", "HTTP/x.1", "http/1.1");
const method = fc.constantFrom(
  "GET",
  "POST",
  "PUT",
  "HEAD",
  "OPTIONS",
  "CONNECT",
  "TRACE",
  "DELETE",
  "PATCH",
  "get",
  "GETS",
);
const space = fc.constantFrom(" ", " ", " ", "  ", "\t", "");
const target = fc.constantFrom("/", "/a;b", "/a?b=c%20d", "*", "http://x/", "/é", "/a\\nb", "up", "/a b");
const end = fc.constantFrom("", "", "", " ", "\n", "\r\n", "\\r\\n", "; Host: x", "\r\nHost: x\r\n\r\n", "\n\nbody");
const requestLine = fc.tuple(space, method, space, target, space, version, end).map((parts) => parts.join(""));
const plainRequest = fc.tuple(method, target).map(([verb, path]) => `${verb} ${path} HTTP/1.1`);
const status = fc.constantFrom("200", "204", "304", "100", "404", "600", "099", "20", "2000");
const reason = fc.constantFrom("", " OK", " OK, page 1 served", "\tOK", " a;b", " a\nb", " é", "OK");
const statusLine = fc.tuple(version, space, status, reason, end).map((parts) => parts.join(""));
const anything = fc.string({
  unit: fc.constantFrom("a", " ", "\r", "\n", "\\", "n", "r", ";", ".", "é"),
  maxLength: 12,
});
const command = fc.constantFrom("USER bob", "220 ready", "QUIT", "NICK al\r", "hello");
const row = fc.record({
  text: fc.oneof(requestLine, plainRequest, statusLine, anything, command),
  isFromClient: fc.boolean(),
});

test("rows of several protocols in one conversation are each completed by their own", () => {
  const named = fc.record({
    row,
    protocol: fc.constantFrom("HTTP", "http/1.1", "SMTP", "FTP", "CHAT", "other", "x", ""),
  });
  const property = fc.property(fc.array(named, { maxLength: 12 }), (rows) => {
    const together = new PayloadCompleter(1);
    const apart = new Map<string, PayloadCompleter>();
    for (const { row: said, protocol } of rows) {
      const word = protocol.toUpperCase().split("/")[0]!;
      const own = apart.get(word) ?? new PayloadCompleter(1);
      apart.set(word, own);
      const payload = new TextEncoder().encode(said.text);
      const wholeRow = { protocol, payload, isFromClient: said.isFromClient, client, server: servers[0]! };
      expect(together.complete(wholeRow)).toEqual(own.complete(wholeRow));
    }
  });
  fc.assert(property, { numRuns: 1000 });
});

test.each(["HTTP", "HTTPS", "FTP", "SMTP", "CHAT", "other"])(
  "%s: a row and its ending are the completed row",
  (protocol) => {
    let endings = 0;
    const property = fc.property(fc.array(row, { maxLength: 6 }), fc.constantFrom(...servers), (rows, server) => {
      const quick = new PayloadCompleter(1);
      const careful = new PayloadCompleter(1);
      for (const [index, { text, isFromClient }] of rows.entries()) {
        const payload = new TextEncoder().encode(text);
        const follower = rows[index + 1];
        const next = follower?.isFromClient === isFromClient ? new TextEncoder().encode(follower.text) : undefined;
        const wholeRow = { protocol, payload, isFromClient, client, server, ...(next !== undefined && { next }) };
        const completed = careful.complete(wholeRow);
        const shifted = new Uint8Array([0x20, ...payload, 0x0a]);
        const ending =
          next === undefined
            ? quick.endingOf(protocol, shifted, 1, 1 + payload.length, isFromClient, server)
            : undefined;
        if (ending === undefined) {
          expect(quick.complete(wholeRow)).toEqual(completed);
          continue;
        }
        endings++;
        expect({ bytes: new Uint8Array([...payload, ...ending.bytes]), isCompleted: true }).toEqual(completed);
      }
    });
    fc.assert(property, { numRuns: 1500 });
    const hasEndings = ["HTTP", "FTP", "CHAT"].includes(protocol);
    expect(endings > 100).toBe(hasEndings);
  },
);
