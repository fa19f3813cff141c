/**
 * What is made of tables, as a person writes it: the makers of headers are functions whose fields are listed with their words,
 * the headers that they take and return are interfaces, and lists of numbers enumerations.
 */
import {
  type Application,
  Comment,
  type Context,
  Converter,
  DeclarationReflection,
  makeRecursiveVisitor,
  ParameterReflection,
  ReflectionFlag,
  ReflectionKind,
  ReflectionType,
  SignatureReflection,
  type SomeType,
  Type,
  TypeScript as ts,
  UnionType,
} from "typedoc";
import { partsOf } from "./links.ts";

/** Types that are made of a table of fields, field by field. */
const MADE_OF_TABLES: ReadonlySet<string> = new Set(["HeaderOf", "DecodedOf"]);

export function showTables(app: Application): void {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    const symbol = context.getSymbolFromReflection(reflection);
    const declaration = symbol?.declarations?.[0];
    if (!symbol || !declaration) return;
    if (ts.isTypeAliasDeclaration(declaration)) {
      // Its type is not converted yet.
      context.converter.deferConversion(() => {
        if (isMadeOfTable(declaration)) asInterface(context, reflection, declaration);
        else if (asksForInside(context, declaration.type)) showValues(context, reflection, declaration);
      });
    } else if (reflection.kind === ReflectionKind.Variable && ts.isVariableDeclaration(declaration)) {
      const type = context.checker.getTypeOfSymbolAtLocation(symbol, declaration);
      if (type.symbol?.name === "Header") asFunction(context, reflection, type, declaration.getSourceFile());
      else if (isListOfNumbers(context, type, declaration)) asEnumeration(reflection);
    }
  });
  app.converter.on(Converter.EVENT_RESOLVE, (_context, reflection) => {
    if ("type" in reflection && reflection.type instanceof Type) reflection.type.visit(withoutMemory);
  });
}

/** That the memory of bytes may be shared is of no use to who reads a type. */
const withoutMemory = makeRecursiveVisitor({
  reference(type) {
    if (type.name === "Uint8Array") delete type.typeArguments;
  },
});

function isMadeOfTable({ type }: ts.TypeAliasDeclaration): boolean {
  return (
    ts.isTypeReferenceNode(type) &&
    MADE_OF_TABLES.has(type.typeName.getText()) &&
    type.typeArguments?.[0]?.kind === ts.SyntaxKind.TypeQuery
  );
}

/** Whether a type is made of a list of values that stays inside, as in `(typeof LIST)[number]`. */
function asksForInside(context: Context, type: ts.Node): boolean {
  const asks = (node: ts.Node): boolean => {
    if (!ts.isTypeQueryNode(node)) return ts.forEachChild(node, asks) === true;
    return context.getReflectionFromSymbol(context.expectSymbolAtLocation(node.exprName)) === undefined;
  };
  return asks(type);
}

/** Puts the values themselves in the place of the list: for the whole type, or where it is one of objects, for their members. */
function showValues(context: Context, alias: DeclarationReflection, { type, name }: ts.TypeAliasDeclaration): void {
  if (!ts.isUnionTypeNode(type)) {
    alias.type = valuesOf(context.withScope(alias), context.checker.getTypeAtLocation(name));
    return;
  }
  alias.type?.visit({
    union: ({ types }) => {
      const objects = types.flatMap((part) => (part instanceof ReflectionType ? [part.declaration] : []));
      for (const member of objects.flatMap(({ children }) => children ?? [])) {
        const symbol = context.getSymbolFromReflection(member);
        if (symbol && member.type?.type === "typeOperator")
          member.type = valuesOf(context, context.checker.getTypeOfSymbol(symbol));
      }
    },
  });
}

function valuesOf(context: Context, type: ts.Type): SomeType {
  if (!type.isUnion()) return context.converter.convertType(context, type);
  return new UnionType(type.types.map((value) => context.converter.convertType(context, value)));
}

