/** What the frames of one side of a conversation have that is neither as everywhere nor as their hosts have it. */
import type { MacAddress } from "../../headers/address.ts";

/** What frames of one message have that others have not. What is left out is as everywhere. */
export interface FrameFields {
  /** Hardware address that the frames come from. */
  readonly sourceMac?: MacAddress | undefined;
  /** Hardware address that the frames go to. */
  readonly destinationMac?: MacAddress | undefined;
  /** Identifier of the innermost VLAN tag, 1 to 4094. */
  readonly vlan?: number | undefined;
  /** IPv4 time to live or IPv6 hop limit, 1 to 255. */
  readonly timeToLive?: number | undefined;
}

/** Fields that one side has been told, and where it was not, what follows from those of the other side. */
export function fieldsOfSide(own: FrameFields | undefined, other: FrameFields | undefined): FrameFields | undefined {
  if (own === undefined && other === undefined) return undefined;
  return {
    sourceMac: own?.sourceMac ?? other?.destinationMac,
    destinationMac: own?.destinationMac ?? other?.sourceMac,
    vlan: own?.vlan ?? other?.vlan,
    // The way back may lead over another number of routers.
    timeToLive: own?.timeToLive,
  };
}

/** What was told last, of each field. */
export function mergeFields(before: FrameFields | undefined, news: FrameFields): FrameFields {
  if (before === undefined) return news;
  return {
    sourceMac: news.sourceMac ?? before.sourceMac,
    destinationMac: news.destinationMac ?? before.destinationMac,
    vlan: news.vlan ?? before.vlan,
    timeToLive: news.timeToLive ?? before.timeToLive,
  };
}
