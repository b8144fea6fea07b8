// Builds dist/: the client as JavaScript for Node 20 and newer, with self-contained types.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OPERATIONS } from '@televisit/shared/operations';
import * as prettier from 'prettier';
import ts from 'typescript';
import { z } from 'zod';
import { Declarations, docComment } from './declarations.ts';
import { ROUTES } from './src/operations.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = process.argv[2] ?? join(HERE, 'dist');
/** The module that contains the named types of the contract, of which the client needs nothing at run time. */
const CONTRACT = 'contract';
/** The module that the package contains as its result, and the one that computes it. */
const [DERIVED, DERIVING] = ['operations', 'derive'];
/** The module whose types the derived ones refer to by name. */
const CALLS = 'api-calls';

rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST, { recursive: true });
const config = ts.getParsedCommandLineOfConfigFile(
  join(HERE, 'tsconfig.build.json'),
  {},
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: fail,
  },
);
if (!config) throw new Error('tsconfig.build.json can’t be read.');
const program = ts.createProgram({
  rootNames: config.fileNames,
  options: { ...config.options, rootDir: undefined },
});
const checker = program.getTypeChecker();
const own = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(join(HERE, 'src')));
for (const diagnostic of own.flatMap((file) => [...program.getSemanticDiagnostics(file)])) fail(diagnostic);

