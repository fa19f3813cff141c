/** How connections begin, end, and follow each other; and those that do neither. */
import { HANDSHAKE, type Scenario } from "./scenario.ts";

export const LIFETIME_SCENARIOS: readonly Scenario[] = [
  {
    name: "nothing wrong",
    script: `${HANDSHAKE}
      +.001 > P. 1:101(100) ack 1
      +.020 < .  1:1(0) ack 101 win 512
      +.001 < P. 1:1001(1000) ack 101
      +.020 > .  101:101(0) ack 1001
      +.001 > F. 101:101(0) ack 1001
      +.020 < F. 1001:1001(0) ack 102
      +.001 > .  102:102(0) ack 1002`,
  },
  {
    name: "every frame twice, as on a loopback interface",
    script: `
      +0    > S  0:0(0) win 65535 <mss 1460,wscale 7>
      +.000001 > S  0:0(0) win 65535 <mss 1460,wscale 7>        ; retransmission
      +.000010 < S. 0:0(0) ack 1 win 65535 <mss 1460,wscale 7>
      +.000001 < S. 0:0(0) ack 1 win 65535 <mss 1460,wscale 7>  ; retransmission
      +.000010 > .  1:1(0) ack 1 win 512
      +.000001 > .  1:1(0) ack 1 win 512                        ; duplicate_ack
      +.000010 > P. 1:101(100) ack 1
      +.000001 > P. 1:101(100) ack 1                            ; retransmission
      +.000010 < .  1:1(0) ack 101 win 512
      +.000001 < .  1:1(0) ack 101                              ; duplicate_ack
      +.000010 > F. 101:101(0) ack 1
      +.000001 > F. 101:101(0) ack 1                            ; retransmission
      +.000010 < F. 1:1(0) ack 102
      +.000001 < F. 1:1(0) ack 102                              ; retransmission
      +.000010 > .  102:102(0) ack 2
      +.000001 > .  102:102(0) ack 2                            ; duplicate_ack`,
  },
  {
    name: "reset with and without acknowledgment, and what follows it",
    script: `${HANDSHAKE}
      +.010 > P. 1:101(100) ack 1
      +.020 < R. 1:1(0) ack 101 win 0
      +.001 > R  101:101(0) win 0
      +.010 > P. 101:201(100) ack 1 win 512
      +.020 < R  1:1(0) win 0`,
  },
  {
    name: "SYN answered by a reset, tried again",
    script: `
      +0    > S  0:0(0) win 65535 <mss 1460>
      +.001 < R. 0:0(0) ack 1 win 0
      +.500 > S  0:0(0) win 65535 <mss 1460>  ; retransmission
      +.001 < R. 0:0(0) ack 1 win 0`,
  },
  {
    name: "SYN sent again, without an answer",
    script: `
      +0    > S  0:0(0) win 65535 <mss 1460>
      +1    > S  0:0(0) <mss 1460>            ; retransmission
      +2    > S  0:0(0) <mss 1460>            ; retransmission
      +4    > S  0:0(0) <mss 1460>            ; retransmission`,
  },
  {
    name: "SYN/ACK sent again",
    script: `
      +0    > S  0:0(0) win 65535 <mss 1460>
      +.020 < S. 0:0(0) ack 1 win 65535 <mss 1460>
      +1    < S. 0:0(0) ack 1 <mss 1460>            ; retransmission
      +.001 > .  1:1(0) ack 1
      +.001 > .  1:1(0) ack 1                       ; duplicate_ack`,
  },
  {
    name: "SYN/ACK with another initial sequence number",
    script: `
      +0    > S  0:0(0) win 65535 <mss 1460>
      +.020 < S. 0:0(0) ack 1 win 65535 <mss 1460>
      isn < 9000000
      +.500 < S. 0:0(0) ack 1 win 65535 <mss 1460>  ; lost_segment, reused_ports
      +.001 > .  1:1(0) ack 1                       ; ack_lost_segment
      +.001 > P. 1:101(100) ack 1
      +.020 < .  1:1(0) ack 101`,
  },
  {
    name: "ports used again with another initial sequence number",
    script: `${HANDSHAKE}
      +.010 > F. 1:1(0) ack 1
      +.020 < F. 1:1(0) ack 2 win 512
      +.001 > .  2:2(0) ack 2
      isn > 77000000
      isn < 88000000
      +.100 > S  0:0(0) win 65535 <mss 1460,wscale 7>        ; reused_ports
      +.020 < S. 0:0(0) ack 1 win 65535 <mss 1460,wscale 7>
      +.001 > .  1:1(0) ack 1 win 512
      +.001 > P. 1:101(100) ack 1
      +.020 < .  1:1(0) ack 101 win 512`,
  },
  {
    name: "ports used again with the same initial sequence number",
    script: `${HANDSHAKE}
      +.010 > P. 1:101(100) ack 1
      +.020 < F. 1:1(0) ack 101 win 512
      +.001 > F. 101:101(0) ack 2
      +.020 < .  2:2(0) ack 102
      +.100 > S  0:0(0) win 65535 <mss 1460,wscale 7>        ; retransmission
      +.020 < S. 0:0(0) ack 1 win 65535 <mss 1460,wscale 7>  ; retransmission
      +.001 > .  1:1(0) ack 1 win 512
      +.001 > P. 1:101(100) ack 1                            ; retransmission`,
  },
  {
    name: "simultaneous open",
    script: `
      +0    > S  0:0(0) win 65535 <mss 1460,wscale 7>
      +.001 < S  0:0(0) win 65535 <mss 1460,wscale 7>
      +.010 > S. 0:0(0) ack 1                          ; retransmission
      +.001 < S. 0:0(0) ack 1                          ; retransmission
      +.010 > .  1:1(0) ack 1 win 512                  ; window_update
      +.001 < .  1:1(0) ack 1 win 512                  ; window_update`,
  },
  {
    name: "simultaneous close",
    script: `${HANDSHAKE}
      +.010 > F. 1:1(0) ack 1
      +.001 < F. 1:1(0) ack 1 win 512
      +.010 > .  2:2(0) ack 2
      +.001 < .  2:2(0) ack 2`,
  },
  {
    name: "half-closed: data after the other side's FIN, FIN sent again",
    script: `${HANDSHAKE}
      +.010 > F. 1:1(0) ack 1
      +.020 < .  1:1(0) ack 2 win 512
      +.010 < P. 1:1001(1000) ack 2
      +.020 > .  2:2(0) ack 1001
      +.010 < F. 1001:1001(0) ack 2
      +.300 < F. 1001:1001(0) ack 2    ; retransmission
      +.001 > .  2:2(0) ack 1002
      +.001 > .  2:2(0) ack 1002       ; duplicate_ack`,
  },
  {
    name: "begins and ends in the middle",
    script: `
      +0    < P. 5001:6001(1000) ack 301 win 512
      +.020 > .  301:301(0) ack 6001 win 512
      +.010 > P. 301:401(100) ack 6001
      +.020 < .  6001:6001(0) ack 401`,
  },
  {
    name: "data in the SYN",
    script: `
      +0    > S  0:100(100) win 65535 <mss 1460,wscale 7>
      +.020 < S. 0:0(0) ack 101 win 65535 <mss 1460,wscale 7>
      +.001 > .  101:101(0) ack 1 win 512
      +.001 < P. 1:51(50) ack 101 win 512`,
  },
  {
    name: "data in the SYN, not taken",
    script: `
      +0    > S  0:100(100) win 65535 <mss 1460,wscale 7>
      +.020 < S. 0:0(0) ack 1 win 65535 <mss 1460,wscale 7>
      +.001 > .  1:101(100) ack 1 win 512                    ; retransmission
      +.020 < .  1:1(0) ack 101 win 512`,
  },
  {
    name: "urgent data",
    script: `${HANDSHAKE}
      +.010 > PU. 1:11(10) ack 1 win 512 urg 10
      +.020 < .  1:1(0) ack 11 win 512`,
  },
  {
    name: "composed by a student: same numbers in every packet, one direction, no handshake",
    script: `
      isn > 0
      isn < 0
      +0 > P. 0:20(20) ack 0 win 8192
      +1 > P. 0:35(35) ack 0           ; retransmission
      +1 > P. 0:20(20) ack 0           ; retransmission
      +1 > P. 0:10(10) ack 0           ; retransmission
      +1 > P. 0:1(1) ack 0             ; retransmission
      +1 > P. 0:0(0) ack 0`,
  },
  {
    name: "composed by a student: same numbers, both directions, no acknowledgment flag",
    script: `
      isn > 0
      isn < 0
      +0 > P 0:20(20) win 8192
      +1 < P 0:35(35) win 8192
      +1 > P 0:20(20)           ; retransmission
      +1 < P 0:35(35)           ; retransmission
      +1 > S 0:20(20)           ; reused_ports
      +1 > - 0:20(20)           ; retransmission
      +1 < - 0:0(0)             ; window_update`,
  },
  {
    name: "segments of a loopback interface",
    script: `
      +0    > S  0:0(0) win 65495 <mss 65495,wscale 7>
      +.000010 < S. 0:0(0) ack 1 win 65483 <mss 65495,wscale 7>
      +.000010 > .  1:1(0) ack 1 win 512
      +.000010 > .  1:65484(65483) ack 1                         ; window_full
      +.000010 < .  1:1(0) ack 65484 win 512
      +.000010 > .  65484:130967(65483) ack 1
      +.000010 < .  1:1(0) ack 130967 win 0                      ; zero_window
      +.200    < .  1:1(0) ack 130967 win 512                    ; window_update`,
  },
];
