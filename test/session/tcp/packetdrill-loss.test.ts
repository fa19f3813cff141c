import { describe, it } from "vitest";
import { playScript } from "../../helpers/ends/endpoint-script.ts";
import { connected, segments } from "../../helpers/ends/opened-scripts.ts";

const RENO = { congestion: "reno" } as const;
const WITHOUT_RACK = { ...RENO, rack: false } as const;

describe("three duplicate acknowledgments", () => {
  it("have the first segment sent again, and two do not (RFC 5681, section 3.2)", () => {
    playScript(
      `
      ${connected()}
      +0 write 5000
      ${segments(1, 5, "all")}
      +.1 < . 1:1(0) ack 1
      +0  < . 1:1(0) ack 1
      +0  < . 1:1(0) ack 1
      +0  > . 1:1001(1000) ack 1 ; fast
      +0  sender ssthresh 2500
      +.1 < . 1:1(0) ack 5001
      +9  sender ssthresh 2500
      `,
      RENO,
    );
  });

  it("are none where the window changes, where data comes with them, or where nothing is in flight (section 2)", () => {
    playScript(
      `
      ${connected()}
      +0 write 5000
      ${segments(1, 5, "all")}
      +.1 < . 1:1(0) ack 1 win 50001
      +0  < . 1:1(0) ack 1 win 50002
      +0  < . 1:1(0) ack 1 win 50003
      +0  < . 1:1(0) ack 1 win 50004
      +0  < . 1:1(0) ack 5001 win 50004
      +0  < . 1:1(0) ack 5001
      +0  < . 1:1(0) ack 5001
      +0  < . 1:1(0) ack 5001
      +9  sender ssthresh none
      `,
      RENO,
    );
  });

  it("let a new segment go each after them, as the window grows by one (RFC 5681, section 3.2; RFC 3042)", () => {
    playScript(
      `
      ${connected()}
      +0 write 20000
      ${segments(1, 10, "more")}
      +.1 < . 1:1(0) ack 1
      ${segments(11, 11, "more")}
      +0  < . 1:1(0) ack 1
      ${segments(12, 12, "more")}
      +0  < . 1:1(0) ack 1
      +0  > . 1:1001(1000) ack 1 ; fast
      // What limited transmit has sent does not count for half of what was in flight.
      +0  sender ssthresh 5000 cwnd 8000
      +0  < . 1:1(0) ack 1
      +0  < . 1:1(0) ack 1
      +0  < . 1:1(0) ack 1
      +0  < . 1:1(0) ack 1
      +0  < . 1:1(0) ack 1
      ${segments(13, 13, "more")}
      +0  < . 1:1(0) ack 1
      ${segments(14, 14, "more")}
      `,
      { ...RENO, sack: false },
    );
  });
});

describe("a partial acknowledgment", () => {
  it("has the next hole sent again at once, and recovery goes on (RFC 6582, section 3.2)", () => {
    const duplicate = "+0 < . 1:1(0) ack 1\n";
    playScript(
      `
      ${connected()}
      +0 write 10000
      ${segments(1, 10, "all")}
      +.1 < . 1:1(0) ack 1
      ${duplicate.repeat(2)}
      +0  > . 1:1001(1000) ack 1 ; fast
      ${duplicate.repeat(4)}
      +.1 < . 1:1(0) ack 3001
      +0  > . 3001:4001(1000) ack 1 ; fast
      +.1 < . 1:1(0) ack 7001
      +0  > . 7001:8001(1000) ack 1 ; fast
      +.1 < . 1:1(0) ack 10001
      +9  sender ssthresh 5000
      `,
      { ...RENO, sack: false },
    );
  });

  it("leaves duplicates of what came before to be no new loss (RFC 6582, section 3.2, step 1)", () => {
    // A timeout sends everything again; the duplicates that this brings about must not be taken for another loss.
    playScript(
      `
      ${connected()}
      +0 write 4000
      ${segments(1, 4, "all")}
      +.3 > . 1:1001(1000) ack 1 ; timeout
      +.1 < . 1:1(0) ack 1
      +0  < . 1:1(0) ack 1
      +0  < . 1:1(0) ack 1
      +0  < . 1:1(0) ack 4001
      +9  state ESTABLISHED
      `,
      { ...RENO, sack: false },
    );
  });
});

