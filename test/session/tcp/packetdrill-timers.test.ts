import { describe, it } from "vitest";
import { playScript, TICKS_PER_SECOND } from "../../helpers/ends/endpoint-script.ts";
import { accepted, connected, segments } from "../../helpers/ends/opened-scripts.ts";

const SECOND = TICKS_PER_SECOND;
/** The least timeout of RFC 6298 itself. */
const CAREFUL = { congestion: "reno", leastTimeout: SECOND } as const;

describe("the retransmission timeout", () => {
  it("is one second before anything was measured, doubles, and SYNs are given up after 127 s (RFC 6298, sections 2.1, 5.5)", () => {
    const again = [1, 2, 4, 8, 16, 32].map((wait) => `+${wait} > S 0:0(0) <...> ; syn`).join("\n");
    playScript(`
      +0 connect
      +0 > S 0:0(0) <...> ; syn
      ${again}
      +63.9 state SYN-SENT
      +.1 told timed-out
      +0 state CLOSED
      +900 state CLOSED
    `);
  });

  it("gives up SYN/ACKs after 63 s, and listens again (RFC 9293, section 3.8.3)", () => {
    const again = [1, 2, 4, 8, 16].map((wait) => `+${wait} > S. 0:0(0) ack 1 <...> ; syn`).join("\n");
    playScript(`
      +0 listen
      +0 < S 0:0(0) win 60000 <mss 1000>
      +0 > S. 0:0(0) ack 1 <...>
      ${again}
      +100 told timed-out
    `);
  });

  it("is 1, 2, 4 s, and begins anew when something new was measured (RFC 6298, sections 2.4, 5.5 and 5.7)", () => {
    playScript(
      `
      ${connected({ roundTrip: 0 })}
      +0 write 1000
      ${segments(1, 1, "all")}
      +1 > P. 1:1001(1000) ack 1 ; timeout
      +2 > P. 1:1001(1000) ack 1 ; timeout
      +4 > P. 1:1001(1000) ack 1 ; timeout
      +.1 < . 1:1(0) ack 1001
      // Karn: this says nothing of the round trip, so that the doubled timeout stays for what comes next (section 3).
      +0 write 1000
      ${segments(2, 2, "all")}
      +8 > P. 1001:2001(1000) ack 1 ; timeout
      +0 < . 1:1(0) ack 2001
      +0 write 1000
      ${segments(3, 3, "all")}
      +0 < . 1:1(0) ack 3001
      // And this does.
      +0 write 1000
      ${segments(4, 4, "all")}
      +1 > P. 3001:4001(1000) ack 1 ; timeout
      `,
      CAREFUL,
    );
  });

  it("follows what is measured: SRTT and four times its variation (RFC 6298, section 2)", () => {
    playScript(
      `
      ${connected({ roundTrip: 0.8 })}
      // R = 0.8: SRTT = 0.8, RTTVAR = 0.4.
      +0 sender srtt .8 rto 2.4
      +0 write 1000
      ${segments(1, 1, "all")}
      +1.6 < . 1:1(0) ack 1001
      // R = 1.6: RTTVAR = 3/4 0.4 + 1/4 |0.8 - 1.6| = 0.5, SRTT = 7/8 0.8 + 1/8 1.6 = 0.9.
      +0 sender srtt .9 rto 2.9
      +0 write 1000
      ${segments(2, 2, "all")}
      +2.9 > P. 1001:2001(1000) ack 1 ; timeout
      `,
      { congestion: "reno", leastTimeout: 0.2 * SECOND },
    );
  });

  it("is at least as long as the habit has it", () => {
    playScript(
      `
      ${connected({ roundTrip: 0.001 })}
      +0 write 1000
      ${segments(1, 1, "all")}
      +1~1.001 > P. 1:1001(1000) ack 1 ; timeout
      `,
      CAREFUL,
    );
  });

  it("begins again when something new is acknowledged, and not when nothing is (RFC 6298, section 5.3)", () => {
    playScript(
      `
      ${connected()}
      +0 write 3000
      ${segments(1, 3, "all")}
      +.2 < . 1:1(0) ack 1001
      +.1 < . 1:1(0) ack 1001
      +0~.5 > . 1001:2001(1000) ack 1 ; timeout
      `,
      { ...CAREFUL, leastTimeout: 0.2 * SECOND, sack: false },
    );
    playScript(
      `
      ${connected({ roundTrip: 0 })}
      +0 write 3000
      ${segments(1, 3, "all")}
      +.6 < . 1:1(0) ack 1001
      +.9 < . 1:1(0) ack 1001
      // R = 0.6: SRTT = 0.075, and four times the variation is 0.6, less than the least.
      +.1~.175 > . 1001:2001(1000) ack 1 ; timeout
      `,
      { ...CAREFUL, sack: false },
    );
  });

  it("is three seconds after a SYN that had to be sent again (RFC 6298, section 5.7)", () => {
    playScript(
      `
      +0 connect
      +0 > S 0:0(0) <...>
      +1 > S 0:0(0) <...>
      +.1 < S. 0:0(0) ack 1 win 60000 <mss 1000>
      +0 > . 1:1(0) ack 1
      +0 sender rto 3
      +0 write 1000
      ${segments(1, 1, "all")}
      +3 > P. 1:1001(1000) ack 1 ; timeout
      `,
      CAREFUL,
    );
  });

  it("grows to no more than the habit has it, and the connection is given up (RFC 6298, section 2.5; RFC 9293, section 3.8.3)", () => {
    playScript(
      `
      ${connected({ roundTrip: 0 })}
      +0 write 1000
      ${segments(1, 1, "all")}
      +1 > P. 1:1001(1000) ack 1 ; timeout
      +2 > P. 1:1001(1000) ack 1 ; timeout
      +3 > P. 1:1001(1000) ack 1 ; timeout
      +3 > P. 1:1001(1000) ack 1 ; timeout
      +2.9 state ESTABLISHED
      +.1 anything
      +0 told timed-out
      +0 state CLOSED
      +900 state CLOSED
      `,
      { ...CAREFUL, largestTimeout: 3 * SECOND, dataRetries: 4 },
    );
  });

  it("measures with time stamps even what was sent again (RFC 7323, section 4)", () => {
    playScript(
      `
      ${connected({ options: "TS val 700 ecr @1", roundTrip: 0.1 })}
      +0 write 988
      +0 > P. 1:989(988) ack 1 <...>
      +1~1.3 > P. 1:989(988) ack 1 <...> ; timeout
      +.1 < . 1:1(0) ack 989 <TS val 2300 ecr @4>
      +0 write 988
      +0 > P. 989:1977(988) ack 1 <...>
      +1~1.3 > P. 989:1977(988) ack 1 <...> ; timeout
      `,
      { ...CAREFUL, timestamps: true },
    );
  });
});