const used = new Map();
for (const file of own) {
  if ([DERIVED, DERIVING].includes(basename(file.fileName, '.ts'))) continue;
  collect(file);
  program.emit(file, (name, text) => {
    const contained = text
      .replaceAll(/(['"])@televisit\/shared\/[\w/-]+\1/g, `'./${CONTRACT}.js'`)
      // The compiler rewrites imports in JavaScript only, not in declarations.
      .replaceAll(/(['"])(\.\/[\w-]+)\.ts\1/g, "'$2.js'");
    write(basename(name), contained);
  });
}
const named = await Promise.all([...used].sort().map(([name, node]) => namedType(name, node)));
const declarations = new Declarations(checker, moduleOf(CALLS), named);
write(`${CONTRACT}.d.ts`, await formatted(contractTypes()));
write(`${CONTRACT}.js`, 'export {};\n');
write(`${DERIVED}.d.ts`, await formatted(operationTypes()));
write(`${DERIVED}.js`, await formatted(`export const ROUTES = ${JSON.stringify(ROUTES)};`));
write('package.json', manifest());
copyFileSync(join(HERE, 'README.md'), join(DIST, 'README.md'));

/** Records every type that a file imports from the contract. @param {ts.SourceFile} file */
function collect(file) {
  ts.forEachChild(file, (node) => {
    if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) return;
    if (!node.moduleSpecifier?.getText().includes('@televisit/shared/')) return;
    const bindings = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause;
    if (!bindings || !('elements' in bindings)) return;
    for (const { name } of bindings.elements) used.set(name.text, name);
  });
}

/** Returns a recorded type with the schema from which it is inferred. */
async function namedType(name, node) {
  const symbol = checker.getAliasedSymbol(checker.getSymbolAtLocation(node));
  const [declaration] = symbol.declarations;
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const query = ts.isTypeAliasDeclaration(declaration) && declaration.type.typeArguments?.[0];
  if (!query || !ts.isTypeQueryNode(query)) return { name, type, declaration };
  const module = await import(pathToFileURL(declaration.getSourceFile().fileName).href);
  const [constant] = checker.getSymbolAtLocation(query.exprName).declarations;
  return { name, type, declaration, constant, schema: module[query.exprName.getText()] };
}

/** Returns the source of a module with all recorded types. */
function contractTypes() {
  const types = named.map(({ name, type, declaration, constant, schema }) => {
    if (ts.isInterfaceDeclaration(declaration)) return `${comment(declaration)}${declaration.getText()}`;
    return `${comment(constant ?? declaration)}export type ${name} = ${declarations.text(type, schema, { expand: true })};`;
  });
  return `${types.join('\n\n')}\n`;
}

/** Returns the source of a module with the routes, and with the types of all operations and methods. */
function operationTypes() {
  const generated = { OperationTypes: typesOf, OperationMethods: methodOf };
  const parts = moduleOf(DERIVED)
    .statements.filter(ts.isTypeAliasDeclaration)
    .map((alias) => {
      const name = alias.name.text;
      if (!(name in generated)) return `${comment(alias)}${alias.getText()}`;
      const operations = checker.getTypeAtLocation(alias);
      const members = Object.keys(ROUTES).map((id) => generated[name](operations.getProperty(id)));
      return `${comment(alias)}export interface ${name} {\n${members.join('\n')}\n}`;
    });
  const body = parts.join('\n\n');
  const isUsed = (name) => new RegExp(`\\b${name}\\b`).test(body);
  const calls = ['CallOptions', 'Instant'].filter(isUsed);
  const types = named.map(({ name }) => name).filter(isUsed);
  return `
    import type { Route, ${calls.join(', ')} } from './${CALLS}.js';
    import type { ${types.join(', ')} } from './${CONTRACT}.js';

    export declare const ROUTES: Readonly<Record<OperationId, Route>>;

    ${body}`;
}

/** Returns the types of an operation. @param {ts.Symbol} operation */
function typesOf(operation) {
  const parts = partsOf(operation).map(({ name, text }) => `readonly ${name}: ${text};`);
  return `readonly ${operation.name}: {\n${parts.join('\n')}\n};`;
}

/** Returns the method of an operation. @param {ts.Symbol} operation */
function methodOf(operation) {
  const { name } = operation;
  const { path, body, filtersFirst, repeatable } = ROUTES[name];
  const ids = [...path.matchAll(/\{(\w+)\}/g)].map(([, id]) => id);
  const parts = [...(body ? ['request'] : []), ...(filtersFirst ? ['filters'] : []), 'options'];
  const types = new Map(
    partsOf(moduleType('OperationTypes').getProperty(name)).map((part) => [part.name, part]),
  );
  const typeOf = (part) => {
    const { text } = types.get(part);
    return /^\w+$/.test(text) ? text : `${part[0].toUpperCase()}${part.slice(1)}Of<'${name}'>`;
  };
  const { parameters } = checker.typeToTypeNode(
    checker.getTypeOfSymbol(operation),
    moduleOf(CALLS),
    ts.NodeBuilderFlags.NoTruncation,
  );
  if (parameters.length !== ids.length + parts.length)
    throw new Error(`${name} has other arguments than types.`);
  const declared = parameters.map(({ questionToken }, index) => {
    const part = parts[index - ids.length];
    return `${part ?? ids[index]}${questionToken ? '?' : ''}: ${part ? typeOf(part) : 'string'}`;
  });
  const { summary, description } = OPERATIONS[name];
  const once = repeatable ? undefined : 'Not retried if the response is lost.';
  const doc = docComment(`${summary}.`, description, once);
  return `${doc}\n${name}(${declared.join(', ')}): Promise<${typeOf('response')}>;\n`;
}

/** Returns the types of an operation as text. @param {ts.Symbol} operation */
function partsOf(operation) {
  const { body, query, headers, answers } = OPERATIONS[operation.name];
  const options = Object.entries(ROUTES[operation.name].headers).map(([option, name]) => [
    option,
    headers.shape[name],
  ]);
  const schemas = {
    request: body,
    filters: query,
    options: z.object({ ...query?.shape, ...Object.fromEntries(options) }),
    response: Object.values(answers)[0].schema,
  };
  return checker
    .getTypeOfSymbol(operation)
    .getProperties()
    .map((part) => {
      const text = declarations.text(checker.getTypeOfSymbol(part), schemas[part.name]);
      return { name: part.name, text };
    });
}

/** Returns a type that the derived module exports. @param {string} name */
function moduleType(name) {
  const alias = moduleOf(DERIVED).statements.find(
    (statement) => ts.isTypeAliasDeclaration(statement) && statement.name.text === name,
  );
  return checker.getTypeAtLocation(alias);
}

/** Returns a source file of the client. @param {string} name */
function moduleOf(name) {
  return own.find(({ fileName }) => basename(fileName, '.ts') === name);
}

/** Returns the doc comment of a declaration, on lines of its own. @param {ts.Node} node */
function comment(node) {
  const [doc] = ts.getJSDocCommentsAndTags(node).slice(-1);
  return doc ? `${doc.getText()}\n` : '';
}

/** Returns the package.json of the built package. */
function manifest() {
  const { name, version, description, license, type } = JSON.parse(
    readFileSync(join(HERE, 'package.json'), 'utf8'),
  );
  const exports = { '.': { types: './index.d.ts', default: './index.js' } };
  return `${JSON.stringify({ name, version, description, license, type, engines: { node: '>=20' }, exports }, null, 2)}\n`;
}

/** @param {string} source */
async function formatted(source) {
  const style = await prettier.resolveConfig(fileURLToPath(import.meta.url));
  return prettier.format(source, { ...style, parser: 'typescript' });
}

/** Writes a file of the package. @param {string} name @param {string} text */
function write(name, text) {
  writeFileSync(join(DIST, name), text);
}

/** @param {ts.Diagnostic} diagnostic @returns {never} */
function fail(diagnostic) {
  throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
}
