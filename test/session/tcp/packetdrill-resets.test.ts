import { describe, it } from "vitest";
import { playScript } from "../../helpers/ends/endpoint-script.ts";
import { accepted, connected, segments } from "../../helpers/ends/opened-scripts.ts";

const RENO = { congestion: "reno" } as const;

describe("a reset is sent", () => {
  it("to a SYN where nobody listens: it acknowledges the SYN, and has the number 0 (RFC 9293, section 3.10.7.1)", () => {
    playScript(`
      +0 < S 0:0(0) win 60000 <mss 1000>
      +0 > R. 0:0(0) ack 1 win 0 ; reset
      +0 < S 0:100(100) win 60000
      +0 > R. 0:0(0) ack 101 win 0
      +0 state CLOSED
    `);
  });

  it("to anything else where nobody listens, with the number that it acknowledged (RFC 9293, section 3.10.7.1)", () => {
    playScript(`
      +0 < . 5:105(100) ack 100
      +0 > R 100:100(0) win 0
      +0 < F 5:5(0)
      +0 > R. 0:0(0) ack 6 win 0
    `);
  });

  it("to no reset (RFC 9293, section 3.10.7.1)", () => {
    playScript(`
      +0 < R 5:5(0)
      +0 < R. 5:5(0) ack 7
      +0 listen
      +0 < R 5:5(0)
      +0 < R. 5:5(0) ack 7
      +9 state LISTEN
    `);
  });

  it("to an acknowledgment while it listens (RFC 9293, section 3.10.7.2)", () => {
    playScript(`
      +0 listen
      +0 < . 5:5(0) ack 7
      +0 > R 7:7(0) win 0
      +0 state LISTEN
    `);
  });

  it("to what acknowledges something that was never sent, while it connects (RFC 9293, section 3.10.7.3)", () => {
    playScript(`
      +0 connect
      +0 > S 0:0(0) <...>
      +.1 < S. 0:0(0) ack 2 win 60000 <mss 1000>
      +0 > R 2:2(0) win 0
      +0 state SYN-SENT
      +.1 < . 5:5(0) ack 0
      +0 > R 0:0(0) win 0
      +0 state SYN-SENT
      +0 < S. 0:0(0) ack 1 win 60000 <mss 1000>
      +0 > . 1:1(0) ack 1
      +0 told opened
    `);
  });

  it("to what acknowledges something that was never sent, while it accepts (RFC 9293, section 3.10.7.4)", () => {
    playScript(`
      +0 listen
      +0 < S 0:0(0) win 60000 <mss 1000>
      +0 > S. 0:0(0) ack 1 <...>
      +.1 < . 1:1(0) ack 9
      +0 > R 9:9(0) win 0
    `);
  });

  it("where the application closes and leaves data unread (RFC 9293, section 3.6.1; RFC 2525, section 2.17)", () => {
    playScript(
      `
      ${accepted()}
      +0 < P. 1:1001(1000) ack 1
      +0~.5 > . 1:1(0) ack 1001
      +1 close
      +0 > R. 1:1(0) ack 1001 ; reset
      +0 state CLOSED
      +0 told aborted
      `,
      { readRate: 0 },
    );
  });

  it("where data comes after the application has closed (RFC 9293, section 3.6.1, SHLD-3)", () => {
    playScript(`
      ${accepted()}
      +1 close
      +0 > F. 1:1(0) ack 1
      +.1 < . 1:1(0) ack 2
      +0 < P. 1:101(100) ack 2
      +0 > R 2:2(0) ; reset
      +0 state CLOSED
    `);
  });

  it("where the application breaks off (RFC 9293, section 3.10.5)", () => {
    playScript(
      `
      ${connected()}
      +0 write 500
      +0 > P. 1:501(500) ack 1
      +0 abort
      +0 > R. 501:501(0) ack 1 ; reset
      +0 state CLOSED
      +0 told aborted
      +900 state CLOSED
      `,
      RENO,
    );
  });

  it("by no application that has no connection yet (RFC 9293, section 3.10.5)", () => {
    playScript(`
      +0 connect
      +0 > S 0:0(0) <...>
      +.1 abort
      +0 state CLOSED
      +0 told aborted
      +900 state CLOSED
    `);
  });
});

