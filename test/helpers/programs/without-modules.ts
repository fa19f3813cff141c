/** The project as it is installed where some packages are missing, or cannot be loaded. */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const COPIED = ["lib", "scripts", "fixtures", "package.json", "tsconfig.json"];

export interface ProjectCopy {
  readonly root: string;
  remove(): void;
}

/** A copy of the project with all packages but these. Everybody may read it. */
export function projectWithout(...missing: string[]): ProjectCopy {
  const root = mkdtempSync(path.join(tmpdir(), "wirewright-without-"));
  chmodSync(root, 0o755);
  for (const name of COPIED) cpSync(path.join(ROOT, name), path.join(root, name), { recursive: true });
  const modules = path.join(root, "node_modules");
  mkdirSync(modules);
  for (const name of readdirSync(path.join(ROOT, "node_modules"))) {
    if (!missing.includes(name)) symlinkSync(path.join(ROOT, "node_modules", name), path.join(modules, name));
  }
  return { root, remove: () => rmSync(root, { recursive: true }) };
}

/** A copy of the project whose `cap`, which must be there, asks for a libpcap of another name, which no system has. */
export function projectWithoutLibpcap(): ProjectCopy {
  const copy = projectWithout("cap");
  const cap = path.join(copy.root, "node_modules", "cap");
  cpSync(path.join(ROOT, "node_modules", "cap"), cap, { recursive: true });
  const addon = path.join(cap, "build", "Release", "cap.node");
  const bytes = readFileSync(addon, "latin1");
  // The systems number it differently; the length must stay.
  const patched = bytes.replaceAll(/(?<=libpcap\.so\.)[\d.]+/g, (number) => "9".repeat(number.length));
  if (patched === bytes) throw new Error(`${addon} does not name libpcap.so`);
  writeFileSync(addon, patched, "latin1");
  return copy;
}
