/** Puts all that a face exports into the category of the room where it lives, so that no source has to say it. */
import path from "node:path";
import {
  type Application,
  type Context,
  Converter,
  type DeclarationReflection,
  MinimalSourceFile,
  ReflectionCategory,
  ReflectionKind,
} from "typedoc";
import { CATEGORIES, categoryOf } from "./categories.ts";

const LIB = path.resolve(import.meta.dirname, "../../lib");
/** Behind the sorting of what a face exports, and before TypeDoc makes categories of tags where there are none. */
const AFTER_SORTING = -150;

export function groupByPurpose(app: Application): void {
  const group = (context: Context): void => {
    for (const face of context.project.getChildrenByKind(ReflectionKind.Module)) {
      const files = new Map(face.children?.map((child) => [child, fileOf(context, child)]));
      face.categories = CATEGORIES.flatMap((category) => {
        const made = new ReflectionCategory(category.title);
        made.children = [...files].flatMap(([child, file]) => (categoryOf(file) === category ? [child] : []));
        const about = new MinimalSourceFile(category.about, import.meta.filename as never);
        made.description = context.converter.parseRawComment(about, context.project.files).content;
        return made.children.length === 0 ? [] : [made];
      });
    }
  };
  app.converter.on(Converter.EVENT_RESOLVE_END, group, AFTER_SORTING);
}

/** Where it is declared, below lib and with slashes. */
function fileOf(context: Context, reflection: DeclarationReflection): string {
  const source = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile();
  if (source === undefined) throw new Error(`Nothing says where ${reflection.name} is declared.`);
  return path.relative(LIB, source.fileName).replaceAll(path.sep, "/");
}