describe("selective acknowledgments", () => {
  it("have three holes filled, each when enough is known above it (RFC 6675, sections 4 and 5)", () => {
    playScript(
      `
      ${connected({ options: "sackOK" })}
      +0 write 10000
      ${segments(1, 10, "all")}
      +.1 < . 1:1(0) ack 1 <sack 1001:2001>
      +0  < . 1:1(0) ack 1 <sack 1001:3001>
      +0  < . 1:1(0) ack 1 <sack 4001:5001 1001:3001>
      +0  > . 1:1001(1000) ack 1 ; sack
      +0  sender ssthresh 5000
      +0  < . 1:1(0) ack 1 <sack 7001:8001 4001:6001 1001:3001>
      +0  > . 3001:4001(1000) ack 1 ; sack
      +0  < . 1:1(0) ack 1 <sack 7001:10001 4001:6001 1001:3001>
      +0  > . 6001:7001(1000) ack 1 ; sack
      +.1 < . 1:1(0) ack 3001 <sack 7001:10001 4001:6001>
      +0  < . 1:1(0) ack 6001 <sack 7001:10001>
      +0  < . 1:1(0) ack 10001
      +9  sender ssthresh 5000
      `,
      WITHOUT_RACK,
    );
  });

  it("count for a loss where duplicates got lost: more than two segments above it suffice (RFC 6675, section 4)", () => {
    playScript(
      `
      ${connected({ options: "sackOK" })}
      +0 write 5000
      ${segments(1, 5, "all")}
      +.1 < . 1:1(0) ack 1 <sack 1001:4001>
      +0  > . 1:1001(1000) ack 1 ; sack
      +.1 < . 1:1(0) ack 5001
      +9  state ESTABLISHED
      `,
      WITHOUT_RACK,
    );
  });

  it("are not believed where the other side acknowledges less than it said that it has (RFC 2018, section 8)", () => {
    playScript(
      `
      ${connected({ options: "sackOK" })}
      +0 write 2000
      ${segments(1, 2, "all")}
      +.1 < . 1:1(0) ack 1 <sack 1001:2001>
      +.2 > . 1:1001(1000) ack 1 ; timeout
      +.1 < . 1:1(0) ack 1001
      +0~.6 > P. 1001:2001(1000) ack 1
      +.1 < . 1:1(0) ack 2001
      +9  state ESTABLISHED
      `,
      WITHOUT_RACK,
    );
  });

  it("tell a loss by time: a quarter of the least round trip after a later segment came (RFC 8985, section 6.2)", () => {
    playScript(
      `
      ${connected({ options: "sackOK" })}
      +0 write 3000
      ${segments(1, 3, "all")}
      +.1 < . 1:1(0) ack 1 <sack 1001:3001>
      +.025~.027 > . 1:1001(1000) ack 1 ; sack
      +.1 < . 1:1(0) ack 3001
      +9  state ESTABLISHED
      `,
      RENO,
    );
  });

  it("tell a lost retransmission by time too (RFC 8985, section 6.2)", () => {
    playScript(
      `
      ${connected({ options: "sackOK" })}
      +0 write 10000
      ${segments(1, 10, "all")}
      +.1 < . 1:1(0) ack 1 <sack 1001:4001>
      +0  > . 1:1001(1000) ack 1 ; sack
      +.01 < . 1:1(0) ack 1 <sack 1001:10001>
      +0  write 1000
      ${segments(11, 11, "all")}
      // This was sent after the segment was sent again, and has come: the segment has not.
      +.1 < . 1:1(0) ack 1 <sack 1001:11001>
      +0~.027 > . 1:1001(1000) ack 1 ; sack
      +.05 < . 1:1(0) ack 11001
      +9  state ESTABLISHED
      `,
      RENO,
    );
  });
});

