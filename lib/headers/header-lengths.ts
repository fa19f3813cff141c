/**
 * Bytes of the headers that packets are counted with, without options. The tables of these headers say the same, and a test holds
 * both equal: whoever only counts needs nothing of what the tables tell of each field.
 */

export const ETHERNET_HEADER_LENGTH = 14;
/** Of BSD loopback, in place of Ethernet. */
export const LOOPBACK_HEADER_LENGTH = 4;
export const IPV4_HEADER_LENGTH = 20;
export const IPV6_HEADER_LENGTH = 40;
export const TCP_HEADER_LENGTH = 20;
export const UDP_HEADER_LENGTH = 8;
export const GRE_HEADER_LENGTH = 4;
export const VXLAN_HEADER_LENGTH = 8;
