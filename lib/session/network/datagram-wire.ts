/**
 * Datagrams on their way. Nobody sends them again; but who answers a datagram has received it: where it was lost, the answer is not
 * sent either, and where it comes late, so does the answer.
 */
import type { DatagramFlow, SideName } from "../conversation.ts";
import type { FrameFields } from "../encapsulation/frame-fields.ts";
import { EventQueue } from "../event-queue.ts";
import type { BoxedFrame } from "./frame-box.ts";
import type { Link, LinkFlow } from "./link.ts";
import type { NetworkTap } from "./network-tap.ts";
import { conversationKey } from "./variates.ts";

interface Asked {
  readonly flow: DatagramFlow;
  readonly isServer: boolean;
  readonly payload: Uint8Array;
  readonly fields: FrameFields | undefined;
}

/** What a side of a flow has sent last. */
interface Sent {
  /** When it arrived; undefined where it was lost. */
  readonly arrived: number | undefined;
}

interface FlowState {
  readonly client: LinkFlow;
  readonly server: LinkFlow;
  fromClient: Sent | undefined;
  fromServer: Sent | undefined;
}

interface PassingFrame {
  readonly frame: BoxedFrame;
  readonly isServer: boolean;
  readonly flow: DatagramFlow;
}

export class DatagramWire {
  readonly #tap: NetworkTap;
  readonly #toServer: Link;
  readonly #toClient: Link;
  readonly #states = new WeakMap<DatagramFlow, FlowState>();
  readonly #asked = new EventQueue<Asked>();
  readonly #passing = new EventQueue<PassingFrame>();

  constructor(tap: NetworkTap, toServer: Link, toClient: Link) {
    this.#tap = tap;
    this.#toServer = toServer;
    this.#toClient = toClient;
  }

  get nextTime(): number {
    return Math.min(this.#asked.nextTime, this.#passing.nextTime);
  }

  ask(flow: DatagramFlow, side: SideName, time: number, payload: Uint8Array, fields: FrameFields | undefined): void {
    this.#asked.push(time, 0, 0, 0, 0, { flow, isServer: side === "server", payload, fields });
  }

  next(time: number): void {
    if (this.#passing.nextTime === time) return this.#pass(time);
    const asked = this.#asked.item!;
    this.#asked.shift();
    const state = this.#stateOf(asked.flow);
    const answered = asked.isServer ? state.fromClient : state.fromServer;
    if (answered === undefined) return this.#send(time, asked, state);
    if (answered.arrived === undefined) return;
    if (answered.arrived > time) this.#asked.push(answered.arrived, 0, 0, 0, 0, asked);
    else this.#send(time, asked, state);
  }

  #pass(time: number): void {
    const { frame, isServer, flow } = this.#passing.item!;
    const place = this.#passing.numbers[this.#passing.at + 1]!;
    this.#passing.shift();
    flow.tally.packets++;
    this.#tap.writeFrame(time, frame, place, this.#tap.direction(place, isServer));
  }

  #send(time: number, { flow, isServer, payload, fields }: Asked, state: FlowState): void {
    const { places } = this.#tap;
    const link = isServer ? this.#toClient : this.#toServer;
    const linkFlow = isServer ? state.server : state.client;
    let arrived: number | undefined = time;
    for (const frame of this.#tap.datagram(flow, isServer, payload, fields)) {
      const course = link.send(linkFlow, time, frame.bytes.length, payload.length > 0, false);
      for (const [index, place] of places.entries()) {
        for (const moment of [course.timeAt(place), course.copyTimeAt(place)]) {
          if (moment !== undefined) this.#passing.push(moment, 0, index, 0, 0, { frame, isServer, flow });
        }
      }
      const end = course.fate === "delivered" ? course.arrived : undefined;
      arrived = arrived === undefined || end === undefined ? undefined : Math.max(arrived, end);
    }
    flow.tally.payloadBytes += payload.length;
    if (isServer) state.fromServer = { arrived };
    else state.fromClient = { arrived };
  }

  #stateOf(flow: DatagramFlow): FlowState {
    const known = this.#states.get(flow);
    if (known !== undefined) return known;
    const key = conversationKey(flow.client, flow.server, 0, "udp");
    const state: FlowState = {
      client: this.#toServer.flow(key),
      server: this.#toClient.flow(key),
      fromClient: undefined,
      fromServer: undefined,
    };
    this.#states.set(flow, state);
    return state;
  }
}
