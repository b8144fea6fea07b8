import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SDK = fileURLToPath(new URL('..', import.meta.url));

/** Returns everything that `index.ts` exports, by name and with its types, one below the other. */
export function publicApi(): string {
  const entry = `${SDK}index.ts`;
  const program = ts.createProgram([entry], compilerOptions());
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(entry);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${entry} exports nothing`);
  return [...checker.getExportsOfModule(module)]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((symbol) => described(checker, symbol))
    .join('\n');
}

function compilerOptions(): ts.CompilerOptions {
  const path = `${SDK}../../tsconfig.json`;
  const { config } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, `${SDK}../..`);
  // The bundler's own types are not needed here, and slow to read.
  return { ...options, types: [] };
}

function described(checker: ts.TypeChecker, exported: ts.Symbol): string {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const [declaration] = symbol.declarations ?? [];
  if (!declaration) throw new Error(`${exported.name} has no declaration`);
  if (ts.isClassDeclaration(declaration)) {
    return describedClass(checker, symbol, declaration, isTypeOnly(exported));
  }
  if (ts.isTypeAliasDeclaration(declaration) && ts.isIndexedAccessTypeNode(declaration.type)) {
    // The written type refers to a list that is not shown.
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    return `type ${exported.name} = ${written(checker, type, ts.TypeFormatFlags.InTypeAlias)};\n`;
  }
  if (ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration)) {
    return withoutComments(declaration);
  }
  const type = checker.getTypeOfSymbolAtLocation(symbol, declaration);
  return `const ${exported.name}: ${written(checker, type)};\n`;
}

/** Describes the public part of a class: no private members, no code, and no constructor if only its type is exported. */
function describedClass(
  checker: ts.TypeChecker,
  symbol: ts.Symbol,
  declaration: ts.ClassDeclaration,
  typeOnly: boolean,
): string {
  const own = (type: ts.Type) =>
    checker.getPropertiesOfType(type).filter(({ valueDeclaration: member }) => {
      if (member?.parent !== declaration) return false;
      const name = ts.getNameOfDeclaration(member);
      return name !== undefined && !ts.isPrivateIdentifier(name);
    });
  const statics = typeOnly ? [] : own(checker.getTypeOfSymbol(symbol));
  const members = own(checker.getDeclaredTypeOfSymbol(symbol));
  const constructors = typeOnly ? [] : constructorsOf(checker, symbol);
  const line = (member: ts.Symbol) =>
    `${member.name}: ${written(checker, checker.getTypeOfSymbolAtLocation(member, declaration))};`;
  const heritage = (declaration.heritageClauses ?? []).map((clause) => ` ${clause.getText()}`).join('');
  return [
    `class ${symbol.name}${heritage} {`,
    ...constructors.map((signature) => `    new ${signature};`),
    ...statics.map((member) => `    static ${line(member)}`),
    ...members.map((member) => `    ${line(member)}`),
    '}\n',
  ].join('\n');
}

function isTypeOnly(exported: ts.Symbol): boolean {
  return (exported.declarations ?? []).some(
    (node) => ts.isExportSpecifier(node) && ts.isTypeOnlyExportDeclaration(node),
  );
}

function constructorsOf(checker: ts.TypeChecker, symbol: ts.Symbol): string[] {
  return checker
    .getTypeOfSymbol(symbol)
    .getConstructSignatures()
    .map((signature) => checker.signatureToString(signature));
}

function written(checker: ts.TypeChecker, type: ts.Type, flags = ts.TypeFormatFlags.None): string {
  const { NoTruncation, UseSingleQuotesForStringLiteralType } = ts.TypeFormatFlags;
  return checker.typeToString(type, undefined, flags | NoTruncation | UseSingleQuotesForStringLiteralType);
}

function withoutComments(declaration: ts.Declaration): string {
  const printer = ts.createPrinter({ removeComments: true });
  const text = printer.printNode(ts.EmitHint.Unspecified, declaration, declaration.getSourceFile());
  return `${text.replace(/^export /, '')}\n`;
}
