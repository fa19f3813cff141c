import { closeSync, openSync, writeSync } from "node:fs";

const ROWS_A_WRITE = 10_000;

/** Writes a CSV of short HTTP-like rows, a tenth of a millisecond apart, that go round all conversations in turn. */
export function generateCsv(file: string, rows: number, conversations: number): void {
  const descriptor = openSync(file, "w");
  writeSync(descriptor, "msg_id,app_protocol,src_app,dst_app,message,timestamp\n");
  let text = "";
  for (let row = 0; row < rows; row++) {
    const client = `client_${row % conversations}`;
    const isAnswer = Math.floor(row / conversations) % 2 === 1;
    const time = (row * 0.0001).toFixed(4);
    text += isAnswer
      ? `${row + 1},HTTP,web_server,${client},"HTTP/1.1 200 OK, page ${row} served",${time}\n`
      : `${row + 1},HTTP,${client},web_server,GET /page/${row} HTTP/1.1,${time}\n`;
    if (row % ROWS_A_WRITE === ROWS_A_WRITE - 1 || row === rows - 1) {
      writeSync(descriptor, text);
      text = "";
    }
  }
  closeSync(descriptor);
}
