import { describe, it } from "vitest";
import { playScript, TICKS_PER_SECOND } from "../../helpers/ends/endpoint-script.ts";
import { accepted, connected, segments } from "../../helpers/ends/opened-scripts.ts";

const SECOND = TICKS_PER_SECOND;

describe("the silly window", () => {
  it("is not filled by a sender: less than a segment and than half the largest window waits (RFC 9293, section 3.8.6.2.1)", () => {
    playScript(
      `
      ${connected({ window: 4000 })}
      +0 write 6000
      ${segments(1, 4, "more")}
      +.1 < . 1:1(0) ack 4001 win 500
      +.09 < . 1:1(0) ack 4001 win 4000
      ${segments(5, 6, "all")}
      `,
      { congestion: "reno" },
    );
  });

  it("is filled where half of the largest window is open (RFC 9293, section 3.8.6.2.1)", () => {
    playScript(
      `
      ${connected({ window: 800 })}
      +0 write 2000
      +0 > . 1:801(800) ack 1
      +.1 < . 1:1(0) ack 801 win 400
      +0 > . 801:1201(400) ack 1
      +.1 < . 1:1(0) ack 1201 win 800
      +0 > P. 1201:2001(800) ack 1
      `,
      { congestion: "reno" },
    );
  });

  it("is filled by what is left to send where nothing is in flight (RFC 9293, section 3.8.6.2.1)", () => {
    playScript(
      `
      ${connected({ window: 4000 })}
      +0 write 4300
      ${segments(1, 4, "more")}
      +.1 < . 1:1(0) ack 4001 win 500
      +0 > P. 4001:4301(300) ack 1
      `,
      { congestion: "reno" },
    );
  });

  it("is filled after a while even so, lest both ends wait for each other (RFC 9293, section 3.8.6.2.1)", () => {
    playScript(
      `
      ${connected({ window: 4000 })}
      +0 write 6000
      ${segments(1, 4, "more")}
      +.1 < . 1:1(0) ack 4001 win 500
      +.1~1 > . 4001:4501(500) ack 1
      `,
      { congestion: "reno" },
    );
  });

  const SLOW = { receiveBuffer: 4000, maximumSegmentSize: 1000, windowScale: false, delayedAcknowledgment: 0 };

  it("is not offered by a receiver: the edge moves by a segment at least (RFC 9293, section 3.8.6.2.2)", () => {
    playScript(
      `
      ${accepted()}
      +0 < . 1:1001(1000) ack 1
      +0 > . 1:1(0) ack 1001 win 3000
      +0 < . 1001:2001(1000) ack 1
      +0 > . 1:1(0) ack 2001 win 2000
      +0 < . 2001:3001(1000) ack 1
      +0 > . 1:1(0) ack 3001 win 1000
      +0 < P. 3001:4001(1000) ack 1
      +0 > . 1:1(0) ack 4001 win 0
      // One second after the opening it begins to read, and after one more, a segment has room.
      +1.9~3.1 > . 1:1(0) ack 4001 ; window-update
      +0 < P. 4001:5001(1000) ack 1
      +0 > . 1:1(0) ack 5001
      `,
      { ...SLOW, readPause: SECOND, readRate: 1000 },
    );
  });

  it("that a receiver closed does not take what is sent nevertheless, but is told again (RFC 9293, section 3.10.7.4)", () => {
    playScript(
      `
      ${accepted()}
      +0 < . 1:1001(1000) ack 1
      +0 > . 1:1(0) ack 1001 win 1000
      +0 < . 1001:2001(1000) ack 1
      +0 > . 1:1(0) ack 2001 win 0
      +0 < . 2001:2002(1) ack 1
      +0 > . 1:1(0) ack 2001 win 0
      +0 < . 2000:2000(0) ack 1
      +0 > . 1:1(0) ack 2001 win 0
      +0 read 0
      `,
      { ...SLOW, receiveBuffer: 2000, readRate: 0 },
    );
  });

  it("never shrinks: the edge that was offered stays (RFC 9293, section 3.8.6)", () => {
    playScript(
      `
      ${accepted()}
      +0 < . 1:501(500) ack 1
      +0 > . 1:1(0) ack 501 win 3500
      +0 < . 501:601(100) ack 1
      +0 > . 1:1(0) ack 601 win 3400
      +0 < . 601:602(1) ack 1
      +0 > . 1:1(0) ack 602 win 3399
      `,
      { ...SLOW, readRate: 0 },
    );
  });
});

