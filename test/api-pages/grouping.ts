/** Puts all that a face exports into the category of the room where it lives, so that no source has to say it. */
import path from "node:path";
import {
  type Application,
  type Context,
  Converter,
  type DeclarationReflection,
  ReflectionCategory,
  ReflectionKind,
  type TranslatedString,
} from "typedoc";
import { CATEGORIES, type Category, categoryOf } from "./categories.ts";
import { linkParts, namesOf, partsOf } from "./links.ts";

const LIB = path.resolve(import.meta.dirname, "../../lib");
/** Behind the sorting of what a face exports by kinds, and before TypeDoc makes categories of tags where there are none. */
const AFTER_SORTING = -150;

export function groupByPurpose(app: Application): void {
  const group = (context: Context): void => {
    for (const face of context.project.getChildrenByKind(ReflectionKind.Module)) {
      const files = new Map(face.children?.map((child) => [child, fileOf(context, child)]));
      for (const file of new Set(files.values())) {
        if (categoryOf(file) === undefined)
          context.logger.warn(`lib/${file} is public and in no category of categories.ts.` as TranslatedString);
      }
      face.categories = CATEGORIES.flatMap((category) => {
        const children = [...files].flatMap(([child, file]) => (categoryOf(file) === category ? [child] : []));
        return children.length === 0 ? [] : [made(context, category, children)];
      });
    }
  };
  app.converter.on(Converter.EVENT_RESOLVE_END, group, AFTER_SORTING);
}

function made(
  context: Context,
  { title, about }: Category,
  children: readonly DeclarationReflection[],
): ReflectionCategory {
  const category = new ReflectionCategory(title);
  category.description = partsOf(context, about);
  linkParts(category.description, (name) => namesOf(context.project).get(name));
  const named = Array.from(about.matchAll(/`(\w+)`/g), ([, name]) => name!);
  const first = named.flatMap((name) => children.filter((child) => child.name === name));
  const kinds = [...new Set(children.map(({ kind }) => kind))];
  const rest = kinds.flatMap((kind) =>
    children
      .filter((child) => child.kind === kind && !first.includes(child))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  );
  category.children = [...first, ...rest];
  return category;
}

/** Where it is declared, below lib and with slashes. */
function fileOf(context: Context, reflection: DeclarationReflection): string {
  const source = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile();
  if (source === undefined) throw new Error(`Nothing says where ${reflection.name} is declared.`);
  return path.relative(LIB, source.fileName).replaceAll(path.sep, "/");
}
