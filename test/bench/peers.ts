/** The programs by other hands, built from the sources beside this file. What is not installed is left out, and said. */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

export interface Peers {
  /** The start of the command of each program that is there. */
  readonly commands: Readonly<Partial<Record<PeerProgram, readonly string[]>>>;
  /** Name and version of what they are made with. */
  readonly versions: Readonly<Record<string, string>>;
  /** One sentence for everything that is left out. */
  readonly missing: readonly string[];
}

export type PeerProgram =
  | "C session"
  | "gopacket session"
  | "gopacket csv"
  | "gopacket read"
  | "Scapy csv"
  | "tcprewrite";

const SOURCES = fileURLToPath(new URL("peers", import.meta.url));

/** Where Debian and Ubuntu put Go libraries that are packages. Modules would have to be fetched. */
const GO_ENVIRONMENT = { GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "" };

export const NO_PEERS: Peers = { commands: {}, versions: {}, missing: [] };

/** Builds what can be built into a folder. */
export function buildPeers(folder: string): Peers {
  const commands: Partial<Record<PeerProgram, readonly string[]>> = {};
  const versions: Record<string, string> = {};
  const missing: string[] = [];
  const attempt = (name: string, packages: string, build: () => void) => {
    try {
      build();
    } catch (error) {
      missing.push(`${name} is left out, because ${reason(error)}; on Debian: apt install ${packages}.`);
    }
  };
  attempt("C", "gcc libc6-dev", () => {
    const program = path.join(folder, "c-session");
    call("gcc", ["-O2", "-o", program, path.join(SOURCES, "session.c")]);
    commands["C session"] = [program];
    versions.gcc = firstLine(call("gcc", ["--version"]));
  });
  attempt("gopacket", "golang-go golang-github-google-gopacket-dev", () => {
    for (const work of ["session", "csv", "read"] as const) {
      const program = path.join(folder, `gopacket-${work}`);
      call("go", ["build", "-o", program, "."], path.join(SOURCES, `gopacket-${work}`));
      commands[`gopacket ${work}`] = [program];
    }
    versions.Go = firstLine(call("go", ["version"]));
    versions.gopacket = versionOfPackage("golang-github-google-gopacket-dev");
  });
  attempt("Scapy", "python3-scapy", () => {
    // Debian's Scapy belongs to Debian's Python, which need not be the one that the shell finds first.
    const python = ["/usr/bin/python3", "python3"].find(hasScapy);
    if (python === undefined) throw new Error("no Python that has it was found");
    commands["Scapy csv"] = [python, path.join(SOURCES, "scapy_csv.py")];
    versions.Scapy = call(python, ["-c", "import scapy; print(scapy.__version__)"]).trim();
    versions.Python = call(python, ["--version"]).trim();
  });
  attempt("tcprewrite", "tcpreplay", () => {
    call("tcprewrite", ["--version"]);
    versions.tcprewrite = versionOfPackage("tcpreplay");
    commands.tcprewrite = ["tcprewrite"];
  });
  return { commands, versions, missing };
}

function call(program: string, args: readonly string[], cwd?: string): string {
  const options = { cwd, env: { ...process.env, ...GO_ENVIRONMENT }, stdio: "pipe" } as const;
  return execFileSync(program, args, options).toString();
}

function hasScapy(python: string): boolean {
  try {
    call(python, ["-c", "import scapy"]);
    return true;
  } catch {
    return false;
  }
}

/** gopacket itself does not tell its version. */
function versionOfPackage(name: string): string {
  try {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg fills it in.
    return call("dpkg-query", ["--show", "--showformat=${Version}", name]);
  } catch {
    return "unknown";
  }
}

function reason(error: unknown): string {
  const { code, path: program, stderr } = error as NodeJS.ErrnoException & { stderr?: Buffer };
  if (code === "ENOENT") return `${program ?? "its compiler"} is not installed`;
  if (stderr?.length) return `it could not be built (${firstLine(stderr.toString())})`;
  return (error as Error).message;
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]!;
}
