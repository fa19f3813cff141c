/** The READMEs of the rooms among the pages: called by their headings. */
import { type Application, Converter, type DocumentReflection } from "typedoc";

export function nameGuides(app: Application): void {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, guide: DocumentReflection) => {
    const first = guide.content[0];
    const heading = first?.kind === "text" ? /^# (.+)\n+/.exec(first.text) : null;
    if (!first || !heading) throw new Error("A guide begins with its heading.");
    guide.name = heading[1]!;
    first.text = first.text.slice(heading[0].length);
  });
}
