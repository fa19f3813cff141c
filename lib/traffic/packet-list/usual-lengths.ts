/** How much packets have room for, and how long the headers of most are. */
import {
  ETHERNET_HEADER_LENGTH,
  IPV4_HEADER_LENGTH,
  TCP_HEADER_LENGTH,
  UDP_HEADER_LENGTH,
} from "../../headers/header-lengths.ts";

const LONGEST_IPV4_PACKET = 0xffff;
/** What fits into one IPv4 packet. */
export const LONGEST_SEGMENT: number = LONGEST_IPV4_PACKET - IPV4_HEADER_LENGTH - TCP_HEADER_LENGTH;
export const LONGEST_DATAGRAM: number = LONGEST_IPV4_PACKET - IPV4_HEADER_LENGTH - UDP_HEADER_LENGTH;

/** Of a segment without options over IPv4 on Ethernet, as most lengths of frames count them. */
export const USUAL_HEADERS_LENGTH: number = ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH + TCP_HEADER_LENGTH;
