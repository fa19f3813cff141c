import { describe, it } from "vitest";
import { playScript } from "../../helpers/ends/endpoint-script.ts";
import { accepted, connected, segments } from "../../helpers/ends/opened-scripts.ts";

const RENO = { congestion: "reno" } as const;
/** A window that needs no scale. */
const PLAIN = { ...RENO, receiveBuffer: 65_535 } as const;

describe("the opening", () => {
  it("is three segments (RFC 9293, section 3.5, figure 6)", () => {
    playScript(
      `
      +0 connect
      +0 state SYN-SENT
      +0 > S 0:0(0) win 65535 <mss 1460,sackOK,wscale 0> ; syn
      +.1 < S. 0:0(0) ack 1 win 60000 <mss 1000,sackOK,wscale 7>
      +0 > . 1:1(0) ack 1 win 65535 ; ack
      +0 state ESTABLISHED
      +0 told opened
      `,
      PLAIN,
    );
    playScript(
      `
      +0 listen
      +0 state LISTEN
      +0 < S 0:0(0) win 60000 <mss 1000,sackOK,wscale 7>
      +0 > S. 0:0(0) ack 1 win 65535 <mss 1460,sackOK,wscale 0> ; syn
      +0 state SYN-RECEIVED
      +.1 < . 1:1(0) ack 1 win 500
      +0 state ESTABLISHED
      +0 told opened
      `,
      PLAIN,
    );
  });

  it("may be at the same time from both sides (RFC 9293, section 3.5, figure 7)", () => {
    playScript(
      `
      +0 connect
      +0 > S 0:0(0) <...>
      +.05 < S 0:0(0) win 60000 <mss 1000>
      +0 > S. 0:0(0) ack 1 <...> ; syn
      +0 state SYN-RECEIVED
      +.1 < S. 0:0(0) ack 1 win 60000 <mss 1000>
      +.1 anything
      +0 state ESTABLISHED
      +0 told opened
      +0 write 1000
      ${segments(1, 1, "all")}
      `,
      PLAIN,
    );
  });

  it("at the same time is over with an acknowledgment too (RFC 9293, section 3.5)", () => {
    playScript(
      `
      +0 connect
      +0 > S 0:0(0) <...>
      +.05 < S 0:0(0) win 60000 <mss 1000>
      +0 > S. 0:0(0) ack 1 <...>
      +.1 < . 1:1(0) ack 1 win 60000
      +0 state ESTABLISHED
      +0 told opened
      `,
      PLAIN,
    );
  });

  it("takes data that comes with the last segment of it (RFC 9293, section 3.5)", () => {
    playScript(
      `
      +0 listen
      +0 < S 0:0(0) win 60000 <mss 1000>
      +0 > S. 0:0(0) ack 1 <...>
      +.1 < P. 1:501(500) ack 1
      +0 told opened
      +0 read 500
      +0~.5 > . 1:1(0) ack 501
      `,
      PLAIN,
    );
  });

  it("sends what was written before it, when it is over (RFC 9293, section 3.10.2)", () => {
    playScript(
      `
      +0 connect
      +0 > S 0:0(0) <...>
      +0 write 1500
      +.1 < S. 0:0(0) ack 1 win 60000 <mss 1000>
      +0 > . 1:1001(1000) ack 1
      +0 > P. 1001:1501(500) ack 1
      +0 told opened
      `,
      PLAIN,
    );
  });

  it("answers a SYN that comes again with the same SYN/ACK (RFC 9293, section 3.10.7.4)", () => {
    playScript(
      `
      +0 listen
      +0 < S 0:0(0) win 60000 <mss 1000>
      +0 > S. 0:0(0) ack 1 <...>
      +.5 < S 0:0(0) win 60000 <mss 1000>
      +0 > S. 0:0(0) ack 1 <...>
      +.1 < . 1:1(0) ack 1
      +0 told opened
      `,
      PLAIN,
    );
  });

  it("answers a SYN/ACK that comes again, since its acknowledgment was lost (RFC 9293, section 3.10.7.4)", () => {
    playScript(
      `
      ${connected()}
      +1 < S. 0:0(0) ack 1 win 60000 <mss 1000>
      +0 > . 1:1(0) ack 1
      +0 state ESTABLISHED
      `,
      PLAIN,
    );
  });

  it("is over when data comes, where the last segment of it was lost", () => {
    playScript(
      `
      +0 listen
      +0 < S 0:0(0) win 60000 <mss 1000>
      +0 > S. 0:0(0) ack 1 <...>
      +.1 < . 501:1001(500) ack 1
      +0 > . 1:1(0) ack 1
      +0 told opened
      +0 < . 1:501(500) ack 1
      +0~.5 > . 1:1(0) ack 1001
      +0 read 1000
      `,
      PLAIN,
    );
  });
});

