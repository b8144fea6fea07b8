import ts from 'typescript';
import { z } from 'zod';

/** A type of the contract that has a name of its own. */
export interface NamedType {
  readonly name: string;
  readonly type: ts.Type;
  /** The schema that describes its fields. */
  readonly schema?: z.ZodType | undefined;
}

const FLAGS: ts.NodeBuilderFlags =
  ts.NodeBuilderFlags.NoTruncation |
  ts.NodeBuilderFlags.InTypeAlias |
  ts.NodeBuilderFlags.MultilineObjectLiterals;

/**
 * Writes types out, so that they need neither Zod nor the contract. Parts that have a name are referred to by it, and
 * fields get the descriptions of their schemas as comments.
 */
export class Declarations {
  readonly #checker: ts.TypeChecker;
  readonly #scope: ts.SourceFile;
  readonly #printer = ts.createPrinter({ removeComments: false });
  readonly #file = ts.createSourceFile('types.d.ts', '', ts.ScriptTarget.Latest);
  readonly #named: readonly (NamedType & { readonly text: string })[];

  /** Types of the file `scope` keep their names. */
  constructor(checker: ts.TypeChecker, scope: ts.SourceFile, named: readonly NamedType[]) {
    this.#checker = checker;
    this.#scope = scope;
    this.#named = named.map((one) => ({ ...one, text: this.#textOf(this.#nodeOf(one.type)) }));
  }

  /** Returns the text of a type: its name if it has one and `expand` is not set. */
  text(type: ts.Type, schema?: z.ZodType, { expand = false } = {}): string {
    const node = this.#nodeOf(type);
    return this.#textOf(expand ? this.#inside(node, schema) : this.#short(node, schema));
  }

  #nodeOf(type: ts.Type): ts.TypeNode {
    const node = this.#checker.typeToTypeNode(type, this.#scope, FLAGS);
    if (!node) throw new Error(`${this.#checker.typeToString(type)} can’t be written as a type.`);
    return node;
  }

  #textOf(node: ts.Node): string {
    return this.#printer.printNode(ts.EmitHint.Unspecified, node, this.#file);
  }

  #short(node: ts.TypeNode, schema: z.ZodType | undefined): ts.TypeNode {
    const same = this.#named.find((one) => isSame(one.schema, schema) && one.text === this.#textOf(node));
    return same ? ts.factory.createTypeReferenceNode(same.name) : this.#inside(node, schema);
  }

  #inside(node: ts.TypeNode, schema: z.ZodType | undefined): ts.TypeNode {
    const { factory } = ts;
    const inner = unwrapped(schema);
    if (ts.isTypeLiteralNode(node)) {
      const members = node.members.map((member) => this.#member(member, inner));
      return factory.createTypeLiteralNode(inOrder(members, inner));
    }
    if (ts.isArrayTypeNode(node)) {
      const element = inner instanceof z.ZodArray ? (inner.element as z.ZodType) : undefined;
      return factory.createArrayTypeNode(this.#short(node.elementType, element));
    }
    if (ts.isParenthesizedTypeNode(node)) {
      return factory.createParenthesizedType(this.#short(node.type, inner));
    }
    if (ts.isTypeOperatorNode(node)) {
      return factory.createTypeOperatorNode(node.operator, this.#short(node.type, inner));
    }
    if (ts.isUnionTypeNode(node)) {
      return factory.createUnionTypeNode(node.types.map((one) => this.#short(one, optionOf(inner, one))));
    }
    if (ts.isIntersectionTypeNode(node)) {
      return factory.createIntersectionTypeNode(node.types.map((one) => this.#short(one, inner)));
    }
    // Its type parameter exists in TypeScript 5.7 and newer only.
    if (ts.isTypeReferenceNode(node) && this.#textOf(node.typeName) === 'Uint8Array') {
      return factory.createTypeReferenceNode('Uint8Array');
    }
    return node;
  }

  #member(member: ts.TypeElement, schema: z.ZodType | undefined): ts.TypeElement {
    if (!ts.isPropertySignature(member) || !member.type) return member;
    const field = schema instanceof z.ZodObject ? fieldOf(schema, member) : undefined;
    const { modifiers, name, questionToken, type } = member;
    const copy = ts.factory.createPropertySignature(modifiers, name, questionToken, this.#short(type, field));
    const description = descriptionOf(field);
    if (description === undefined) return copy;
    // Callers of the client pass a list.
    const text = escaped(description.replace(', separated by commas', ''));
    return ts.addSyntheticLeadingComment(copy, ts.SyntaxKind.MultiLineCommentTrivia, `* ${text} `, true);
  }
}

/** Returns a doc comment of one or more paragraphs. */
export function docComment(...paragraphs: readonly (string | undefined)[]): string {
  const lines = paragraphs.filter((text) => text !== undefined).map(escaped);
  return lines.length === 1 ? `/** ${lines.join('')} */` : `/**\n * ${lines.join('\n *\n * ')}\n */`;
}

function escaped(text: string): string {
  return text.replaceAll('*/', '*\\/');
}

function fieldOf(schema: z.ZodObject, { name }: ts.PropertySignature): z.ZodType | undefined {
  const key = nameOf(name);
  return Object.hasOwn(schema.shape, key) ? (schema.shape[key] as z.ZodType) : undefined;
}

function nameOf(name: ts.PropertyName): string {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : '';
}

/** Sorts fields as their schema declares them; the order of the compiler depends on what else it has seen. */
function inOrder(members: readonly ts.TypeElement[], schema: z.ZodType | undefined): ts.TypeElement[] {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const place = ({ name }: ts.TypeElement) => (name ? names.indexOf(nameOf(name)) : -1);
  return members.toSorted((one, other) => place(one) - place(other));
}

/** Returns the member of a union of schemas that has the fields of a type. */
function optionOf(schema: z.ZodType | undefined, node: ts.TypeNode): z.ZodType | undefined {
  if (!(schema instanceof z.ZodUnion)) return schema;
  if (!ts.isTypeLiteralNode(node)) return undefined;
  const options = schema.options.filter((option) => option instanceof z.ZodObject);
  return options.find((option) =>
    node.members.every((member) => ts.isPropertySignature(member) && fieldOf(option, member)),
  );
}

/** Returns the description of a field: its own, or that of the schema that it makes optional or nullable. */
function descriptionOf(schema: z.ZodType | undefined): string | undefined {
  if (!schema) return undefined;
  const inner = innerOf(schema);
  return schema.meta()?.description ?? (inner && descriptionOf(inner));
}

function unwrapped(schema: z.ZodType | undefined): z.ZodType | undefined {
  const inner = schema && innerOf(schema);
  return inner ? unwrapped(inner) : schema;
}

function innerOf(schema: z.ZodType): z.ZodType | undefined {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodReadonly
  ) {
    return schema.unwrap() as z.ZodType;
  }
  return undefined;
}

/** Whether a schema is another one, apart from its description. */
function isSame(one: z.ZodType | undefined, other: z.ZodType | undefined): boolean {
  if (!one || !other) return false;
  const inner = unwrapped(other) as z.ZodType;
  for (let schema: z.core.$ZodType | undefined = inner; schema; schema = schema._zod.parent) {
    if (schema === one) return true;
  }
  return false;
}
