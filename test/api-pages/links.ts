/** Names of the library that words and guides set as code lead to their pages, so that no source needs a tag for it. */
import {
  type Application,
  type CommentDisplayPart,
  type Context,
  Converter,
  MinimalSourceFile,
  type NormalizedPath,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
} from "typedoc";

/** Markdown as TypeDoc keeps it. */
export function partsOf(context: Context, markdown: string): CommentDisplayPart[] {
  const file = new MinimalSourceFile(markdown, import.meta.filename as NormalizedPath);
  return context.converter.parseRawComment(file, context.project.files).content;
}

/** Before TypeDoc resolves the links that are written out. */
const EARLY = 1000;
/** In guides, commands and words of other languages are set as code too: there, only a name of several words is sure to be one. */
const COMPOSED = /[a-z][A-Z]/;

export function linkNames(app: Application): void {
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }: Context) => {
      const names = namesOf(project);
      for (const reflection of Object.values(project.reflections)) {
        const { comment } = reflection;
        if (comment) {
          const known = (name: string) => (isOwnName(reflection, name) ? undefined : names.get(name));
          linkParts(comment.summary, known);
          for (const { tag, content } of comment.blockTags) {
            if (tag === "@throws") setFirstWordAsCode(content);
            linkParts(content, known);
          }
        }
        if (reflection.isDocument()) linkComposed(reflection.content, names);
      }
      linkComposed(project.readme ?? [], names);
    },
    EARLY,
  );
}

function linkComposed(parts: CommentDisplayPart[], names: ReadonlyMap<string, Reflection>): void {
  linkParts(parts, (name) => (COMPOSED.test(name) ? names.get(name) : undefined));
}

/** What faces export, and `Class.member` of it. */
export function namesOf(project: ProjectReflection): ReadonlyMap<string, Reflection> {
  const names = new Map<string, Reflection>();
  const faces = project.getChildrenByKind(ReflectionKind.Module);
  for (const exported of faces.flatMap(({ children }) => children ?? [])) {
    names.set(exported.name, exported);
    for (const member of exported.children ?? []) names.set(`${exported.name}.${member.name}`, member);
  }
  return names;
}

/** Whether a name means something nearer: a parameter or a member of what the words are about, or the thing itself. */
function isOwnName(reflection: Reflection, name: string): boolean {
  for (let owner: Reflection | undefined = reflection; owner?.parent; owner = owner.parent) {
    if (owner.name === name) return true;
    if (owner.kindOf(ReflectionKind.Module)) return false;
    let isNear = false;
    owner.traverse((child) => {
      isNear ||= child.name === name;
      return !isNear;
    });
    if (isNear) return true;
  }
  return false;
}

/** What is thrown stands first: `PacketError BAD_FIELD for ...`. */
function setFirstWordAsCode(parts: CommentDisplayPart[]): void {
  const [first] = parts;
  const name = first?.kind === "text" ? /^\w*Error\b/.exec(first.text)?.[0] : undefined;
  if (!first || name === undefined) return;
  first.text = first.text.slice(name.length);
  parts.unshift({ kind: "code", text: `\`${name}\`` });
}

export function linkParts(parts: CommentDisplayPart[], known: (name: string) => Reflection | undefined): void {
  parts.forEach((part, index) => {
    const name = part.kind === "code" ? /^`([\w.]+)`$/.exec(part.text)?.[1] : undefined;
    const target = name === undefined ? undefined : known(name);
    if (target) parts[index] = { kind: "inline-tag", tag: "@linkcode", text: name!, target };
  });
}
