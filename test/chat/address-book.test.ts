import { describe, expect, test } from "vitest";
import { AddressBook } from "../../lib/chat/address-book.ts";

describe("the address book", () => {
  const limits = { maxPerAddress: 2, maxNewPerAddress: 4, addressWindow: 1000 };

  test("so many at a time, so many in a while, and then it is forgotten", () => {
    const book = new AddressBook(limits);
    expect([0, 0, 0].map((now) => book.admit("10.0.0.1", now))).toEqual([true, true, false]);
    expect(book.admit("::ffff:10.0.0.1", 0)).toBe(false);
    for (let count = 0; count < 2; count++) {
      book.leave("10.0.0.1", 10);
      expect(book.admit("10.0.0.1", 20)).toBe(true);
    }
    book.leave("10.0.0.1", 30);
    expect(book.admit("10.0.0.1", 40)).toBe(false);
    expect(book.admit("10.0.0.1", 1001)).toBe(true);
    book.leave("10.0.0.1", 3000);
    book.leave("10.0.0.1", 3000);
    expect(book.size).toBe(0);
  });

  test("an IPv6 network counts as one, this machine is exempt, 0 lifts a limit", () => {
    const book = new AddressBook(limits);
    expect(["2001:db8::1", "2001:db8::2", "2001:db8:0:0:9::3"].map((one) => book.admit(one, 0))).toEqual([
      true,
      true,
      false,
    ]);
    for (let count = 0; count < 100; count++) {
      expect(book.admit("127.0.0.1", 0) && book.admit("::1", 0) && book.admit("::ffff:127.0.0.1", 0)).toBe(true);
    }
    const open = new AddressBook({ maxPerAddress: 0, maxNewPerAddress: 0, addressWindow: 0 });
    for (let count = 0; count < 100; count++) expect(open.admit("10.0.0.1", 0)).toBe(true);
  });

  test("does not grow with addresses that came once", () => {
    const book = new AddressBook(limits);
    for (let index = 0; index < 10_000; index++) {
      const address = `10.0.${index >> 8}.${index & 255}`;
      book.admit(address, index * 10);
      book.leave(address, index * 10);
    }
    expect(book.size).toBeLessThan(300);
  });
});
