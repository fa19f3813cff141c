import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIpv4 } from "../../../lib/headers/address.ts";
import { clientOf, serverOf, Tally, type TcpConversation } from "../../../lib/session/conversation.ts";
import { Host } from "../../../lib/session/host.ts";
import {
  Backlog,
  ConnectionTable,
  type Phase,
  SIDE_WORDS,
  SideWord,
} from "../../../lib/session/ideal/connection-table.ts";

const host = new Host("h", parseIpv4("10.0.0.1"), 0, 0);

describe("the rows of connections", () => {
  it("keep each connection's own numbers, whichever others come, rest and go", () => {
    const step = fc.record({ what: fc.constantFrom("add", "add", "forget", "rest"), which: fc.nat() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const connections = new ConnectionTable();
        const living: { conversation: TcpConversation; own: number; tally: Tally; isWaiting: boolean }[] = [];
        steps.forEach(({ what, which }, own) => {
          const place = which % Math.max(living.length, 1);
          const chosen = living[place];
          if (what === "add") {
            const tally = new Tally();
            const end = { host, port: 1 + own, initialSequence: own };
            const conversation = connections.add(end, { ...end, port: 1000 + own }, tally, 65_495 - own);
            connections.setFollowed(clientOf(conversation), own % 2 === 0);
            connections.setPhase(conversation, (own % 5) as Phase);
            const waiting = { side: clientOf(conversation), payload: undefined, time: own, next: undefined };
            if (own % 7 === 0) connections.setBacklog(conversation, new Backlog(waiting));
            connections.words[SIDE_WORDS * serverOf(conversation) + SideWord.ACKNOWLEDGED] = 0xffff_ffff - own;
            living.push({ conversation, own, tally, isWaiting: own % 7 === 0 });
          } else if (chosen !== undefined && what === "rest") {
            chosen.conversation = connections.resume(connections.suspend(chosen.conversation));
            chosen.isWaiting = false;
          } else if (chosen !== undefined) {
            connections.release(chosen.conversation);
            living.splice(place, 1);
          }
        });
        expect(new Set(living.map(({ conversation }) => conversation)).size).toBe(living.length);
        for (const { conversation, own, tally, isWaiting } of living) {
          expect(connections.tallies[conversation]).toBe(tally);
          expect(connections.port(clientOf(conversation))).toBe(1 + own);
          expect(connections.port(serverOf(conversation))).toBe(1000 + own);
          expect(connections.nextSequence(clientOf(conversation))).toBe(own);
          expect(connections.acknowledged(serverOf(conversation))).toBe(0xffff_ffff - own);
          for (const side of [clientOf(conversation), serverOf(conversation)]) {
            expect(connections.maximumSegmentSize(side)).toBe(65_495 - own);
            expect(connections.isFollowed(side)).toBe(own % 2 === 0 || side === serverOf(conversation));
          }
          expect(connections.phase(conversation)).toBe(own % 5);
          expect(connections.backlog(conversation)?.first.time).toBe(isWaiting ? own : undefined);
        }
      }),
    );
  });

  it("do not give a number away while an event of it is to come", () => {
    const connections = new ConnectionTable();
    const add = () => {
      const end = { host, port: 1, initialSequence: 0 };
      return connections.add(end, end, new Tally(), 100);
    };
    const first = add();
    connections.retain(first);
    connections.release(first);
    expect(add()).not.toBe(first);
    connections.release(first);
    expect(add()).toBe(first);
  });
});
