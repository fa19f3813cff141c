/** What a page could do with the package: `window.hashesOf` makes of the bytes of a table what `package-program.mjs` does. */
import { analyzeCapture, captureFromBytes, encapsulateCsv, formatAnalysis, htmlReport } from "wirewright";

async function sha256(data) {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

window.hashesOf = async (numbers, name) => {
  try {
    const { capture } = await encapsulateCsv(new Uint8Array(numbers), { name });
    const text = await formatAnalysis(await analyzeCapture(captureFromBytes(capture)));
    const page = await htmlReport(captureFromBytes(capture));
    return await Promise.all([capture, text, page].map(sha256));
  } catch (error) {
    return error.message;
  }
};
