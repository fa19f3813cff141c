/** What the declarations of a package's faces promise: the types they refer to without exporting them, and what has no words. */
import fs from "node:fs";
import path from "node:path";
import { ts } from "@ts-morph/common";

/** What is amiss, each as `module.name` or `module.name.member`, sorted. */
export interface FaceFaults {
  /** Types that something exported refers to, and that no face exports. */
  readonly unexported: readonly string[];
  /** What is exported, or a public member of that, without a doc comment. */
  readonly wordless: readonly string[];
  /** Everything that was looked at for words. */
  readonly looked: number;
}

/** @param folder of the declaration files @param faces their paths below it */
export function faceFaults(folder: string, faces: readonly string[]): FaceFaults {
  const program = ts.createProgram(
    faces.map((face) => path.join(folder, face)),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      allowImportingTsExtensions: true,
      noEmit: true,
      noLib: true,
      types: [],
    },
  );
  return new FaceReader(program.getTypeChecker(), folder).read(
    faces.map((face) => program.getSourceFile(path.join(folder, face))!),
  );
}

class FaceReader {
  readonly #checker: ts.TypeChecker;
  readonly #folder: string;
  readonly #exported = new Set<ts.Symbol>();
  readonly #unexported = new Set<string>();
  /** Whether there are words, by name: of several declarations of one name, one has to have them. */
  readonly #words = new Map<string, boolean>();
  readonly #seen = new Set<ts.Symbol>();

  constructor(checker: ts.TypeChecker, folder: string) {
    this.#checker = checker;
    this.#folder = folder;
  }

  read(faces: readonly ts.SourceFile[]): FaceFaults {
    for (const face of faces) this.#collect(this.#checker.getSymbolAtLocation(face)!);
    for (const symbol of this.#exported) this.#look(symbol);
    return {
      unexported: [...this.#unexported].sort(),
      wordless: [...this.#words].flatMap(([name, has]) => (has ? [] : [name])).sort(),
      looked: this.#words.size,
    };
  }

  #collect(module: ts.Symbol): void {
    for (const listed of this.#checker.getExportsOfModule(module)) {
      const symbol = this.#original(listed);
      this.#exported.add(symbol);
      if (symbol.flags & ts.SymbolFlags.ValueModule) this.#collect(symbol);
    }
  }

  #original(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #look(symbol: ts.Symbol): void {
    if (this.#seen.has(symbol)) return;
    this.#seen.add(symbol);
    for (const declaration of symbol.declarations ?? []) {
      if (ts.isSourceFile(declaration) || !this.#isOurs(declaration)) continue;
      const name = `${this.#moduleOf(declaration)}.${symbol.name}`;
      if (this.#exported.has(symbol)) this.#note(name, declaration);
      this.#walk(declaration, name);
    }
  }

  #walk(node: ts.Node, within: string): void {
    ts.forEachChild(node, (child) => {
      if (isHidden(child)) return;
      let name = within;
      if (isMember(child)) {
        name = `${within}.${ts.isConstructorDeclaration(child) ? "constructor" : child.name!.getText()}`;
        if (!saysItself(child) && !isTested(child)) this.#note(name, child);
      }
      const referred = referenceOf(child);
      if (referred) this.#refer(referred);
      this.#walk(child, name);
    });
  }

  #refer(name: ts.Node): void {
    const found = this.#checker.getSymbolAtLocation(name);
    if (!found) return;
    const symbol = this.#original(found);
    const declaration = symbol.declarations?.[0];
    if (!declaration || this.#exported.has(symbol) || !this.#isOurs(declaration)) return;
    if (ts.isTypeParameterDeclaration(declaration) || ts.isParameter(declaration) || isMember(declaration)) return;
    // A table of fields, of which the header's type is made: its members are those of the type.
    if (ts.isVariableDeclaration(declaration)) return this.#look(symbol);
    this.#unexported.add(`${this.#moduleOf(declaration)}.${symbol.name}`);
  }

  #note(name: string, node: ts.Node): void {
    this.#words.set(name, this.#hasWords(node) || this.#inheritsWords(node) || this.#words.get(name) === true);
  }

  /** Whether it is a member that a class has from an interface or from another class, where its words are. */
  #inheritsWords(node: ts.Node): boolean {
    const { parent } = node;
    if (!isMember(node) || !node.name || !(ts.isClassDeclaration(parent) || ts.isInterfaceDeclaration(parent)))
      return false;
    const name = node.name.getText();
    return (parent.heritageClauses ?? []).some(({ types }) =>
      types.some((type) => {
        const inherited = this.#checker.getTypeAtLocation(type).getProperty(name);
        return (
          inherited?.declarations?.some((declaration) => declaration !== node && this.#hasWords(declaration)) === true
        );
      }),
    );
  }

  /** Whether a doc comment stands before it that is not the one of the whole module. */
  #hasWords(node: ts.Node): boolean {
    return ts
      .getJSDocCommentsAndTags(node)
      .some((doc) => ts.isJSDoc(doc) && (doc.getStart() > 0 || !this.#isOfModule(doc)));
  }

  /** Whether the source begins with this comment, and what comes behind it is not what it could be about. */
  #isOfModule(doc: ts.JSDoc): boolean {
    const source = fs.readFileSync(path.join("lib", `${this.#moduleOf(doc)}.ts`), "utf8");
    const text = doc.getText();
    return source.startsWith(text) && !source.slice(text.length).startsWith("\nexport ");
  }

  #isOurs(node: ts.Node): boolean {
    return !path.relative(this.#folder, node.getSourceFile().fileName).startsWith("..");
  }

  #moduleOf(node: ts.Node): string {
    const file = path.relative(path.join(this.#folder, "lib"), node.getSourceFile().fileName);
    return file.replaceAll(path.sep, "/").replace(/\.d\.ts$/, "");
  }
}

type Member = ts.ClassElement | ts.TypeElement | ts.EnumMember;

function isMember(node: ts.Node): node is Member {
  return (
    ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isAccessor(node) ||
    ts.isEnumMember(node) ||
    (ts.isConstructorDeclaration(node) && node.parameters.length > 0)
  );
}

function isHidden(node: ts.Node): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  const name = (node as Partial<ts.NamedDeclaration>).name;
  if (name && ts.isPrivateIdentifier(name)) return true;
  return (ts.getModifiers(node) ?? []).some(
    ({ kind }) => kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword,
  );
}

/** A number of a registry under its name, or the word that tells one kind of a union from another: there is nothing to add. */
function saysItself(member: Member): boolean {
  return ts.isPropertySignature(member) && member.type !== undefined && ts.isLiteralTypeNode(member.type);
}

/** Whether a member only stands where a type is compared with it. */
function isTested(member: Member): boolean {
  let node: ts.Node = member;
  while (node.parent && !(ts.isConditionalTypeNode(node.parent) && node.parent.extendsType === node))
    node = node.parent;
  return node.parent !== undefined;
}

/** What a node refers to by name, if it does. */
function referenceOf(node: ts.Node): ts.Node | undefined {
  if (ts.isTypeReferenceNode(node)) return node.typeName;
  if (ts.isTypeQueryNode(node)) return node.exprName;
  if (ts.isImportTypeNode(node)) return node.qualifier;
  if (ts.isExpressionWithTypeArguments(node)) return node.expression;
  return undefined;
}
