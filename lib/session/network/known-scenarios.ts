/**
 * Things that happen in networks, each as the flags that make it happen: chosen losses rather than chance, so that it happens
 * whatever the seed is.
 */

/** Which conversation a scenario wants, as there is one in the fixtures. */
export type ScenarioConversation =
  /** A short request, and an answer of some hundred segments. */
  | "transfer"
  /** Two short requests with half a minute between them, answered with one segment and with five. */
  | "talk";

/** One thing that happens. */
export interface Scenario {
  /** What happens, in a few words. */
  readonly title: string;
  /** What can be seen and learnt, in a sentence or two. */
  readonly teaches: string;
  /** Which conversation it wants. */
  readonly conversation: ScenarioConversation;
  /** What `encapsulate` is to be called with, words with spaces between. */
  readonly flags: string;
}

/** All their names, in the order in which they are told. */
export const SCENARIO_NAMES = [
  "lossy-wifi",
  "satellite",
  "bufferbloat",
  "zero-window",
  "fast-retransmit",
  "timeout-backoff",
  "tail-loss",
  "reordering",
  "duplicate-acks",
  "syn-retry",
  "refused",
  "reset-mid-transfer",
  "half-close",
  "simultaneous-close",
  "keep-alive",
  "mtu-black-hole",
  "ecn",
] as const;

/** What scenarios are called. */
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** By name. */
export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  "lossy-wifi": {
    title: "A wireless link that loses packets in bursts",
    teaches:
      "Several segments of one window are lost together: selective acknowledgements name the holes, and all are filled within about one round trip, while a sender without them fills one a round trip.",
    conversation: "transfer",
    flags: "--rtt 20ms --jitter 2ms --loss-bursts 1%,25% --lose server:data:22-24",
  },
  satellite: {
    title: "A satellite far away",
    teaches:
      "At 600 ms a round trip, neither a link of 10 Mbit/s nor a lack of losses makes a transfer fast: slow start takes seconds, and then the window divided by the round trip is all there is.",
    conversation: "transfer",
    flags: "--rtt 600ms --rate 10mbit",
  },
  bufferbloat: {
    title: "A queue that is too long",
    teaches:
      "Nothing is lost, and yet the round trip grows to many times what the path takes, since the sender fills the queue before the bottleneck: each packet in it adds its own time at that rate.",
    conversation: "transfer",
    flags: "--rtt 20ms --to-client.rate 2mbit --to-client.queue 500 --window 1M",
  },
  "zero-window": {
    title: "A receiver that does not read",
    teaches:
      "The window shrinks to nothing while the application sleeps. The sender asks at growing intervals whether it is open again, and goes on when it is told so.",
    conversation: "transfer",
    flags: "--rtt 20ms --window 16k --read-pause 4s",
  },
  "fast-retransmit": {
    title: "One segment lost, sent again after three duplicate acknowledgements",
    teaches:
      "Each segment behind the hole is answered with the same acknowledgement. The third of these makes the sender fill the hole at once, without waiting for a timeout, and halve its window.",
    conversation: "transfer",
    flags: "--rtt 40ms --congestion reno --no-sack --lose server:data:25",
  },
  "timeout-backoff": {
    title: "A request lost again and again",
    teaches:
      "Where nothing comes back, only the timer tells of a loss. Each timeout is twice as long as the one before, and none of the segments sent again is used to measure the round trip.",
    conversation: "talk",
    flags: "--rtt 20ms --no-sack --lose client:data:2-5",
  },
  "tail-loss": {
    title: "The last two segments of an answer lost",
    teaches:
      "Nothing follows that could draw duplicate acknowledgements. Two round trips after the last acknowledgement the sender probes with the last segment; what comes back names the hole before it, and both are filled before the timer would have run out.",
    conversation: "talk",
    flags: "--rtt 40ms --lose server:data:5,6 --tap server",
  },
  reordering: {
    title: "A segment overtaken by others",
    teaches:
      "Nothing is lost, but what comes late looks lost: it is sent again for nothing. The receiver says that it has it twice (D-SACK), by which the sender learns that it was wrong.",
    conversation: "transfer",
    flags: "--rtt 40ms --delay-packet server:data:5=8ms",
  },
  "duplicate-acks": {
    title: "Two duplicate acknowledgements, and no retransmission",
    teaches:
      "A segment that two others overtake draws two duplicate acknowledgements. That is below the threshold of three: the sender keeps its window and sends nothing again.",
    conversation: "transfer",
    flags: "--rtt 40ms --rate 10mbit --delay-packet server:data:5=3ms",
  },
  "syn-retry": {
    title: "An opening lost twice",
    teaches:
      "The SYN is sent again after one second, and after two more: nothing is known of the path yet, so the first timeout is a long one, and each is twice the one before.",
    conversation: "talk",
    flags: "--rtt 20ms --lose client:1,2",
  },
  refused: {
    title: "Nobody listens on the port",
    teaches:
      "The SYN is answered with a reset, which acknowledges it: the client knows at once, and does not try again.",
    conversation: "talk",
    flags: "--rtt 20ms --refuse library",
  },
  "reset-mid-transfer": {
    title: "A reader that breaks off",
    teaches:
      "The client resets the connection while data is on its way. What was on its way then draws further resets, since nobody knows the connection any more.",
    conversation: "transfer",
    flags: "--rtt 40ms --reset-after 50kB",
  },
  "half-close": {
    title: "A side that has said everything",
    teaches:
      "The client's FIN closes its own direction only: the server goes on sending its answer, which is acknowledged as before, and closes when it is done.",
    conversation: "transfer",
    flags: "--rtt 40ms --close half",
  },
  "simultaneous-close": {
    title: "Both sides close at once",
    teaches:
      "The two FINs cross on the way. Both sides go through CLOSING, and both wait in TIME-WAIT, where otherwise only one does.",
    conversation: "talk",
    flags: "--rtt 40ms --close simultaneous",
  },
  "keep-alive": {
    title: "Asking in silence",
    teaches:
      "After ten seconds without a word a segment repeats the number before the next one. The other side must answer it, which shows that it is still there.",
    conversation: "talk",
    flags: "--rtt 20ms --keep-alive 10s",
  },
  "mtu-black-hole": {
    title: "A path that swallows large packets",
    teaches:
      "Handshake and request pass, and every full segment of the answer vanishes without a word: a connection that opens well and then hangs.",
    conversation: "transfer",
    flags: "--rtt 40ms --path-mtu 1400 --black-hole --tap server",
  },
  ecn: {
    title: "Congestion marked instead of lost",
    teaches:
      "A queue that is half full marks packets (CE). The receiver echoes that (ECE) until the sender says that it has slowed down (CWR), and nothing is lost or sent again.",
    conversation: "transfer",
    flags: "--rtt 40ms --ecn --mark --to-client.rate 5mbit --to-client.queue 40",
  },
};
