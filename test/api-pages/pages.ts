/** The API pages of both faces of the package, and what is wrong with them. */
import path from "node:path";
import {
  Application,
  Logger,
  LogLevel,
  type ProjectReflection,
  ReferenceType,
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
  excludePrivate: true,
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

/**
 * What there is nothing to say of: a number of a registry under its name, the word that tells one kind of a union from another,
 * and what only stands where a type is compared with it.
 */
function isSelfEvident(member: Reflection): boolean {
  return (member.isDeclaration() && member.type?.type === "literal") || isInCondition(member.parent);
}

function namesOfSelfEvident(project: ProjectReflection): string[] {
  const members = project.getReflectionsByKind(ReflectionKind.Property | ReflectionKind.EnumMember);
  const wordless = members.filter((member) => isSelfEvident(member) && !member.hasComment());
  return [...new Set(wordless.map((member) => member.getFriendlyFullName()))];
}

/** What TypeDoc lets pass: what is public, and more than something inside that nobody can import. */
function hiddenBases(project: ProjectReflection): string[] {
  const all = project.getReflectionsByKind(ReflectionKind.ClassOrInterface).filter((found) => found.isDeclaration());
  return all.flatMap(({ name, extendedTypes = [], implementedTypes = [] }) =>
    [...extendedTypes, ...implementedTypes].flatMap((base) => {
      const isHidden = base instanceof ReferenceType && !base.reflection && base.package === project.packageName;
      return isHidden ? [`${name} builds on ${base.name}, which is not exported.`] : [];
    }),
  );
}

/** What TypeDoc lets pass: a comment that only says what is thrown, taken or returned, and fields of a parameter without words. */
function namesWithoutSentence(project: ProjectReflection): string[] {
  const wordless = Object.values(project.reflections).filter((reflection) => {
    const { comment, parent } = reflection;
    const isUnnamed =
      reflection.kindOf(ReflectionKind.TypeLiteral) || parent?.kindOf(ReflectionKind.TypeLiteral) === true;
    if (reflection.kindOf(ReflectionKind.Property) && isUnnamed) return !comment && !isSelfEvident(reflection);
    if (reflection.kindOf(ReflectionKind.Parameter) || isUnnamed) return false;
    return comment?.summary.every(({ text }) => text.trim() === "");
  });
  return wordless.map((reflection) => reflection.getFriendlyFullName());
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
export async function makePages(folder: string, faces: Faces = OWN_FACES): Promise<readonly string[]> {
  const { entryPoints, tsconfig } = faces;
  const app = await Application.bootstrap({ ...OPTIONS, entryPoints: [...entryPoints], tsconfig, out: folder });
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
    for (const sentence of hiddenBases(project)) problems.warn(sentence as never);
    for (const name of namesWithoutSentence(project))
      problems.warn(`${name} has no sentence that says what it is.` as never);
    await app.generateDocs(project, folder);
  }
  return problems.found;
}
