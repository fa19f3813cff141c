/** What conversations and sockets are found again by. */
import type { Socket } from "../session/tcp-parameters.ts";
import type { Transport } from "./service-ports.ts";

export function serverSocket(transport: Transport, { host, port }: Socket): string {
  return `${host.address} ${port} ${transport}`;
}

/** The same for both directions, since packets of either are told apart by nothing else. */
export function socketsOf(transport: Transport, client: Socket, server: Socket): string {
  const one = `${client.host.address} ${client.port}`;
  const other = `${server.host.address} ${server.port}`;
  return one < other ? `${one} ${other} ${transport}` : `${other} ${one} ${transport}`;
}
