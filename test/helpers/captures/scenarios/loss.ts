/** Segments that get lost, come late, come again or come out of order. */
import { HANDSHAKE, type Scenario } from "./scenario.ts";

export const LOSS_SCENARIOS: readonly Scenario[] = [
  {
    name: "segment lost before the tap, sent again after a timeout",
    script: `${HANDSHAKE}
      +.010 > .  1:1001(1000) ack 1
      +.000100 > P. 2001:3001(1000) ack 1                  ; lost_segment
      +.020 < .  1:1(0) ack 1001 win 512 <sack 2001:3001>
      +.300 > .  1001:2001(1000) ack 1                     ; retransmission
      +.020 < .  1:1(0) ack 3001`,
  },
  {
    name: "segment lost after the tap, sent again after a timeout, twice",
    script: `${HANDSHAKE}
      +.010 > P. 1:101(100) ack 1
      +.200 > P. 1:101(100) ack 1        ; retransmission
      +.400 > P. 1:101(100) ack 1        ; retransmission
      +.020 < .  1:1(0) ack 101 win 512`,
  },
  {
    name: "fast retransmission after three duplicate acknowledgments",
    script: `${HANDSHAKE}
      +.010 > . 1:1001(1000) ack 1
      +.000100 > . 1001:2001(1000) ack 1
      +.000100 > . 2001:3001(1000) ack 1
      +.000100 > . 3001:4001(1000) ack 1
      +.000100 > . 4001:5001(1000) ack 1
      +.020 < .  1:1(0) ack 1001 win 512
      +.000100 < .  1:1(0) ack 1001 <sack 2001:3001>  ; duplicate_ack
      +.000100 < .  1:1(0) ack 1001 <sack 2001:4001>  ; duplicate_ack
      +.000100 < .  1:1(0) ack 1001 <sack 2001:5001>  ; duplicate_ack
      +.000100 > . 1001:2001(1000) ack 1              ; fast_retransmission
      +.020 < .  1:1(0) ack 5001`,
  },
  {
    name: "three duplicate acknowledgments, but sent again too late to be fast",
    script: `${HANDSHAKE}
      +.010 > . 1:1001(1000) ack 1
      +.000100 > . 1001:2001(1000) ack 1
      +.000100 > . 2001:3001(1000) ack 1
      +.020 < .  1:1(0) ack 1001 win 512
      +.000100 < .  1:1(0) ack 1001       ; duplicate_ack
      +.000100 < .  1:1(0) ack 1001       ; duplicate_ack
      +.000100 < .  1:1(0) ack 1001       ; duplicate_ack
      +.021 > . 1001:2001(1000) ack 1     ; retransmission
      +.020 < .  1:1(0) ack 3001`,
  },
  {
    name: "one duplicate acknowledgment is not enough to be fast",
    script: `${HANDSHAKE}
      +.010 > . 1:1001(1000) ack 1
      +.000100 > . 1001:2001(1000) ack 1
      +.030 > . 2001:3001(1000) ack 1
      +.020 < .  1:1(0) ack 1001 win 512
      +.000100 < .  1:1(0) ack 1001       ; duplicate_ack
      +.001 > . 1001:2001(1000) ack 1     ; retransmission
      +.020 < .  1:1(0) ack 3001`,
  },
  {
    name: "sent again though acknowledged",
    script: `${HANDSHAKE}
      +.010 > P. 1:101(100) ack 1
      +.020 < .  1:1(0) ack 101 win 512
      +.300 > P. 1:101(100) ack 1        ; spurious_retransmission
      +.020 < .  1:1(0) ack 101          ; duplicate_ack`,
  },
  {
    name: "out of order by microseconds",
    script: `${HANDSHAKE}
      +.010 > . 1:1001(1000) ack 1
      +.000005 > . 2001:3001(1000) ack 1  ; lost_segment
      +.000005 > . 1001:2001(1000) ack 1  ; out_of_order
      +.020 < .  1:1(0) ack 3001 win 512`,
  },
  {
    name: "out of order within a round trip, three segments late",
    script: `${HANDSHAKE}
      +.010 > . 1:1001(1000) ack 1
      +.005 > . 2001:3001(1000) ack 1     ; lost_segment
      +.005 > . 3001:4001(1000) ack 1
      +.005 > . 1001:2001(1000) ack 1     ; out_of_order
      +.020 < .  1:1(0) ack 4001 win 512`,
  },
  {
    name: "out of order beyond a round trip",
    script: `${HANDSHAKE}
      +.010 > . 1:1001(1000) ack 1
      +.005 > . 2001:3001(1000) ack 1     ; lost_segment
      +.022 > . 1001:2001(1000) ack 1     ; retransmission
      +.020 < .  1:1(0) ack 3001 win 512`,
  },
  {
    name: "out of order without a handshake: three milliseconds",
    script: `
      +0    > . 1:1001(1000) ack 1 win 512
      +.001 > . 2001:3001(1000) ack 1       ; lost_segment
      +.002 > . 1001:2001(1000) ack 1       ; out_of_order
      +.001 > . 4001:5001(1000) ack 1       ; lost_segment
      +.004 > . 3001:4001(1000) ack 1       ; retransmission`,
  },
  {
    name: "acknowledgment of a segment that the tap missed",
    script: `${HANDSHAKE}
      +.010 > P. 1:101(100) ack 1
      +.020 < .  1:1(0) ack 1101 win 512  ; ack_lost_segment
      +.010 > P. 1101:1201(100) ack 1     ; lost_segment
      +.020 < .  1:1(0) ack 1201          ; ack_lost_segment`,
  },
  {
    name: "sequence numbers wrap",
    script: `
      isn > 4294967000
      isn < 4294966000
      ${HANDSHAKE}
      +.010 > .  1:201(200) ack 1
      +.001 > .  201:401(200) ack 1
      +.020 < .  1:1(0) ack 401 win 512
      +.001 < .  1:1001(1000) ack 401
      +.001 < .  2001:3001(1000) ack 401  ; lost_segment
      +.001 < .  1001:2001(1000) ack 401  ; out_of_order
      +.020 > .  401:401(0) ack 3001
      +.300 > .  201:401(200) ack 3001    ; spurious_retransmission`,
  },
  {
    name: "sent again with other boundaries",
    script: `${HANDSHAKE}
      +.010 > .  1:1001(1000) ack 1
      +.000100 > .  1001:2001(1000) ack 1
      +.000100 > .  2001:2501(500) ack 1
      +.020 < .  1:1(0) ack 1001 win 512
      +.300 > .  1001:2461(1460) ack 1     ; retransmission
      +.001 > .  2461:3501(1040) ack 1     ; retransmission
      +.001 > .  3001:4001(1000) ack 1     ; out_of_order
      +.020 < .  1:1(0) ack 4001           ; ack_lost_segment`,
  },
  {
    name: "partial acknowledgments during recovery",
    script: `${HANDSHAKE}
      +.010 > . 1:1001(1000) ack 1
      +.000100 > . 1001:2001(1000) ack 1
      +.000100 > . 2001:3001(1000) ack 1
      +.000100 > . 3001:4001(1000) ack 1
      +.000100 > . 4001:5001(1000) ack 1
      +.000100 > . 5001:6001(1000) ack 1
      +.020 < .  1:1(0) ack 1001 win 512
      +.000100 < .  1:1(0) ack 1001       ; duplicate_ack
      +.000100 < .  1:1(0) ack 1001       ; duplicate_ack
      +.000100 < .  1:1(0) ack 1001       ; duplicate_ack
      +.000100 > . 1001:2001(1000) ack 1  ; fast_retransmission
      +.021 < .  1:1(0) ack 3001
      +.000100 > . 3001:4001(1000) ack 1  ; retransmission
      +.021 < .  1:1(0) ack 6001`,
  },
  {
    name: "segments far outside the window",
    script: `${HANDSHAKE}
      +.010 > P. 1:101(100) ack 1
      +.020 < .  1:1(0) ack 101 win 512
      +.010 < .  -500000:-499900(100) ack 101  ; spurious_retransmission
      +.010 > .  90000000:90000100(100) ack 1  ; lost_segment
      +.010 < .  1:1(0) ack 2000000000         ; ack_lost_segment
      +.010 < R  123456789:123456789(0) win 0
      +.010 > P. 101:201(100) ack 1            ; retransmission
      +.020 < .  1:1(0) ack 201 win 512`,
  },
  {
    name: "next expected sequence number of exactly 0, which is taken for none",
    script: `
      isn < 4294966295
      ${HANDSHAKE}
      +.001 < .  1:1001(1000) ack 1
      +.001 < .  2001:3001(1000) ack 1
      +.001 < .  1001:2001(1000) ack 1  ; out_of_order
      +.020 > .  1:1(0) ack 1001
      +.020 > .  1:1(0) ack 3001`,
  },
  {
    name: "a clock that goes back between two segments",
    script: `${HANDSHAKE}
      +.010 > .  1:1001(1000) ack 1
      +.001 > .  2001:3001(1000) ack 1    ; lost_segment
      -.002 > .  1001:2001(1000) ack 1    ; retransmission
      +.020 < .  1:1(0) ack 3001 win 512
      -.500 > .  1001:2001(1000) ack 1    ; spurious_retransmission`,
  },
  {
    name: "sent again before, at and behind the last byte, on time and late",
    script: `${HANDSHAKE}
      +.010 > .  1:1001(1000) ack 1
      +.001 > .  1001:2001(1000) ack 1
      +.001 > .  1001:2001(1000) ack 1  ; retransmission
      +.001 > .  1501:2001(500) ack 1   ; retransmission
      +.001 > .  1:2001(2000) ack 1     ; retransmission
      +.001 > .  1:1001(1000) ack 1     ; out_of_order
      +.001 > .  1501:2501(1000) ack 1  ; out_of_order
      +.001 > .  2000:2001(1) ack 1     ; out_of_order
      +.001 > .  2500:2501(1) ack 1     ; keep_alive
      +.001 > .  2500:2502(2) ack 1
      +.001 > F. 2502:2502(0) ack 1
      +.001 > F. 2502:2502(0) ack 1     ; retransmission
      +.001 > F. 2002:2502(500) ack 1   ; retransmission
      +.001 > .  2502:2502(0) ack 1     ; keep_alive
      +.001 > .  2503:2503(0) ack 1     ; duplicate_ack
      +.001 > P. 2503:2504(1) ack 1`,
  },
];
