/** The API pages of both faces of the package, and what is wrong with them. */
import path from "node:path";
import {
  Application,
  type DeclarationReflection,
  Logger,
  LogLevel,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
  type TypeDocOptions,
} from "typedoc";
import { CATEGORIES } from "./categories.ts";
import { groupByPurpose } from "./grouping.ts";
import { nameGuides } from "./guides.ts";
import { linkNames } from "./links.ts";
import { showTables } from "./tables.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const below = (name: string) => path.join(ROOT, name);

/** What persons read besides, in the order in which it is listed. */
const GUIDES = [
  "lib",
  "lib/headers",
  "lib/session",
  "lib/traffic",
  "lib/csv",
  "lib/pcap",
  "lib/dissect",
  "lib/streams",
  "lib/filter",
  "lib/report",
  "lib/edit",
  "lib/live",
  "lib/chat",
  "scripts",
].map((room) => `${room}/README.md`);

const OPTIONS: TypeDocOptions = {
  name: "wirewright",
  includeVersion: true,
  entryPoints: [below("lib/index.ts"), below("lib/node.ts")],
  tsconfig: path.join(import.meta.dirname, "faces.tsconfig.json"),
  basePath: ROOT,
  readme: below("README.md"),
  projectDocuments: [...GUIDES, "lib/chat/PROTOCOL.md"].map(below),
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  sortEntryPoints: false,
  sort: ["kind", "alphabetical"],
  kindSortOrder: [
    "Document",
    "Module",
    "Namespace",
    "Function",
    "Class",
    "Variable",
    "Enum",
    "Interface",
    "TypeAlias",
    "Reference",
  ],
  categorizeByGroup: false,
  categoryOrder: [...CATEGORIES.map(({ title }) => title), "*"],
  navigation: { includeCategories: true, includeGroups: false, includeFolders: false },
  requiredToBeDocumented: [
    "Enum",
    "EnumMember",
    "Variable",
    "Function",
    "Class",
    "Constructor",
    "Interface",
    "Property",
    "Method",
    "Accessor",
    "TypeAlias",
  ],
  validation: {
    notExported: true,
    invalidLink: true,
    rewrittenLink: true,
    notDocumented: true,
    invalidPath: true,
    unusedMergeModuleWith: true,
  },
};

/**
 * What there is nothing to say of: a number of a registry under its name, the word that tells one kind of a union from another,
 * and what only stands where a type is compared with it.
 */
function namesOfSelfEvident(project: ProjectReflection): string[] {
  const members = project.getReflectionsByKind(
    ReflectionKind.Property | ReflectionKind.EnumMember,
  ) as DeclarationReflection[];
  const evident = members.filter(({ type, parent }) => type?.type === "literal" || isInCondition(parent));
  const wordless = evident.filter((member) => !member.hasComment());
  return [...new Set(wordless.map((member) => member.getFriendlyFullName()))];
}

function isInCondition(reflection: Reflection | undefined): boolean {
  const alias = reflection?.kindOf(ReflectionKind.TypeLiteral) ? reflection.parent : undefined;
  return alias?.isDeclaration() === true && alias.type?.type === "conditional";
}

/** Keeps what is wrong instead of printing it. */
class Problems extends Logger {
  readonly found: string[] = [];

  override log(message: string, level: LogLevel): void {
    super.log(message, level);
    if (level >= LogLevel.Warn) this.found.push(message);
  }
}

/**
 * Writes the pages into a folder, in place of what is there.
 *
 * @returns what is wrong with them, a sentence each: something public without words, or that refers to what nobody can import
 */
export async function makePages(folder: string): Promise<readonly string[]> {
  const app = await Application.bootstrap({ ...OPTIONS, out: folder });
  const problems = new Problems();
  app.logger = problems;
  groupByPurpose(app);
  nameGuides(app);
  showTables(app);
  linkNames(app);
  const project = await app.convert();
  if (project) {
    app.options.setValue("intentionallyNotDocumented", namesOfSelfEvident(project));
    app.validate(project);
    await app.generateDocs(project, folder);
  }
  return problems.found;
}
