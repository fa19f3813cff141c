import { describe, it } from "vitest";
import { playScript } from "../../helpers/ends/endpoint-script.ts";
import { segments } from "../../helpers/ends/opened-scripts.ts";

const ECN = { congestion: "reno", ecn: true } as const;

const connected = `
  +0 connect
  +0 > SEW 0:0(0) <...>
  +.1 < SE. 0:0(0) ack 1 win 60000 <mss 1000,sackOK>
  +0 > . 1:1(0) ack 1
  +0 told opened
`;
const accepted = `
  +0 listen
  +0 < SEW 0:0(0) win 60000 <mss 1000,sackOK>
  +0 > SE. 0:0(0) ack 1 <...>
  +.1 < . 1:1(0) ack 1
  +0 told opened
`;

describe("congestion that is marked", () => {
  it("is spoken of where both SYNs say so, with data alone marked as capable (RFC 3168, sections 6.1.1 and 6.1.4)", () => {
    playScript(
      `
      ${connected}
      +0 write 2000
      ${segments(1, 2, "all", "[ect0] ")}
      +.1 < P. 1:101(100) ack 2001
      +0~.5 > . 2001:2001(0) ack 101
      +0 write 100
      +0 > [ect0] P. 2001:2101(100) ack 101
      `,
      ECN,
    );
  });

  it("is not spoken of where the SYN/ACK, or the SYN, does not say so (RFC 3168, section 6.1.1)", () => {
    const unaware = (flags: string) => `
      +0 connect
      +0 > SEW 0:0(0) <...>
      +.1 < ${flags} 0:0(0) ack 1 win 60000 <mss 1000>
      +0 > . 1:1(0) ack 1
      +0 told opened
      +0 write 1000
      ${segments(1, 1, "all")}
    `;
    playScript(unaware("S."), ECN);
    // As a host answers that reflects what it does not know.
    playScript(unaware("SEW."), ECN);
    for (const flags of ["S", "SE", "SW"]) {
      playScript(
        `
        +0 listen
        +0 < ${flags} 0:0(0) win 60000 <mss 1000>
        +0 > S. 0:0(0) ack 1 <...>
        `,
        ECN,
      );
    }
    playScript("+0 listen\n+0 < SEW 0:0(0) win 60000 <mss 1000>\n+0 > S. 0:0(0) ack 1 <...>", { ecn: false });
  });

  it("halves the window once in a round trip, which the next new data says (RFC 3168, section 6.1.2)", () => {
    playScript(
      `
      ${connected}
      +0 write 30000
      ${segments(1, 10, "more", "[ect0] ")}
      +.1 < E. 1:1(0) ack 1001
      // Half of what was in flight, with or without what has just been acknowledged.
      +0 sender ssthresh 4500~5000
      +0 anything
      +0 < E. 1:1(0) ack 2001
      +0 anything
      +0 < E. 1:1(0) ack 3001
      +0 anything
      +0 < E. 1:1(0) ack 4001
      +0 anything
      +0 sender ssthresh 4500~5000
      +0 < . 1:1(0) ack 10001
      +0 anything
      +0 sender cwnd 4000~6000 ssthresh 4500~5000
      `,
      ECN,
    );
  });

  it("has CWR on the first new data after the reduction, and on none behind it (RFC 3168, section 6.1.2)", () => {
    playScript(
      `
      ${connected}
      +0 write 10000
      ${segments(1, 10, "all", "[ect0] ")}
      +.1 < E. 1:1(0) ack 10001
      +0 write 2000
      +0 > [ect0] W. 10001:11001(1000) ack 1
      +0 > [ect0] P. 11001:12001(1000) ack 1
      `,
      ECN,
    );
  });

  it("is echoed in every acknowledgment until CWR comes (RFC 3168, section 6.1.3)", () => {
    playScript(
      `
      ${accepted}
      +0 < [ce] . 1:1001(1000) ack 1
      +0~.5 > E. 1:1(0) ack 1001
      +0 < [ect0] . 1001:2001(1000) ack 1
      +0~.5 > E. 1:1(0) ack 2001
      +0 write 100
      +0 > [ect0] EP. 1:101(100) ack 2001
      +0 < [ect0] W. 2001:3001(1000) ack 101
      +0~.5 > . 101:101(0) ack 3001
      // What is marked and has CWR begins another one.
      +0 < [ce] W. 3001:4001(1000) ack 101
      +0~.5 > E. 101:101(0) ack 4001
      `,
      ECN,
    );
  });

  it("is never marked on what is sent again (RFC 3168, section 6.1.5)", () => {
    playScript(
      `
      ${connected}
      +0 write 5000
      ${segments(1, 5, "all", "[ect0] ")}
      +.1 < . 1:1(0) ack 1 <sack 1001:4001>
      +0 > . 1:1001(1000) ack 1 ; sack
      +0 write 1000
      +.1 < . 1:1(0) ack 5001
      +0 anything
      +0 state ESTABLISHED
      `,
      ECN,
    );
  });

  it("is never marked on probes of a window (RFC 3168, section 6.1.6)", () => {
    playScript(
      `
      ${connected}
      +0 write 2000
      ${segments(1, 2, "all", "[ect0] ")}
      +.1 < . 1:1(0) ack 2001 win 0
      +0 write 1000
      +.2~.5 > . 2000:2000(0) ack 1 ; window-probe
      `,
      ECN,
    );
  });

  it("counts for a loss as well: CWR follows a loss, too (RFC 3168, section 6.1.2)", () => {
    playScript(
      `
      ${connected}
      +0 write 5000
      ${segments(1, 5, "all", "[ect0] ")}
      +.1 < . 1:1(0) ack 1 <sack 1001:5001>
      +0 > . 1:1001(1000) ack 1 ; sack
      +.1 < . 1:1(0) ack 5001
      +0 write 1000
      +0 > [ect0] WP. 5001:6001(1000) ack 1
      `,
      ECN,
    );
  });
});
