/** The chat server of the benchmark, in a process of its own, so that its memory is its own. Answers each message with it. */
import { ChatServer } from "../../lib/chat/server.ts";

const server = new ChatServer({
  port: 0,
  limits: {
    nameTimeout: 0,
    floodBurst: 0,
    floodRate: 0,
    maxPerAddress: 0,
    maxNewPerAddress: 0,
    maxClients: 0,
  },
});
let closed = 0;
server.on("closing", () => closed++);
const { port } = await server.start();
process.send?.({ port });
process.on("message", () => {
  globalThis.gc?.();
  process.send?.({ bytes: process.memoryUsage.rss(), clients: server.size, closed });
});
process.on("disconnect", () => process.exit());