describe("limited transmit", () => {
  it("sends a new segment on each of the first two duplicates, beyond the congestion window (RFC 3042, section 2)", () => {
    playScript(
      `
      ${connected({ options: "sackOK" })}
      +0 write 20000
      ${segments(1, 10, "more")}
      +.1 < . 1:1(0) ack 1 <sack 1001:2001>
      ${segments(11, 11, "more")}
      +0  < . 1:1(0) ack 1 <sack 1001:3001>
      ${segments(12, 12, "more")}
      +0  < . 1:1(0) ack 1 <sack 1001:4001>
      +0  > . 1:1001(1000) ack 1 ; sack
      +0  sender ssthresh 5000
      `,
      WITHOUT_RACK,
    );
  });

  it("does not go beyond the window of the receiver (RFC 3042, section 2)", () => {
    playScript(
      `
      ${connected({ window: 10_000 })}
      +0 write 20000
      ${segments(1, 10, "more")}
      +.1 < . 1:1(0) ack 1
      +0  < . 1:1(0) ack 1
      +0  < . 1:1(0) ack 1
      +0  > . 1:1001(1000) ack 1 ; fast
      `,
      { ...RENO, sack: false },
    );
  });
});

describe("a tail loss probe", () => {
  it("sends the last segment again after two round trips, and shows a loss before it (RFC 8985, section 7)", () => {
    playScript(
      `
      ${connected({ options: "sackOK" })}
      +0 write 4000
      ${segments(1, 4, "all")}
      +.2 > P. 3001:4001(1000) ack 1 ; tail-probe
      // All four were lost; what was sent again has come.
      +.1 < . 1:1(0) ack 1 <sack 3001:4001>
      +0~.027 > . 1:1001(1000) ack 1 ; sack
      +.05 anything
      `,
      RENO,
    );
  });

  it("sends what is new where there is some (RFC 8985, section 7.3)", () => {
    playScript(
      `
      ${connected({ options: "sackOK" })}
      +0 write 5000
      ${segments(1, 4, "more")}
      +.2 > P. 4001:5001(1000) ack 1 ; tail-probe
      +.1 < . 1:1(0) ack 5001
      +9  sender ssthresh none
      `,
      { ...RENO, initialWindow: 4 },
    );
  });

  it("is followed by the retransmission timeout, and not by another one (RFC 8985, section 7.2)", () => {
    playScript(
      `
      ${connected({ options: "sackOK" })}
      +0 write 2000
      ${segments(1, 2, "all")}
      +.2 > P. 1001:2001(1000) ack 1 ; tail-probe
      +.1~.3 > . 1:1001(1000) ack 1 ; timeout
      `,
      RENO,
    );
  });

  it("waits for a delayed acknowledgment where one segment is in flight, but not past the timeout (section 7.2)", () => {
    playScript(
      `
      ${connected({ options: "sackOK" })}
      +0 write 1000
      ${segments(1, 1, "all")}
      +.15~.3 > P. 1:1001(1000) ack 1 ; tail-probe
      `,
      RENO,
    );
  });

  it("halves the window where the probe itself repaired a loss, and not where it was a duplicate (section 7.4)", () => {
    const probed = `
      ${connected({ options: "sackOK" })}
      +0 write 4000
      ${segments(1, 4, "all")}
      +.1 < . 1:1(0) ack 3001
      +.15~.4 > P. 3001:4001(1000) ack 1 ; tail-probe
    `;
    // Only the probe came, which shows when something behind it is acknowledged, and no duplicate was told.
    playScript(
      `${probed}
      +.1 < . 1:1(0) ack 4001
      +0 write 1000
      ${segments(5, 5, "all")}
      +.1 < . 1:1(0) ack 5001
      +9 sender ssthresh 2000`,
      RENO,
    );
    // Both came, as the second acknowledgment says.
    playScript(
      `${probed}
      +.1 < . 1:1(0) ack 4001 <sack 3001:4001>
      +9 sender ssthresh none`,
      RENO,
    );
  });
});

