import fc from "fast-check";
import { expect, test } from "vitest";
import type { EndPoint } from "../../lib/csv/message.ts";
import { ConversationLookup, conversationIndexOf, isFromClient } from "../../lib/traffic/conversation-lookup.ts";
import type { Conversation } from "../../lib/traffic/pending-message.ts";

/** By name alone, by name and port, and two names for one socket. */
const endPoints: readonly EndPoint[] = [
  { index: 0, name: "a" },
  { index: 1, name: "b" },
  { index: 2, name: "c", port: 80 },
  { index: 3, name: "d", port: 5000 },
  { index: 4, name: "e", address: 1, port: 80 },
  { index: 5, name: "f", address: 1, port: 80 },
];

/** What the two are known by: the sockets, where both are told, else the end points and the protocol. */
function keyOf(source: EndPoint, destination: EndPoint, protocol: string, transport: string, isText: boolean): string {
  const areSockets = source.port !== undefined && destination.port !== undefined;
  const nameOf = ({ index, name, address, port }: EndPoint) =>
    areSockets ? `${address ?? name}:${port}` : String(index);
  const kind = areSockets ? transport : `${protocol.toUpperCase()} ${transport}`;
  return [...[nameOf(source), nameOf(destination)].sort(), areSockets, kind, isText].join(" ");
}

test("finds a conversation again by either direction and any case, and tells who is its client", () => {
  const message = fc.record({
    source: fc.constantFrom(...endPoints),
    destination: fc.constantFrom(...endPoints),
    protocol: fc.constantFrom("", "HTTP", "http", "tcp", "TCP", "udp", "x"),
    transport: fc.constantFrom("tcp", "udp"),
    isText: fc.boolean(),
    isSourceTheServer: fc.boolean(),
  });
  const property = fc.property(fc.array(message, { maxLength: 60 }), (messages) => {
    const lookup = new ConversationLookup();
    const model = new Map<string, { index: number; client: string }>();
    const socketOf = ({ index, address, name, port }: EndPoint) =>
      port === undefined ? String(index) : `${address ?? name}:${port}`;
    for (const { source, destination, protocol, transport, isText, isSourceTheServer } of messages) {
      if (socketOf(source) === socketOf(destination)) continue;
      const key = keyOf(source, destination, protocol, transport, isText);
      const expected = model.get(key);
      const found = lookup.find(source, destination, protocol, transport, isText);
      if (expected === undefined) {
        expect(found).toBeUndefined();
        const index = model.size;
        const conversation = { index, transport } as Conversation;
        const match = lookup.add(source, destination, protocol, isText, isSourceTheServer, conversation);
        expect([conversationIndexOf(match), isFromClient(match)]).toEqual([index, !isSourceTheServer]);
        model.set(key, { index, client: socketOf(isSourceTheServer ? destination : source) });
      } else {
        expect(found).not.toBeUndefined();
        expect(conversationIndexOf(found!)).toBe(expected.index);
        expect(isFromClient(found!)).toBe(socketOf(source) === expected.client);
      }
    }
  });
  fc.assert(property, { numRuns: 2000 });
});