describe("Nagle", () => {
  it("holds a short segment back while one is unacknowledged, and no full one (RFC 9293, section 3.7.4)", () => {
    playScript(
      `
      ${connected()}
      +0 write 300
      +0 > P. 1:301(300) ack 1
      +.01 write 200
      +.01 write 100
      +.08 < . 1:1(0) ack 301
      +0 > P. 301:601(300) ack 1
      +0 write 1500
      +0 > . 601:1601(1000) ack 1
      +.1 < . 1:1(0) ack 1601
      +0 > P. 1601:2101(500) ack 1
      `,
      { nagle: true, congestion: "reno" },
    );
  });

  it("waits for no acknowledgment where it is off", () => {
    playScript(
      `
      ${connected()}
      +0 write 300
      +0 > P. 1:301(300) ack 1
      +.01 write 200
      +0 > P. 301:501(200) ack 1
      +0 write 1
      +0 > P. 501:502(1) ack 1
      `,
      { congestion: "reno" },
    );
  });

  it("lets the last short segment go with the end of the stream (as Linux; RFC 9293, section 3.7.4)", () => {
    playScript(
      `
      ${connected()}
      +0 write 300
      +0 > P. 1:301(300) ack 1
      +0 write 200
      +0 shutdown
      +0 > FP. 301:501(200) ack 1
      `,
      { nagle: true, congestion: "reno" },
    );
  });
});

