/** The READMEs among the pages: those of rooms are called by their headings, and what programs print is no program. */
import { type Application, type CommentDisplayPart, Converter, type DocumentReflection } from "typedoc";

export function nameGuides(app: Application): void {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, guide: DocumentReflection) => {
    const first = guide.content[0];
    const heading = first?.kind === "text" ? /^# (.+)\n+/.exec(first.text) : null;
    if (!first || !heading) throw new Error("A guide begins with its heading.");
    guide.name = heading[1]!;
    first.text = first.text.slice(heading[0].length);
    setAsText(guide.content);
  });
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => setAsText(project.readme ?? []));
}

/** A block that names no language would be coloured as TypeScript. */
function setAsText(parts: CommentDisplayPart[]): void {
  for (const part of parts) if (part.kind === "code") part.text = part.text.replace(/^```\n/, "```text\n");
}