describe("a window of zero", () => {
  const closed = (probe: string) => `
    ${connected({ window: 2000 })}
    +0 write 3000
    ${segments(1, 2, "more")}
    +.1 < . 1:1(0) ack 2001 win 0
    +.3 > ${probe} ; window-probe
  `;
  const PROBE = ". 2000:2000(0) ack 1";

  it("is asked about after a timeout, and then at intervals that double (RFC 9293, section 3.8.6.1)", () => {
    playScript(
      `
      ${closed(PROBE)}
      +0 < . 1:1(0) ack 2001 win 0
      +.6 > ${PROBE} ; window-probe
      +0 < . 1:1(0) ack 2001 win 0
      +1.2 > ${PROBE} ; window-probe
      +0 < . 1:1(0) ack 2001 win 0
      +1 < . 1:1(0) ack 2001 win 5000
      ${segments(3, 3, "all")}
      +.1 < . 1:1(0) ack 3001 win 5000
      +900 state ESTABLISHED
      `,
      { congestion: "reno" },
    );
  });

  it("is asked about for ever, while answers come (RFC 9293, section 3.8.6.1)", () => {
    const longest = `
      +0 < . 1:1(0) ack 2001 win 0
      +10 > ${PROBE} ; window-probe
    `;
    playScript(
      `
      ${closed(PROBE)}
      +0 < . 1:1(0) ack 2001 win 0
      +.6 > ${PROBE}
      +0 < . 1:1(0) ack 2001 win 0
      +1.2 > ${PROBE}
      +0 < . 1:1(0) ack 2001 win 0
      +2.4 > ${PROBE}
      +0 < . 1:1(0) ack 2001 win 0
      +4.8 > ${PROBE}
      +0 < . 1:1(0) ack 2001 win 0
      +9.6 > ${PROBE}
      ${longest.repeat(100)}
      +0 state ESTABLISHED
      `,
      { congestion: "reno", largestTimeout: 10 * SECOND },
    );
  });

  it("is no reason to wait for an acknowledgment that is under way", () => {
    playScript(
      `
      ${connected({ window: 2000 })}
      +0 write 3000
      ${segments(1, 2, "more")}
      +.1 < . 1:1(0) ack 1001 win 0
      // One segment is still in flight, whose timer runs.
      +.3 > . 1001:2001(1000) ack 1 ; timeout
      +.1 < . 1:1(0) ack 2001 win 3000
      ${segments(3, 3, "all")}
      `,
      { congestion: "reno" },
    );
  });
});

describe("keep-alives", () => {
  const HABITS = { keepAlive: 10 * SECOND, keepAliveInterval: 5 * SECOND, keepAliveProbes: 3 };
  const PROBE = ". 0:0(0) ack 1";

  it("come after the idle time, each time that it has passed since the last word (RFC 9293, section 3.8.4)", () => {
    playScript(
      `
      ${connected()}
      +10 > ${PROBE} ; keep-alive
      +.1 < . 1:1(0) ack 1
      +10 > ${PROBE} ; keep-alive
      +.1 < . 1:1(0) ack 1
      +4 < P. 1:101(100) ack 1
      +0~.2 > . 1:1(0) ack 101
      +9.8~10 > . 0:0(0) ack 101 ; keep-alive
      +.1 < . 101:101(0) ack 1
      +1 state ESTABLISHED
      `,
      HABITS,
    );
  });

  it("give the connection up when none of them is answered (RFC 9293, section 3.8.4)", () => {
    playScript(
      `
      ${connected()}
      +10 > ${PROBE} ; keep-alive
      +5  > ${PROBE} ; keep-alive
      +5  > ${PROBE} ; keep-alive
      +4.9 state ESTABLISHED
      +.1 anything
      +0 told timed-out
      +0 state CLOSED
      `,
      HABITS,
    );
  });

  it("are answered by any end (RFC 9293, section 3.10.7.4)", () => {
    playScript(`
      ${accepted()}
      +7200 < . 0:0(0) ack 1
      +0 > . 1:1(0) ack 1
      +75 < . 0:1(1) ack 1
      +0 > . 1:1(0) ack 1 <...>
      +0 read 0
      +900 state ESTABLISHED
    `);
  });

  it("are not sent unless somebody asked for them (RFC 9293, section 3.8.4, MUST-25)", () => {
    playScript(`${connected()}\n+1000000 state ESTABLISHED`);
  });
});
