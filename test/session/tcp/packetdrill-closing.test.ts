import { describe, it } from "vitest";
import { playScript, TICKS_PER_SECOND } from "../../helpers/ends/endpoint-script.ts";
import { accepted, connected, segments } from "../../helpers/ends/opened-scripts.ts";

const RENO = { congestion: "reno" } as const;

describe("the close", () => {
  it("by this side first ends in TIME-WAIT (RFC 9293, section 3.6, figure 12)", () => {
    playScript(
      `
      ${connected()}
      +0 shutdown
      +0 > F. 1:1(0) ack 1 ; fin
      +0 state FIN-WAIT-1
      +.1 < . 1:1(0) ack 2
      +0 state FIN-WAIT-2
      +.1 < F. 1:1(0) ack 2
      +0 > . 2:2(0) ack 2
      +0 state TIME-WAIT
      +0 told end-of-stream
      +0 told closed
      +59.9 state TIME-WAIT
      +.1 state CLOSED
      +900 state CLOSED
      `,
    );
  });

  it("by the other side first ends with its last acknowledgment (RFC 9293, section 3.6, figure 12)", () => {
    playScript(
      `
      ${accepted()}
      +1 < F. 1:1(0) ack 1
      +0 > . 1:1(0) ack 2
      +0 state CLOSE-WAIT
      +0 told end-of-stream
      +1 close
      +0 > F. 1:1(0) ack 2 ; fin
      +0 state LAST-ACK
      +.1 < . 2:2(0) ack 2
      +0 state CLOSED
      +0 told closed
      +900 state CLOSED
      `,
    );
  });

  it("may be at the same time from both sides (RFC 9293, section 3.6, figure 13)", () => {
    playScript(
      `
      ${connected()}
      +0 close
      +0 > F. 1:1(0) ack 1
      +.05 < F. 1:1(0) ack 1
      +0 > . 2:2(0) ack 2
      +0 state CLOSING
      +.05 < . 2:2(0) ack 2
      +0 state TIME-WAIT
      +60 state CLOSED
      `,
    );
  });

  it("may be answered by a FIN that acknowledges at once (RFC 9293, section 3.10.7.4)", () => {
    playScript(
      `
      ${connected()}
      +0 close
      +0 > F. 1:1(0) ack 1
      +.1 < F. 1:1(0) ack 2
      +0 > . 2:2(0) ack 2
      +0 state TIME-WAIT
      `,
    );
  });

  it("waits for what was written before (RFC 9293, section 3.10.4)", () => {
    playScript(
      `
      ${connected({ window: 2000 })}
      +0 write 2500
      ${segments(1, 2, "more")}
      +0 close
      +.1 < . 1:1(0) ack 2001
      +0 > FP. 2001:2501(500) ack 1
      +0 state FIN-WAIT-1
      +.1 < . 1:1(0) ack 2502
      +0 state FIN-WAIT-2
      `,
      RENO,
    );
  });

  it("is sent again like any segment (RFC 9293, section 3.8.1)", () => {
    playScript(
      `
      ${connected()}
      +0 close
      +0 > F. 1:1(0) ack 1
      +.3 > F. 1:1(0) ack 1 ; timeout
      +.6 > F. 1:1(0) ack 1 ; timeout
      +.1 < . 1:1(0) ack 2
      +0 state FIN-WAIT-2
      `,
      RENO,
    );
  });

  it("that comes out of order waits for the data before it (RFC 9293, section 3.10.7.4)", () => {
    playScript(
      `
      ${accepted()}
      +0 < FP. 501:1001(500) ack 1
      +0 > . 1:1(0) ack 1 ; duplicate-ack
      +0 state ESTABLISHED
      +0 < . 1:501(500) ack 1
      +0 > . 1:1(0) ack 1002
      +0 read 1000
      +0 state CLOSE-WAIT
      +0 told end-of-stream
      `,
    );
  });
});

describe("half a close", () => {
  it("lets the other side go on sending (RFC 9293, section 3.6.1)", () => {
    playScript(
      `
      ${connected()}
      +0 shutdown
      +0 > F. 1:1(0) ack 1
      +.1 < . 1:1(0) ack 2
      +100 < P. 1:1001(1000) ack 2
      +0~.5 > . 2:2(0) ack 1001
      +0 read 1000
      +100 < FP. 1001:1501(500) ack 2
      +0 > . 2:2(0) ack 1502
      +0 read 1500
      +0 told end-of-stream
      +0 told closed
      +0 state TIME-WAIT
      `,
    );
  });

  it("lets this side go on sending (RFC 9293, section 3.6, case 2)", () => {
    playScript(
      `
      ${connected()}
      +0 < F. 1:1(0) ack 1
      +0 > . 1:1(0) ack 2
      +0 told end-of-stream
      +100 write 2000
      +0 > . 1:1001(1000) ack 2
      +0 > P. 1001:2001(1000) ack 2
      +.1 < . 2:2(0) ack 2001
      +0 shutdown
      +0 > F. 2001:2001(0) ack 2
      +.1 < . 2:2(0) ack 2002
      +0 told closed
      +0 state CLOSED
      `,
      RENO,
    );
  });
});

describe("TIME-WAIT", () => {
  const waiting = `
    ${connected()}
    +0 shutdown
    +0 > F. 1:1(0) ack 1
    +.1 < F. 1:1(0) ack 2
    +0 > . 2:2(0) ack 2
    +0 state TIME-WAIT
  `;
  const HABITS = { timeWait: 60 * TICKS_PER_SECOND };

  it("acknowledges a FIN that comes again, and lasts anew from then on (RFC 9293, section 3.10.7.4)", () => {
    playScript(
      `
      ${waiting}
      +50 < F. 1:1(0) ack 2
      +0 > . 2:2(0) ack 2
      +59 state TIME-WAIT
      +1 state CLOSED
      `,
      HABITS,
    );
  });

  it("does not end with a reset, nor with old data (RFC 1337, section 3; RFC 9293, section 3.10.7.4)", () => {
    playScript(
      `
      ${waiting}
      +1 < P. 0:1(1) ack 2
      +0 > . 2:2(0) ack 2
      +58 state TIME-WAIT
      `,
      HABITS,
    );
  });

  it("lasts as long as the habit has it: four minutes are the standard's (RFC 9293, section 3.4.2)", () => {
    playScript(`${waiting}\n+239.9 state TIME-WAIT\n+.1 state CLOSED`, { timeWait: 240 * TICKS_PER_SECOND });
  });
});