describe("an acknowledgment", () => {
  const HABITS = { delayedAcknowledgment: 0.2 * SECOND };
  /** Single segments, not far apart, so that whatever is acknowledged at once at first is over. */
  const settled = (count: number) =>
    Array.from({ length: count }, (_, index) => {
      const [start, end] = [1 + index * 100, 101 + index * 100];
      return `+.05 < P. ${start}:${end}(100) ack 1\n+0~.2 > . 1:1(0) ack ${end}`;
    }).join("\n");

  it("is put off for as long as the habit has it, and no longer than half a second (RFC 9293, section 3.8.6.3)", () => {
    playScript(
      `
      ${accepted()}
      ${settled(40)}
      +.05 < P. 4001:4101(100) ack 1
      +.2 > . 1:1(0) ack 4101
      `,
      HABITS,
    );
  });

  it("is sent at once for every second full segment (RFC 9293, section 3.8.6.3; RFC 5681, section 4.2)", () => {
    playScript(
      `
      ${accepted()}
      ${settled(40)}
      +.05 < . 4001:5461(1460) ack 1
      +0 < . 5461:6921(1460) ack 1
      +0 > . 1:1(0) ack 6921
      +0 < . 6921:8381(1460) ack 1
      +.1 < . 8381:9841(1460) ack 1
      +0 > . 1:1(0) ack 9841
      `,
      HABITS,
    );
  });

  it("goes with data that is sent meanwhile (RFC 9293, section 3.8.6.3)", () => {
    playScript(
      `
      ${accepted()}
      ${settled(40)}
      +.05 < P. 4001:4101(100) ack 1
      +.1 write 50
      +0 > P. 1:51(50) ack 4101
      +.1 < . 4101:4101(0) ack 51
      +9 state ESTABLISHED
      `,
      HABITS,
    );
  });

  it("is sent at once for what is out of order, and for what fills a gap (RFC 5681, section 4.2)", () => {
    playScript(
      `
      ${accepted()}
      ${settled(40)}
      +.05 < P. 4101:4201(100) ack 1
      +0 > . 1:1(0) ack 4001 ; duplicate-ack
      +0 < P. 4201:4301(100) ack 1
      +0 > . 1:1(0) ack 4001 ; duplicate-ack
      +0 < P. 4001:4101(100) ack 1
      +0 > . 1:1(0) ack 4301
      +0 read 4300
      `,
      HABITS,
    );
  });

  it("is sent at once for what came before (RFC 9293, section 3.10.7.4)", () => {
    playScript(
      `
      ${accepted()}
      ${settled(40)}
      +.05 < P. 3901:4001(100) ack 1
      +0 > . 1:1(0) ack 4001
      +0 read 4000
      `,
      HABITS,
    );
  });

  it("is never put off where the habit is not to (RFC 9293, section 3.8.6.3)", () => {
    playScript(
      `
      ${accepted()}
      +0 < P. 1:101(100) ack 1
      +0 > . 1:1(0) ack 101
      +0 < P. 101:201(100) ack 1
      +0 > . 1:1(0) ack 201
      `,
      { delayedAcknowledgment: 0 },
    );
  });

  it("tells of what is there behind gaps, the latest first (RFC 2018, section 4)", () => {
    playScript(
      `
      ${accepted({ options: "sackOK" })}
      +0 < . 1001:2001(1000) ack 1
      +0 > . 1:1(0) ack 1 <sack 1001:2001> ; duplicate-ack
      +0 < . 3001:4001(1000) ack 1
      +0 > . 1:1(0) ack 1 <sack 3001:4001 1001:2001>
      +0 < . 5001:6001(1000) ack 1
      +0 > . 1:1(0) ack 1 <sack 5001:6001 3001:4001 1001:2001>
      +0 < . 7001:8001(1000) ack 1
      +0 > . 1:1(0) ack 1 <sack 7001:8001 5001:6001 3001:4001 1001:2001>
      +0 < . 9001:10001(1000) ack 1
      +0 > . 1:1(0) ack 1 <sack 9001:10001 7001:8001 5001:6001 3001:4001>
      +0 < . 2001:3001(1000) ack 1
      +0 > . 1:1(0) ack 1 <sack 1001:4001 9001:10001 7001:8001 5001:6001>
      +0 < . 1:1001(1000) ack 1
      +0 > . 1:1(0) ack 4001 <sack 9001:10001 7001:8001 5001:6001>
      +0 read 4000
      `,
    );
  });

  it("tells of what came twice, first of all (RFC 2883, section 4)", () => {
    playScript(
      `
      ${accepted({ options: "sackOK" })}
      +0 < . 1:1001(1000) ack 1
      +0~.2 > . 1:1(0) ack 1001
      // Below what is acknowledged.
      +0 < . 1:1001(1000) ack 1
      +0 > . 1:1(0) ack 1001 <sack 1:1001>
      +0 < . 2001:3001(1000) ack 1
      +0 > . 1:1(0) ack 1001 <sack 2001:3001>
      // Inside of what is told anyway, which then stands behind it.
      +0 < . 2001:3001(1000) ack 1
      +0 > . 1:1(0) ack 1001 <sack 2001:3001 2001:3001>
      // In part.
      +0 < . 501:1501(1000) ack 1
      +0 > . 1:1(0) ack 1501 <sack 501:1001 2001:3001>
      +0 read 1500
      `,
    );
  });

  it("has no blocks for an end that does not know them (RFC 2018, section 2)", () => {
    playScript(`
      ${accepted()}
      +0 < . 1001:2001(1000) ack 1
      +0 > . 1:1(0) ack 1
    `);
    playScript(
      `
      +0 connect
      +0 > S 0:0(0) <mss 1460,wscale 0>
      +.1 < S. 0:0(0) ack 1 win 60000 <mss 1000>
      +0 > . 1:1(0) ack 1
      +0 < . 1001:2001(1000) ack 1
      +0 > . 1:1(0) ack 1
      `,
      { sack: false, receiveBuffer: 65_535 },
    );
  });
});

describe("PSH", () => {
  it("stands on the last segment of what there is to send (RFC 9293, section 3.9.1, MUST-61)", () => {
    playScript(
      `
      ${connected({ window: 3000 })}
      +0 write 4500
      ${segments(1, 3, "more")}
      +.1 < . 1:1(0) ack 3001
      +0 > . 3001:4001(1000) ack 1
      +0 > P. 4001:4501(500) ack 1
      `,
      { congestion: "reno" },
    );
  });
});
