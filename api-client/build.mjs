// Builds dist/: the client as JavaScript for Node 20 and newer, with self-contained types.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const HERE = dirname(fileURLToPath(import.meta.url));
const DIST = process.argv[2] ?? join(HERE, 'dist');
/** The module that contains the types of the contract, of which the client needs nothing at run time. */
const CONTRACT = 'contract';

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
const own = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(join(HERE, 'src')));
for (const diagnostic of own.flatMap((file) => [...program.getSemanticDiagnostics(file)])) fail(diagnostic);

const used = new Map();
for (const file of own) {
  collect(file);
  program.emit(file, (name, text) => {
    const contained = text
      .replaceAll(/(['"])@televisit\/shared\/[\w/-]+\1/g, `'./${CONTRACT}.js'`)
      // The compiler rewrites imports in JavaScript only, not in declarations.
      .replaceAll(/(['"])(\.\/[\w-]+)\.ts\1/g, "'$2.js'");
    writeFileSync(join(DIST, name.split('/').at(-1) ?? ''), contained);
  });
}
writeFileSync(join(DIST, `${CONTRACT}.d.ts`), contract());
writeFileSync(join(DIST, `${CONTRACT}.js`), 'export {};\n');
writeFileSync(join(DIST, 'package.json'), manifest());
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

/** Returns the source of a module with all recorded types, expanded. */
function contract() {
  const checker = program.getTypeChecker();
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias;
  const types = [...used].sort().map(([name, node]) => {
    const symbol = checker.getAliasedSymbol(checker.getSymbolAtLocation(node));
    const [declared] = symbol.declarations;
    if (ts.isInterfaceDeclaration(declared)) return declared.getText();
    const type = checker.typeToString(checker.getDeclaredTypeOfSymbol(symbol), undefined, flags);
    return `export type ${name} = ${type};`;
  });
  return `${types.join('\n')}\n`;
}

/** Returns the package.json of the built package. */
function manifest() {
  const { name, version, description, license, type } = JSON.parse(
    readFileSync(join(HERE, 'package.json'), 'utf8'),
  );
  const exports = { '.': { types: './index.d.ts', default: './index.js' } };
  return `${JSON.stringify({ name, version, description, license, type, engines: { node: '>=20' }, exports }, null, 2)}\n`;
}

/** @param {ts.Diagnostic} diagnostic @returns {never} */
function fail(diagnostic) {
  throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
}
