/** The API pages of both faces of the package, and what is wrong with them. */
import path from "node:path";
import { Application, Logger, LogLevel, type TranslatedString, type TypeDocOptions } from "typedoc";
import { CATEGORIES } from "./categories.ts";
import { furtherFaults, namesOfSelfEvident, watchModuleWords } from "./faults.ts";
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

/** What is exported to those who program with it, and how it is compiled. */
export interface Faces {
  readonly entryPoints: readonly string[];
  readonly tsconfig: string;
}

const OWN_FACES: Faces = {
  entryPoints: [below("lib/index.ts"), below("lib/node.ts")],
  tsconfig: path.join(import.meta.dirname, "faces.tsconfig.json"),
};

const OPTIONS: TypeDocOptions = {
  name: "wirewright",
  includeVersion: true,
  basePath: ROOT,
  readme: below("README.md"),
  projectDocuments: [...GUIDES, "lib/chat/PROTOCOL.md"].map(below),
  // The check of types has looked at all of it already.
  skipErrorChecking: true,
  // Where the sources are on the web, only an owner knows; and what git knows of it differs from checkout to checkout.
  disableSources: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  excludeExternals: true,
  headings: { readme: false, document: true },
  customCss: path.join(import.meta.dirname, "pages.css"),
  sortEntryPoints: false,
  sort: ["documents-last", "kind", "source-order"],
  useFirstParagraphOfCommentAsSummary: true,
  kindSortOrder: [
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
  includeHierarchySummary: false,
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
  ignoredHighlightLanguages: ["filter"],
  validation: {
    notExported: true,
    invalidLink: true,
    rewrittenLink: true,
    notDocumented: true,
    invalidPath: true,
    unusedMergeModuleWith: true,
  },
};

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
export async function makePages(folder: string, faces: Faces = OWN_FACES): Promise<readonly string[]> {
  const { entryPoints, tsconfig } = faces;
  const app = await Application.bootstrap({ ...OPTIONS, entryPoints: [...entryPoints], tsconfig, out: folder });
  const problems = new Problems();
  app.logger = problems;
  watchModuleWords(app);
  groupByPurpose(app);
  nameGuides(app);
  showTables(app);
  linkNames(app);
  const project = await app.convert();
  if (project) {
    app.options.setValue("intentionallyNotDocumented", namesOfSelfEvident(project));
    app.validate(project);
    for (const sentence of furtherFaults(project)) problems.warn(sentence as TranslatedString);
    await app.generateDocs(project, folder);
  }
  return problems.found;
}