describe("a timeout", () => {
  it("leaves one segment in flight, and everything behind it is sent again as it grows (RFC 5681, section 3.1)", () => {
    playScript(
      `
      ${connected()}
      +0 write 8000
      ${segments(1, 8, "all")}
      +.3 > . 1:1001(1000) ack 1 ; timeout
      +0  sender cwnd 1000 ssthresh 4000
      +.1 < . 1:1(0) ack 1001
      +0  > . 1001:2001(1000) ack 1 ; timeout
      +0  > . 2001:3001(1000) ack 1 ; timeout
      +.1 < . 1:1(0) ack 8001
      +9  state ESTABLISHED
      `,
      { ...RENO, sack: false },
    );
  });

  it("that was for nothing is undone when duplicates of all that was sent again are told (RFC 2883; RFC 4015)", () => {
    playScript(
      `
      ${connected({ options: "sackOK" })}
      +0 write 3000
      ${segments(1, 3, "all")}
      +.3 > . 1:1001(1000) ack 1 ; timeout
      +0  sender cwnd 1000 ssthresh 2000
      +.01 < . 1:1(0) ack 3001
      +.1 < . 1:1(0) ack 3001 <sack 1:1001>
      +0  sender ssthresh none
      +0  write 3000
      +0  > . 3001:4001(1000) ack 1 ; new
      +0  > . 4001:5001(1000) ack 1 ; new
      +0  > P. 5001:6001(1000) ack 1 ; new
      `,
      WITHOUT_RACK,
    );
  });

  it("that was for nothing is undone by time stamps that answer what was sent first (RFC 3522; RFC 4015)", () => {
    playScript(
      `
      ${connected({ options: "TS val 700 ecr @1" })}
      +.05 write 2000
      +0 > . 1:989(988) ack 1 <...>
      +0 > . 989:1977(988) ack 1 <...>
      +0 > P. 1977:2001(24) ack 1 <...>
      +.3 > . 1:989(988) ack 1 <...> ; timeout
      +0 sender ssthresh 1976~2000
      +.01 < . 1:1(0) ack 989 <TS val 1060 ecr @3>
      // Nothing else has to be sent again.
      +0 sender ssthresh none
      +.01 < . 1:1(0) ack 2001 <TS val 1070 ecr @4>
      +9 state ESTABLISHED
      `,
      { ...RENO, sack: false, timestamps: true },
    );
  });
});

describe("the congestion window", () => {
  it("is ten segments at first, and grows by what is acknowledged (RFC 6928; RFC 5681, section 3.1)", () => {
    playScript(
      `
      ${connected()}
      +0 write 30000
      ${segments(1, 10, "more")}
      +0 sender cwnd 10000
      +.1 < . 1:1(0) ack 1001
      ${segments(11, 12, "more")}
      +0  < . 1:1(0) ack 2001
      ${segments(13, 14, "more")}
      +0 sender cwnd 12000
      `,
      RENO,
    );
  });

  it("is one segment where the SYN was lost (RFC 6928, section 2)", () => {
    playScript(
      `
      +0 connect
      +0 > S 0:0(0) <...>
      +1 > S 0:0(0) <...> ; syn
      +.1 < S. 0:0(0) ack 1 win 60000 <mss 1000>
      +0 > . 1:1(0) ack 1
      +0 told opened
      +0 write 5000
      ${segments(1, 1, "more")}
      +.1 < . 1:1(0) ack 1001
      ${segments(2, 3, "more")}
      `,
      RENO,
    );
  });

  it("grows by one segment each round trip above the slow start threshold (RFC 5681, section 3.1)", () => {
    playScript(
      `
      ${connected({ options: "sackOK" })}
      +0 write 10000
      ${segments(1, 10, "all")}
      +.1 < . 1:1(0) ack 1 <sack 1001:4001>
      +0  > . 1:1001(1000) ack 1
      +.1 < . 1:1(0) ack 10001
      +0 sender cwnd 5000 ssthresh 5000
      +0 write 9000
      ${segments(11, 15, "more")}
      +.1 < . 1:1(0) ack 11001
      ${segments(16, 16, "more")}
      +0  < . 1:1(0) ack 12001
      ${segments(17, 17, "more")}
      +0  < . 1:1(0) ack 13001
      ${segments(18, 18, "more")}
      +0  < . 1:1(0) ack 14001
      ${segments(19, 19, "all")}
      +0 sender cwnd 5000~5800
      +0  < . 1:1(0) ack 15001
      +0 sender cwnd 5900~6000
      `,
      WITHOUT_RACK,
    );
  });

  it("is not more than before where nothing was sent for a timeout (RFC 5681, section 4.1)", () => {
    playScript(
      `
      ${connected()}
      +0 write 12000
      ${segments(1, 10, "more")}
      +.1 < . 1:1(0) ack 10001
      ${segments(11, 12, "all")}
      +.1 < . 1:1(0) ack 12001
      +0 sender cwnd 11000~20000
      +5 write 15000
      ${segments(13, 22, "more")}
      `,
      RENO,
    );
  });
});
