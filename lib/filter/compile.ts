/** From a filter's tree to one function that says of a packet whether it is wanted. */
import { compareBytes, contains, isAnyPresent, matches } from "./compile-bytes.ts";
import {
  compareWithField,
  compareWithLiteral,
  hasBits,
  isInSet,
  isPresent,
  type Predicate,
  readMasked,
} from "./compile-numbers.ts";
import type { ByteField, FilterField, NumberField } from "./field-types.ts";
import { FilterError } from "./filter-error.ts";
import { FIELDS, nearFields } from "./known-fields.ts";
import type { Token } from "./lexer.ts";
import { quote, syntaxError } from "./lexer.ts";
import { parseByteLiteral, parseNumberLiteral } from "./literals.ts";
import type { FilterNode, Operand } from "./parser.ts";
import { compilePattern } from "./pattern.ts";

type NodeOf<Kind extends FilterNode["kind"]> = Extract<FilterNode, { kind: Kind }>;

/** @throws FilterError */
export function compileTree(node: FilterNode): Predicate {
  switch (node.kind) {
    case "and":
      return every(node.terms.map(compileTree));
    case "or":
      return some(node.terms.map(compileTree));
    case "xor":
      return oddly(node.terms.map(compileTree));
    case "not": {
      const term = compileTree(node.term);
      return (subject) => !term(subject);
    }
    case "present":
      return present(node);
    case "compare":
      return compare(node);
    case "contains":
      return contains(
        byteField(node.operand, node.kind).read,
        parseByteLiteral(byteField(node.operand, node.kind), node.value),
      );
    case "matches":
      return matches(byteField(node.operand, node.kind).read, compilePattern(node.value));
    case "in":
      return inSet(node);
  }
}

function every(terms: readonly Predicate[]): Predicate {
  const [first, second] = terms as [Predicate, Predicate];
  if (terms.length === 2) return (subject) => first(subject) && second(subject);
  return (subject) => {
    for (let index = 0; index < terms.length; index++) if (!terms[index]!(subject)) return false;
    return true;
  };
}

function some(terms: readonly Predicate[]): Predicate {
  const [first, second] = terms as [Predicate, Predicate];
  if (terms.length === 2) return (subject) => first(subject) || second(subject);
  return (subject) => {
    for (let index = 0; index < terms.length; index++) if (terms[index]!(subject)) return true;
    return false;
  };
}

function oddly(terms: readonly Predicate[]): Predicate {
  return (subject) => {
    let result = false;
    for (let index = 0; index < terms.length; index++) if (terms[index]!(subject)) result = !result;
    return result;
  };
}

function present({ operand }: NodeOf<"present">): Predicate {
  const field = fieldOf(operand.field);
  if (operand.mask !== undefined) return hasBits(readMasked(numberField(operand, "&"), operand.mask));
  if (field.type === "label") return field.isPresent;
  return isNumeric(field) ? isPresent(field.read) : isAnyPresent(field.read);
}

function compare({ operand, relation, value }: NodeOf<"compare">): Predicate {
  const field = fieldOf(operand.field);
  const other = value.kind === "word" ? FIELDS.get(value.text) : undefined;
  if (field.type === "bytes" || field.type === "string") {
    refuseMask(operand);
    return compareBytes(field.read, relation, parseByteLiteral(field, value), field.type === "string");
  }
  const numeric = numberField(operand, relation.text);
  const read = readerOf(numeric, operand);
  if (other === undefined) return compareWithLiteral(numeric, read, relation, parseNumberLiteral(numeric, value));
  if (other.type === numeric.type) return compareWithField(numeric, read, relation, other as NumberField);
  throw syntaxError(
    value.column,
    `${numeric.name} and ${other.name} have no values in common; ${numeric.name} is ${describe(numeric)}, ${other.name} is ${describe(other)}`,
  );
}

function inSet({ operand, members }: NodeOf<"in">): Predicate {
  const field = numberField(operand, "in");
  return isInSet(field, readerOf(field, operand), members);
}

function readerOf(field: NumberField, operand: Operand): NumberField["read"] {
  return operand.mask === undefined ? field.read : readMasked(field, operand.mask);
}

function fieldOf(token: Token): FilterField {
  const field = FIELDS.get(token.text);
  if (field !== undefined) return field;
  if (/^[\d:-]/.test(token.text)) {
    throw syntaxError(
      token.column,
      `a field or protocol is needed here, not ${quote(token.text)}; write it first, as in tcp.port == 80`,
    );
  }
  const near = nearFields(token.text);
  const advice =
    near.length === 0 ? "look for it in the list of fields" : `write ${near.join(" or ")}, if that is meant`;
  throw new FilterError(
    "FILTER_FIELD",
    token.column,
    `${quote(token.text)} is not a field or protocol here; ${advice}`,
  );
}

function isNumeric(field: FilterField): field is NumberField {
  return field.type !== "label" && field.type !== "protocol" && field.type !== "bytes" && field.type !== "string";
}

/** @param operator what the field is to be used with */
function numberField(operand: Operand, operator: string): NumberField {
  const field = fieldOf(operand.field);
  if (isNumeric(field)) return field;
  const usable = field.type === "label" ? "write it alone" : `write "contains" or "matches"`;
  throw syntaxError(
    operand.field.column,
    `${field.name} is ${describe(field)}, and "${operator}" is not for that; ${usable}`,
  );
}

function byteField(operand: Operand, operator: string): ByteField {
  const field = fieldOf(operand.field);
  refuseMask(operand);
  if (field.type === "bytes" || field.type === "string" || field.type === "protocol") return field;
  const usable = field.type === "label" ? "write it alone" : 'compare it with "==" or "in"';
  throw syntaxError(
    operand.field.column,
    `${field.name} is ${describe(field)}, and "${operator}" is not for that; ${usable}`,
  );
}

function refuseMask({ field, mask }: Operand): void {
  if (mask !== undefined) throw syntaxError(mask.column, `${field.text} has no bits to choose; "&" is for numbers`);
}

const DESCRIPTIONS: Readonly<Record<FilterField["type"], string>> = {
  number: "a number",
  boolean: "a truth value",
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  mac: "a MAC address",
  time: "a time in seconds",
  string: "text",
  bytes: "bytes",
  protocol: "a protocol",
  label: "there or not",
};

function describe(field: FilterField): string {
  return DESCRIPTIONS[field.type];
}
