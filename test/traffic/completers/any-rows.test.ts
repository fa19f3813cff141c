/** Rows of any text: nothing of it is lost, and what was completed once is complete. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { completeAll, type Said } from "./payload-rows.ts";

const piece = fc.constantFrom(
  ...["GET /x", "200 OK", "HTTP/1.1 200 OK", "Content-Length: 5", "Transfer-Encoding: chunked", "a: b", "DATA", "."],
  ...[
    "\n",
    "\r\n",
    "\r",
    "\\r\\n",
    "\\n",
    "; ",
    "שלום",
    "Query ",
    "a.example",
    "1.2.3.4",
    "Offer ",
    "0",
    "5\r\nhello\r\n",
  ],
);
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
);
const anyRows = fc.array(fc.tuple(fc.constantFrom("client", "server"), anyText), { maxLength: 8 });
const PROTOCOLS = ["HTTP", "HTTPS", "SMTP", "FTP", "CHAT", "DNS", "DHCP", "NTP", "TCP", "TLS", "MQTT", "SYSLOG"];

describe("any rows", () => {
  it("keep every line of their text, and never throw", () => {
    fc.assert(
      fc.property(fc.constantFrom(...PROTOCOLS), anyRows, (protocol, rows) => {
        const all = completeAll(protocol, rows as Said[]);
        if (protocol === "DNS" || protocol === "DHCP") return;
        for (const [index, { bytes }] of all.entries()) {
          const sent = Buffer.from(bytes);
          const lines = (rows[index]?.[1] ?? "").split(/\r*\n|\\r\\n|\\n|\r|; |;/);
          for (const line of lines) if (!/^content-length:/i.test(line)) expect(sent.includes(line.trim())).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("are not completed twice", () => {
    fc.assert(
      fc.property(fc.constantFrom(...PROTOCOLS), anyText, fc.boolean(), (protocol, text, isFromClient) => {
        const side = isFromClient ? "client" : "server";
        const [once] = completeAll(protocol, [[side, text]]);
        const [twice] = completeAll(protocol, [[side, ""]], { payload: once?.bytes ?? new Uint8Array() });
        expect(twice).toEqual({ bytes: once?.bytes, isCompleted: false });
      }),
      { numRuns: 2000 },
    );
  });
});
