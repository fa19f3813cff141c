import { closeSync, openSync, writeSync } from "node:fs";

const ROWS_A_WRITE = 10_000;

/**
 * Writes a CSV of short HTTP-like rows, a tenth of a millisecond apart, that go round all conversations in turn.
 *
 * @returns bytes of all messages
 */
export function generateCsv(file: string, rows: number, conversations: number): number {
  const descriptor = openSync(file, "w");
  writeSync(descriptor, "msg_id,app_protocol,src_app,dst_app,message,timestamp\n");
  let text = "";
  let messageBytes = 0;
  for (let row = 0; row < rows; row++) {
    const client = `client_${row % conversations}`;
    const isAnswer = Math.floor(row / conversations) % 2 === 1;
    const time = (row * 0.0001).toFixed(4);
    const message = isAnswer ? `HTTP/1.1 200 OK, page ${row} served` : `GET /page/${row} HTTP/1.1`;
    messageBytes += message.length;
    text += isAnswer
      ? `${row + 1},HTTP,web_server,${client},"${message}",${time}\n`
      : `${row + 1},HTTP,${client},web_server,${message},${time}\n`;
    if (row % ROWS_A_WRITE === ROWS_A_WRITE - 1 || row === rows - 1) {
      writeSync(descriptor, text);
      text = "";
    }
  }
  closeSync(descriptor);
  return messageBytes;
}
