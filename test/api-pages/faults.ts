/** What is wrong with what the pages say, where TypeDoc has no eye for it; and what looks wrong to it and is not. */
import {
  type Application,
  Converter,
  type ProjectReflection,
  ReferenceType,
  type Reflection,
  ReflectionKind,
  type TranslatedString,
  TypeScript as ts,
} from "typedoc";

/** Warns of what has no words but those of a module or of several things: an empty line stands behind these. */
export function watchModuleWords(app: Application): void {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    const declaration = context.getSymbolFromReflection(reflection)?.declarations?.[0];
    if (!declaration || ts.isSourceFile(declaration)) return;
    const [words, ...more] = ts.getJSDocCommentsAndTags(declaration);
    if (!words || more.length > 0) return;
    if (!/^\r?\n\r?\n/.test(declaration.getSourceFile().text.slice(words.end))) return;
    app.logger.warn(
      `${reflection.name} has no words of its own: an empty line stands behind them.` as TranslatedString,
    );
  });
}

/** A sentence each. */
export function furtherFaults(project: ProjectReflection): string[] {
  return [
    ...hiddenBases(project),
    ...namesWithoutSentence(project).map((name) => `${name} has no sentence that says what it is.`),
  ];
}

/**
 * What there is nothing to say of: a number of a registry under its name, the word that tells one kind of a union from another,
 * and what only stands where a type is compared with it.
 */
function isSelfEvident(member: Reflection): boolean {
  return (member.isDeclaration() && member.type?.type === "literal") || isInCondition(member.parent);
}

export function namesOfSelfEvident(project: ProjectReflection): string[] {
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
