/** The port a server listens on, by application protocol, where the input does not say. */
const SERVICE_PORTS: ReadonlyMap<string, number> = new Map([
  ["FTP", 21],
  ["SMTP", 25],
  ["DNS", 53],
  ["HTTP", 80],
  ["HTTPS", 443],
  ["CHAT", 12_345],
]);

/** For protocols without a port of their own. */
const OTHER_SERVICE_PORT = 9999;

/** The service port of an application protocol, whose name is compared without regard to case. */
export function servicePortOf(protocol: string): number {
  return SERVICE_PORTS.get(protocol.toUpperCase()) ?? OTHER_SERVICE_PORT;
}
