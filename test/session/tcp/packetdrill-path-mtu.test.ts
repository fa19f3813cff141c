/** What a TCP does when the path says that it takes only so much (RFC 1191, section 6; RFC 8201, section 5.4). */
import { describe, it } from "vitest";
import { playScript } from "../../helpers/ends/endpoint-script.ts";
import { connected, segments } from "../../helpers/ends/opened-scripts.ts";

describe("path MTU discovery", () => {
  it("sends again in smaller segments, at once, and does not slow down (RFC 1191, section 6.4)", () => {
    playScript(
      `
      ${connected()}
      +0 write 2000
      ${segments(1, 2, "all")}
      +.05 path takes 600
      +0 > . 1:601(600) ack 1              ; path-mtu
      +0 > . 601:1001(400) ack 1           ; path-mtu
      +0 > . 1001:1601(600) ack 1          ; path-mtu
      +0 > P. 1601:2001(400) ack 1         ; path-mtu
      +0 sender cwnd 10000 ssthresh none
      +.1 < . 1:1(0) ack 2001
      +0 write 700
      +0 > . 2001:2601(600) ack 1          ; new
      +0 > P. 2601:2701(100) ack 1
      `,
    );
  });

  it("hears of a second, narrower place, and passes over what is no news", () => {
    playScript(
      `
      ${connected()}
      +0 write 1000
      ${segments(1, 1, "all")}
      +.05 path takes 600
      +0 > . 1:601(600) ack 1              ; path-mtu
      +0 > P. 601:1001(400) ack 1          ; path-mtu
      +.01 path takes 600
      +0 path takes 1400
      +.04 path takes 500
      +0 > . 1:501(500) ack 1              ; path-mtu
      +0 > . 501:601(100) ack 1            ; path-mtu
      +.1 < . 1:1(0) ack 1001
      `,
    );
  });

  it("leaves what is smaller alone, and takes the FIN along", () => {
    playScript(
      `
      ${connected()}
      +0 write 300
      +0 > P. 1:301(300) ack 1
      +.01 write 1000
      +0 > P. 301:1301(1000) ack 1
      +.01 shutdown
      +0 > F. 1301:1301(0) ack 1
      +.01 path takes 999
      +0 > . 301:1300(999) ack 1           ; path-mtu
      +0 > P. 1300:1301(1) ack 1           ; path-mtu
      +.1 < . 1:1(0) ack 1302
      +0 state FIN-WAIT-2
      `,
    );
  });

  it("counts the time stamps of each segment", () => {
    playScript(
      `
      ${connected({ options: "TS val 5 ecr 1" })}
      +0 write 988
      +0 > P. 1:989(988) ack 1 <...>
      +.05 path takes 600
      +0 > . 1:589(588) ack 1 <...>        ; path-mtu
      +0 > P. 589:989(400) ack 1 <...>     ; path-mtu
      `,
      { timestamps: true },
    );
  });

  it("sends no more than the window allows, and the rest with the acknowledgements", () => {
    playScript(
      `
      ${connected()}
      +0 write 2000
      +0 > . 1:1001(1000) ack 1
      +.05 path takes 500
      +0 > . 1:501(500) ack 1              ; path-mtu
      +0 > . 501:1001(500) ack 1           ; path-mtu
      +.1 < . 1:1(0) ack 1001
      +0 anything
      `,
      { initialWindow: 1, congestion: "reno" },
    );
  });
});