describe("the options of a SYN", () => {
  it("have the most data of a segment, which is 536 bytes where it is left out (RFC 9293, section 3.7.1, MUST-15)", () => {
    playScript(
      `
      +0 connect
      +0 > S 0:0(0) <...>
      +.1 < S. 0:0(0) ack 1 win 60000
      +0 > . 1:1(0) ack 1
      +0 told opened
      +0 write 1000
      +0 > . 1:537(536) ack 1
      +0 > P. 537:1001(464) ack 1
      `,
      PLAIN,
    );
  });

  it("are given in a SYN/ACK only where the SYN had them (RFC 7323, sections 2.2 and 3.2; RFC 2018, section 2)", () => {
    playScript(
      `
      +0 listen
      +0 < S 0:0(0) win 60000 <mss 1000>
      +0 > S. 0:0(0) ack 1 <mss 1460>
      `,
      { ...PLAIN, timestamps: true },
    );
    playScript(
      `
      +0 listen
      +0 < S 0:0(0) win 60000 <mss 1000,sackOK,TS val 7 ecr 0,wscale 3>
      +0 > S. 0:0(0) ack 1 <mss 1460>
      `,
      { ...PLAIN, timestamps: false, sack: false, windowScale: false },
    );
  });

  it("scale no window of a SYN, and every other one (RFC 7323, section 2.2)", () => {
    // The SYN/ACK offers 2000 bytes, and not 2000 * 8.
    playScript(
      `
      +0 connect
      +0 > S 0:0(0) <...>
      +.1 < S. 0:0(0) ack 1 win 2000 <mss 1000,wscale 3>
      +0 > . 1:1(0) ack 1
      +0 told opened
      +0 write 5000
      ${segments(1, 2, "more")}
      +.1 < . 1:1(0) ack 2001 win 375
      ${segments(3, 5, "all")}
      `,
      PLAIN,
    );
  });

  it("scale no window where only one side has the option (RFC 7323, section 2.2)", () => {
    playScript(
      `
      +0 connect
      +0 > S 0:0(0) win 65535 <mss 1460,sackOK,wscale 4>
      +.1 < S. 0:0(0) ack 1 win 60000 <mss 1000>
      +0 > . 1:1(0) ack 1 win 65535
      +0 told opened
      `,
      { ...RENO, receiveBuffer: 1_000_000 },
    );
  });

  it("offer large buffers in large units (RFC 7323, section 2.3)", () => {
    playScript(
      `
      +0 connect
      +0 > S 0:0(0) win 65535 <mss 1460,sackOK,wscale 4>
      +.1 < S. 0:0(0) ack 1 win 60000 <mss 1000,wscale 0>
      +0 > . 1:1(0) ack 1 win 62500
      +0 told opened
      `,
      { ...RENO, receiveBuffer: 1_000_000 },
    );
  });

  it("have shifts of 14 at most, whatever the other side says (RFC 7323, section 2.3)", () => {
    playScript(
      `
      +0 connect
      +0 > S 0:0(0) <...>
      +.1 < S. 0:0(0) ack 1 win 60000 <mss 1000,wscale 15>
      +0 > . 1:1(0) ack 1
      +0 told opened
      +.1 < . 1:1(0) ack 1 win 2
      +0 sender window 32768
      `,
      PLAIN,
    );
  });
});

describe("time stamps", () => {
  const STAMPED = { ...PLAIN, timestamps: true, sack: false } as const;
  const opened = `
    +0 listen
    +0 < S 0:0(0) win 60000 <mss 1012,TS val 1000 ecr 0>
    +0 > S. 0:0(0) ack 1 <...>
    +.1 < . 1:1(0) ack 1 <TS val 1100 ecr @1>
    +0 told opened
  `;

  it("stand in every segment, and answer the latest of the other side (RFC 7323, section 3.2)", () => {
    playScript(
      `
      ${opened}
      +0 < P. 1:101(100) ack 1 <TS val 1150 ecr @1>
      +0~.5 > . 1:1(0) ack 101 <TS val @2 ecr 1150>
      `,
      STAMPED,
    );
  });

  it("answer the first of several segments that are acknowledged at once (RFC 7323, section 4.3)", () => {
    playScript(
      `
      ${opened}
      +0 < . 1001:2001(1000) ack 1 <TS val 1160 ecr @1>
      // What waits behind a gap does not count.
      +0 > . 1:1(0) ack 1 <TS val @2 ecr 1100>
      +0 < . 1:1001(1000) ack 1 <TS val 1150 ecr @1>
      +0 > . 1:1(0) ack 2001 <TS val @3 ecr 1150>
      `,
      STAMPED,
    );
  });

  it("show what comes from long ago: it is acknowledged and not taken (RFC 7323, section 5.3)", () => {
    playScript(
      `
      ${opened}
      +0 < P. 1:101(100) ack 1 <TS val 1050 ecr @1>
      +0 > . 1:1(0) ack 1 <TS val @2 ecr 1100>
      +0 read 0
      +0 < P. 1:101(100) ack 1 <TS val 1101 ecr @1>
      +0~.5 > . 1:1(0) ack 101 <...>
      +0 read 100
      `,
      STAMPED,
    );
  });

  it("wrap, and are compared as such (RFC 7323, section 5.2)", () => {
    playScript(
      `
      +0 listen
      +0 < S 0:0(0) win 60000 <mss 1012,TS val 4294967290 ecr 0>
      +0 > S. 0:0(0) ack 1 <...>
      +.1 < . 1:1(0) ack 1 <TS val 5 ecr @1>
      +0 told opened
      +0 < P. 1:101(100) ack 1 <TS val 6 ecr @1>
      +0~.5 > . 1:1(0) ack 101 <TS val @2 ecr 6>
      `,
      STAMPED,
    );
  });

  it("do not keep a reset out (RFC 7323, section 5.2)", () => {
    playScript(`${opened}\n+0 < R 1:1(0)\n+0 told reset`, STAMPED);
    playScript(`${opened}\n+0 < R 1:1(0) <TS val 900 ecr @1>\n+0 told reset`, STAMPED);
  });

  it("take room from the data of a segment (RFC 6691, section 2)", () => {
    playScript(
      `
      ${accepted({ options: "TS val 1000 ecr 0" }).replace("win 60000\n    +0 told", "win 60000 <TS val 1100 ecr @1>\n +0 told")}
      +0 write 1500
      +0 > . 1:989(988) ack 1 <...>
      +0 > P. 989:1501(512) ack 1 <...>
      `,
      STAMPED,
    );
  });
});
