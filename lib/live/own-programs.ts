/** Programs of this room, which run in processes of their own. */
import path from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The file of a program: TypeScript in a checkout, JavaScript in what was built.
 *
 * @param url of the module that starts it, which stands beside it
 * @param name without its ending
 */
export function programBeside(url: string, name: string): string {
  return fileURLToPath(new URL(name + path.extname(fileURLToPath(url)), url));
}