function asInterface(context: Context, alias: DeclarationReflection, declaration: ts.TypeAliasDeclaration): void {
  context.project.removeTypeReflections(alias.type);
  delete alias.type;
  alias.kind = ReflectionKind.Interface;
  const type = context.checker.getTypeAtLocation(declaration);
  convertProperties(context.withScope(alias), type);
}

function convertProperties(context: Context, type: ts.Type): void {
  for (const property of type.getProperties()) context.converter.convertSymbol(context, property);
  // What stands there makes the table, and is no value of the field.
  for (const field of (context.scope as DeclarationReflection).children ?? []) delete field.defaultValue;
}

function asFunction(context: Context, maker: DeclarationReflection, header: ts.Type, source: ts.SourceFile): void {
  context.project.removeTypeReflections(maker.type);
  delete maker.type;
  delete maker.defaultValue;
  maker.kind = ReflectionKind.Function;
  maker.setFlag(ReflectionFlag.Const, false);
  const call = header.getCallSignatures()[0]!;
  const signature = new SignatureReflection(maker.name, ReflectionKind.CallSignature, maker);
  context.registerReflection(signature, undefined);
  maker.signatures = [signature];
  const within = context.withScope(maker).withScope(signature);
  signature.parameters = call.parameters.map((parameter, index) =>
    parameterOf(within, signature, parameter, index === 0),
  );
  const { symbol } = call.getReturnType();
  signature.type = within.createSymbolReference(symbol, within);
  const said = context.getSignatureComment(call.getDeclaration());
  const tags = [...(maker.comment?.blockTags ?? []), ...(said?.blockTags ?? [])];
  const words = `It has all of a \`Header\` besides, as \`${maker.name}.decode\`, which reads one out of bytes.`;
  const besides = [
    { kind: "text" as const, text: "\n\n" },
    ...partsOf(context, `${wordsOfModule(source)}\n\n${words}`),
  ];
  signature.comment = new Comment([...(maker.comment?.summary ?? []), ...besides], tags);
  delete maker.comment;
}

/** What a file begins with: the protocol, and where it is described. */
function wordsOfModule({ text }: ts.SourceFile): string {
  const [, words = ""] = /^\/\*\*([\s\S]*?)\*\//.exec(text) ?? [];
  return words.replace(/^ *\* ?/gm, "").trim();
}

function parameterOf(
  context: Context,
  signature: SignatureReflection,
  parameter: ts.Symbol,
  areFields: boolean,
): ParameterReflection {
  const reflection = new ParameterReflection(parameter.name, ReflectionKind.Parameter, signature);
  context.registerReflection(reflection, undefined);
  reflection.setFlag(ReflectionFlag.Optional, true);
  const within = context.withScope(reflection);
  const type = context.checker.getNonNullableType(context.checker.getTypeOfSymbol(parameter));
  reflection.type = areFields ? fieldsOf(within, reflection, type) : context.converter.convertType(within, type);
  return reflection;
}

/** What a person may write, field by field. */
function fieldsOf(context: Context, parameter: ParameterReflection, type: ts.Type): ReflectionType {
  const literal = new DeclarationReflection("__type", ReflectionKind.TypeLiteral, parameter);
  context.registerReflection(literal, undefined);
  convertProperties(context.withScope(literal), type);
  return new ReflectionType(literal);
}

function isListOfNumbers(context: Context, type: ts.Type, declaration: ts.VariableDeclaration): boolean {
  const { initializer } = declaration;
  if (!initializer || !ts.isAsExpression(initializer) || !ts.isObjectLiteralExpression(initializer.expression))
    return false;
  return type
    .getProperties()
    .every((property) => (context.checker.getTypeOfSymbol(property).flags & ts.TypeFlags.NumberLike) !== 0);
}

function asEnumeration(list: DeclarationReflection): void {
  if (!(list.type instanceof ReflectionType)) throw new Error(`${list.name} is no list.`);
  list.kind = ReflectionKind.Enum;
  list.children = list.type.declaration.children ?? [];
  for (const member of list.children) {
    member.kind = ReflectionKind.EnumMember;
    member.parent = list;
  }
  list.setFlag(ReflectionFlag.Const, false);
  delete list.type;
  delete list.defaultValue;
}
