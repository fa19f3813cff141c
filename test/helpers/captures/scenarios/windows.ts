/** Receivers that have no room, senders that ask whether anybody is still there. */
import { HANDSHAKE, type Scenario } from "./scenario.ts";

export const WINDOW_SCENARIOS: readonly Scenario[] = [
  {
    name: "keep-alives with and without a byte",
    script: `${HANDSHAKE}
      +.010 > P. 1:101(100) ack 1
      +.020 < .  1:1(0) ack 101 win 512
      +45   > .  100:100(0) ack 1        ; keep_alive
      +.020 < .  1:1(0) ack 101          ; keep_alive_ack
      +45   > .  100:101(1) ack 1        ; keep_alive
      +.020 < .  1:1(0) ack 101          ; keep_alive_ack
      +45   > .  100:100(0) ack 1        ; keep_alive
      +75   > .  100:100(0) ack 1        ; keep_alive`,
  },
  {
    name: "keep-alives from both sides at once",
    script: `${HANDSHAKE}
      +.010 > P. 1:101(100) ack 1
      +.020 < P. 1:51(50) ack 101 win 512
      +.020 > .  101:101(0) ack 51
      +45   > .  100:100(0) ack 51         ; keep_alive
      +.001 < .  50:50(0) ack 101          ; keep_alive
      +.020 < .  51:51(0) ack 101          ; keep_alive_ack
      +.001 > .  101:101(0) ack 51         ; duplicate_ack`,
  },
  {
    name: "keep-alive right after the handshake",
    script: `${HANDSHAKE}
      +45   > .  0:0(0) ack 1          ; keep_alive
      +.020 < .  1:1(0) ack 1 win 512  ; window_update
      +45   < .  0:1(1) ack 1          ; keep_alive
      +.020 > .  1:1(0) ack 1          ; keep_alive_ack`,
  },
  {
    name: "zero window, probes with new data, window update",
    script: `${HANDSHAKE}
      +.010 > .  1:1001(1000) ack 1
      +.020 < .  1:1(0) ack 1001 win 0    ; zero_window
      +.200 > .  1001:1002(1) ack 1       ; zero_window_probe
      +.020 < .  1:1(0) ack 1001 win 0    ; zero_window, zero_window_probe_ack
      +.400 > .  1001:1002(1) ack 1       ; zero_window_probe
      +.020 < .  1:1(0) ack 1001 win 0    ; zero_window, zero_window_probe_ack
      +.500 < .  1:1(0) ack 1001 win 512  ; window_update
      +.001 > .  1001:2001(1000) ack 1
      +.020 < .  1:1(0) ack 2001 win 500`,
  },
  {
    name: "zero window, probes in the manner of Linux, without data",
    script: `${HANDSHAKE}
      +.010 > .  1:1001(1000) ack 1
      +.020 < .  1:1(0) ack 1001 win 0    ; zero_window
      +.200 > .  1000:1000(0) ack 1       ; keep_alive
      +.020 < .  1:1(0) ack 1001 win 0    ; zero_window
      +.400 > .  1000:1000(0) ack 1       ; keep_alive
      +.020 < .  1:1(0) ack 1001 win 0    ; zero_window
      +.500 < .  1:1(0) ack 1001 win 512  ; window_update`,
  },
  {
    name: "the byte of a zero-window probe taken",
    script: `${HANDSHAKE}
      +.010 > .  1:1001(1000) ack 1
      +.020 < .  1:1(0) ack 1001 win 0    ; zero_window
      +.200 > .  1001:1002(1) ack 1       ; zero_window_probe
      +.020 < .  1:1(0) ack 1002 win 0    ; ack_lost_segment, zero_window
      +.200 > .  1002:1003(1) ack 1       ; lost_segment
      +.020 < .  1:1(0) ack 1003 win 512  ; ack_lost_segment
      +.001 > .  1003:2003(1000) ack 1`,
  },
  {
    name: "window full, scaled",
    script: `
      +0    > S  0:0(0) win 65535 <mss 1460,wscale 7>
      +.020 < S. 0:0(0) ack 1 win 65535 <mss 1460,wscale 7>
      +.001 > .  1:1(0) ack 1 win 512
      +.001 < .  1:1(0) ack 1 win 16                         ; window_update
      +.001 > .  1:1001(1000) ack 1
      +.001 > .  1001:2049(1048) ack 1                       ; window_full
      +.020 < .  1:1(0) ack 2049 win 0                       ; zero_window
      +.200 > .  2049:2050(1) ack 1                          ; zero_window_probe
      +.020 < .  1:1(0) ack 2049 win 16                      ; window_update`,
  },
  {
    name: "window full, scale 0",
    script: `
      +0    > S  0:0(0) win 65535 <mss 1460,wscale 0>
      +.020 < S. 0:0(0) ack 1 win 2000 <mss 1460,wscale 0>
      +.001 > .  1:1(0) ack 1 win 65535
      +.001 > .  1:1001(1000) ack 1
      +.001 > .  1001:2001(1000) ack 1                      ; window_full
      +.020 < .  1:1(0) ack 2001`,
  },
  {
    name: "window full, neither side scales",
    script: `
      +0    > S  0:0(0) win 65535 <mss 1460>
      +.020 < S. 0:0(0) ack 1 win 2000 <mss 1460>
      +.001 > .  1:1(0) ack 1 win 65535
      +.001 > .  1:1001(1000) ack 1
      +.001 > .  1001:2001(1000) ack 1             ; window_full
      +.020 < .  1:1(0) ack 2001`,
  },
  {
    name: "window full, only one side offers to scale",
    script: `
      +0    > S  0:0(0) win 65535 <mss 1460,wscale 7>
      +.020 < S. 0:0(0) ack 1 win 2000 <mss 1460>
      +.001 > .  1:1(0) ack 1 win 65535
      +.001 > .  1:1001(1000) ack 1
      +.001 > .  1001:2001(1000) ack 1                 ; window_full
      +.020 < .  1:1(0) ack 2001`,
  },
  {
    name: "window full, but the scale is not known",
    script: `
      +0    > .  1:1(0) ack 1 win 65535
      +.001 < .  1:1(0) ack 1 win 2000
      +.001 > .  1:1001(1000) ack 1
      +.001 > .  1001:2001(1000) ack 1
      +.020 < .  1:1(0) ack 2001`,
  },
  {
    name: "window full, one byte beyond and one short",
    script: `
      +0    > S  0:0(0) win 65535 <mss 1460>
      +.020 < S. 0:0(0) ack 1 win 2000 <mss 1460>
      +.001 > .  1:1(0) ack 1 win 65535
      +.001 > .  1:2000(1999) ack 1
      +.001 > .  2000:2002(2) ack 1
      +.020 < .  1:1(0) ack 2002`,
  },
  {
    name: "window shrinks and grows while data is acknowledged",
    script: `${HANDSHAKE}
      +.010 > .  1:1001(1000) ack 1
      +.020 < .  1:1(0) ack 1001 win 400
      +.001 < .  1:1(0) ack 1001 win 200    ; window_update
      +.001 < .  1:1(0) ack 1001 win 0      ; zero_window
      +.001 < .  1:1(0) ack 1001 win 0      ; zero_window
      +.001 < P. 1:11(10) ack 1001 win 0    ; zero_window
      +.001 > .  1001:1001(0) ack 11
      +.001 < F. 11:11(0) ack 1001 win 0
      +.001 < .  12:12(0) ack 1001 win 300  ; window_update`,
  },
];
