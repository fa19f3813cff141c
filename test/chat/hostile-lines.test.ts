/** What a line costs its server and the clients that show it, counted: it must not grow faster than the line. */
import { describe, expect, it } from "vitest";
import { ChatRoom } from "../../lib/chat/chat-room.ts";
import { USUAL_LIMITS } from "../../lib/chat/limits.ts";
import { parseLine } from "../../lib/chat/line-protocol.ts";
import { speakerPainter } from "../../lib/chat/terminal-text.ts";
import { costlyWords, normalizedDuring } from "./normalized-text.ts";

/** A room with Alice, Bob, Carol, of whom Alice and Carol have a chat, and somebody without a name. */
function room() {
  const answers: string[] = [];
  const members = new ChatRoom<string>(USUAL_LIMITS, {
    say: (_to, line) => void answers.push(line),
    relay: (_from, _to, line) => void answers.push(line),
    leave: (_member, farewell) => void answers.push(farewell),
    named: () => {},
    message: () => {},
  });
  const follow = (member: string, line: string) => members.follow(member, parseLine(line, members.contextOf(member)));
  for (const name of ["Alice", "Bob", "Carol"]) follow(name, name);
  follow("Alice", "chat Carol");
  return { follow, answers };
}

/** Every place of a line where a name can stand. */
const PLACES: readonly ((word: string) => string)[] = [
  (word) => `${word}: `,
  (word) => `${word}: x`,
  (word) => word,
  (word) => `@${word} x`,
  (word) => `@${word}: x`,
  (word) => `/msg ${word} x`,
  (word) => `/chat ${word}`,
  (word) => `chat ${word}`,
  (word) => `CHAT ${word}`,
  (word) => `HELLO ${word}`,
  (word) => `/${word} x`,
  (word) => `Bob: ${word}`,
  (word) => `all ${word}`,
  (word) => `[${word}] x`,
];

describe("a line with a word that is costly to normalise", () => {
  it.each([33, 128, 129, 256, 1024, 4096, 100_000])(
    "of %i characters costs the server no more than a name may",
    (length) => {
      const { follow, answers } = room();
      for (const place of PLACES) {
        for (const word of costlyWords(length)) {
          for (const member of ["Alice", "Bob", "nobody yet"]) {
            const before = answers.length;
            const work = normalizedDuring(() => follow(member, place(word)));
            // A word this long is no name: nobody looks. Of a shorter one some forms are made, and those can be longer.
            expect(work.characters).toBeLessThan(length > 4 * USUAL_LIMITS.maxName ? 100 : 5000);
            expect(work.longestHeap).toBeLessThanOrEqual(64);
            expect(answers.length).toBe(before + 1);
          }
        }
      }
    },
  );

  it.each([33, 256, 300, 4096, 262_144])("of %i characters costs a client no more when it is painted", (length) => {
    const paint = speakerPainter(true, {});
    for (const word of costlyWords(length)) {
      const work = normalizedDuring(() => paint(`[${word}] x`));
      expect(work.characters).toBeLessThan(length > 256 ? 1 : 40_000);
      expect(work.longestHeap).toBeLessThanOrEqual(64);
    }
  });
});
