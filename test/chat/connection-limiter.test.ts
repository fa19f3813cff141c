import { describe, expect, test } from "vitest";
import { ConnectionLimiter } from "../../lib/chat/connection-limiter.ts";

describe("the connection limiter", () => {
  const limits = { maxPerAddress: 2, maxNewPerAddress: 4, addressWindow: 1000 };

  test("so many at a time, so many in a while, and then it is forgotten", () => {
    const limiter = new ConnectionLimiter(limits);
    expect([0, 0, 0].map((now) => limiter.admit("10.0.0.1", now))).toEqual([true, true, false]);
    expect(limiter.admit("::ffff:10.0.0.1", 0)).toBe(false);
    for (let count = 0; count < 2; count++) {
      limiter.leave("10.0.0.1", 10);
      expect(limiter.admit("10.0.0.1", 20)).toBe(true);
    }
    limiter.leave("10.0.0.1", 30);
    expect(limiter.admit("10.0.0.1", 40)).toBe(false);
    expect(limiter.admit("10.0.0.1", 1001)).toBe(true);
    limiter.leave("10.0.0.1", 3000);
    limiter.leave("10.0.0.1", 3000);
    expect(limiter.size).toBe(0);
  });

  test("an IPv6 network counts as one, this machine is exempt, 0 lifts a limit", () => {
    const limiter = new ConnectionLimiter(limits);
    expect(["2001:db8::1", "2001:db8::2", "2001:db8:0:0:9::3"].map((one) => limiter.admit(one, 0))).toEqual([
      true,
      true,
      false,
    ]);
    for (let count = 0; count < 100; count++) {
      expect(limiter.admit("127.0.0.1", 0) && limiter.admit("::1", 0) && limiter.admit("::ffff:127.0.0.1", 0)).toBe(
        true,
      );
    }
    const open = new ConnectionLimiter({ maxPerAddress: 0, maxNewPerAddress: 0, addressWindow: 0 });
    for (let count = 0; count < 100; count++) expect(open.admit("10.0.0.1", 0)).toBe(true);
  });

  test("does not grow with addresses that came once", () => {
    const limiter = new ConnectionLimiter(limits);
    for (let index = 0; index < 10_000; index++) {
      const address = `10.0.${index >> 8}.${index & 255}`;
      limiter.admit(address, index * 10);
      limiter.leave(address, index * 10);
    }
    expect(limiter.size).toBeLessThan(300);
  });

  test("a window of 0 lifts the limit of what is new, and remembers nothing", () => {
    const limiter = new ConnectionLimiter({ ...limits, addressWindow: 0 });
    for (let count = 0; count < 1000; count++) {
      expect(limiter.admit("10.0.0.1", count)).toBe(true);
      limiter.leave("10.0.0.1", count);
    }
    expect(limiter.size).toBe(0);
    // How many may be there at a time is another limit.
    expect([0, 0, 0].map((now) => limiter.admit("10.0.0.1", now))).toEqual([true, true, false]);
  });

  test("an address with a connection that stays does not keep those behind it", () => {
    const limiter = new ConnectionLimiter(limits);
    limiter.admit("10.9.9.9", 0);
    for (let index = 0; index < 10_000; index++) {
      const address = `10.0.${index >> 8}.${index & 255}`;
      limiter.admit(address, index * 10);
      limiter.leave(address, index * 10);
    }
    expect(limiter.size).toBeLessThan(300);
  });

  test("does not grow without bounds within the window, and forgets the oldest", () => {
    const limiter = new ConnectionLimiter({ ...limits, addressWindow: 1e9 });
    for (let count = 0; count < 4; count++) {
      limiter.admit("10.9.9.9", 0);
      limiter.leave("10.9.9.9", 0);
    }
    expect(limiter.admit("10.9.9.9", 0)).toBe(false);
    for (let index = 0; index < 100_000; index++) {
      const address = `2001:db8:${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}::1`;
      limiter.admit(address, index);
      limiter.leave(address, index);
    }
    expect(limiter.size).toBeLessThanOrEqual(1 << 16);
    expect(limiter.admit("10.9.9.9", 100_000)).toBe(true);
  });
});