describe("a reset that comes", () => {
  it("ends the connection where it has exactly the number that is expected (RFC 5961, section 3.2)", () => {
    playScript(`
      ${connected()}
      +0 < R 1:1(0)
      +0 told reset
      +0 state CLOSED
      +900 state CLOSED
    `);
    playScript(`${connected()}\n+0 < R. 1:1(0) ack 1\n+0 told reset`);
  });

  it("is asked for again where it lies elsewhere in the window (RFC 5961, section 3.2)", () => {
    playScript(`
      ${connected()}
      +0 < R 2:2(0)
      +0 > . 1:1(0) ack 1 ; challenge
      +0 state ESTABLISHED
      +2 < R 30000:30000(0)
      +0 > . 1:1(0) ack 1 ; challenge
      +0 state ESTABLISHED
    `);
  });

  it("means nothing outside of the window (RFC 5961, section 3.2)", () => {
    playScript(`
      ${connected()}
      +0 < R 0:0(0)
      +0 < R 70000:70000(0)
      +9 state ESTABLISHED
    `);
  });

  it("refuses an attempt where it acknowledges the SYN, and else means nothing (RFC 9293, section 3.10.7.3)", () => {
    playScript(`
      +0 connect
      +0 > S 0:0(0) <...>
      +.1 < R 0:0(0)
      +.1 < R. 0:0(0) ack 2
      +.1 < R. 0:0(0) ack 0
      +0 state SYN-SENT
      +.1 < R. 0:0(0) ack 1
      +0 told refused
      +0 state CLOSED
      +900 state CLOSED
    `);
  });

  it("ends an attempt that both sides made (RFC 9293, section 3.10.7.4)", () => {
    playScript(`
      +0 connect
      +0 > S 0:0(0) <...>
      +.1 < S 0:0(0) win 60000 <mss 1000>
      +0 > S. 0:0(0) ack 1 <...>
      +.1 < R 1:1(0)
      +0 told refused
      +0 state CLOSED
    `);
  });

  it("ends what was half closed, and what was about to be over (RFC 9293, section 3.10.7.4)", () => {
    playScript(`
      ${connected()}
      +0 shutdown
      +0 > F. 1:1(0) ack 1
      +0 < R 1:1(0)
      +0 told reset
      +900 state CLOSED
    `);
    playScript(`
      ${connected()}
      +0 < F. 1:1(0) ack 1
      +0 > . 1:1(0) ack 2
      +0 told end-of-stream
      +0 close
      +0 > F. 1:1(0) ack 2
      +0 < R 2:2(0)
      +900 state CLOSED
    `);
  });
});

describe("a segment that cannot be right", () => {
  it("is a SYN in a connection: it is answered, and changes nothing (RFC 5961, section 4.2)", () => {
    playScript(`
      ${connected()}
      +0 < S 500:500(0) win 60000 <mss 1000>
      +0 > . 1:1(0) ack 1 ; challenge
      +0 state ESTABLISHED
      +2 < S 0:0(0) win 60000 <mss 1000>
      +0 > . 1:1(0) ack 1
      +0 state ESTABLISHED
    `);
  });

  it("acknowledges what was not sent yet: it is answered and not taken (RFC 9293, section 3.10.7.4)", () => {
    playScript(`
      ${connected()}
      +0 < P. 1:101(100) ack 50
      +0 > . 1:1(0) ack 1
      +0 read 0
    `);
  });

  it("acknowledges what is older than any window was (RFC 5961, section 5.2)", () => {
    playScript(
      `
      ${connected({ window: 2000 })}
      ${Array.from({ length: 100 }, (_, index) => {
        const [start, end] = [1 + index * 1000, 1001 + index * 1000];
        return `+0 write 1000\n+0 > P. ${start}:${end}(1000) ack 1\n+.1 < . 1:1(0) ack ${end}`;
      }).join("\n")}
      +0 < P. 1:101(100) ack 10000
      +0 > . 100001:100001(0) ack 1 ; challenge
      +0 read 0
      `,
      RENO,
    );
  });

  it("acknowledges less than was acknowledged: that is old, and its data is taken (RFC 9293, section 3.10.7.4)", () => {
    playScript(
      `
      ${connected()}
      +0 write 2000
      ${segments(1, 2, "all")}
      +.1 < . 1:1(0) ack 2001
      +0 < P. 1:101(100) ack 1001
      +0~.5 > . 2001:2001(0) ack 101
      +0 read 100
      `,
      RENO,
    );
  });

  it("has no ACK: it is not taken (RFC 9293, section 3.10.7.4)", () => {
    playScript(`
      ${connected()}
      +0 < P 1:101(100)
      +9 read 0
    `);
  });

  it("lies outside of the window: it is answered and not taken (RFC 9293, section 3.10.7.4)", () => {
    playScript(`
      ${connected()}
      +0 < P. 70000:70100(100) ack 1
      +0 > . 1:1(0) ack 1
      +0 read 0
    `);
  });

  it("reaches beyond the window: what fits is taken, and no more (RFC 9293, section 3.10.7.4)", () => {
    playScript(
      `
      ${accepted()}
      +0 < P. 1:1501(1500) ack 1
      +0~.5 > . 1:1(0) ack 1001 win 0
      `,
      { receiveBuffer: 1000, readRate: 0, windowScale: false },
    );
  });

  it("has come in part before: what is new of it is taken (RFC 9293, section 3.10.7.4)", () => {
    playScript(`
      ${accepted()}
      +0 < P. 1:501(500) ack 1
      +0~.5 > . 1:1(0) ack 501
      +0 < P. 1:1001(1000) ack 1
      +0~.5 > . 1:1(0) ack 1001
      +0 read 1000
      +0 < P. 1201:1401(200) ack 1
      +0 > . 1:1(0) ack 1001
      +0 < P. 1001:1301(300) ack 1
      +0~.5 > . 1:1(0) ack 1401
      +0 read 1400
    `);
  });
});
