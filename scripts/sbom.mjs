// npm run sbom [-- FILE]: writes a software bill of materials of what runs in production (CycloneDX 1.6), without the network.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from './setup/paths.mjs';

/**
 * A package in package-lock.json.
 * @typedef {{ version?: string, license?: string, integrity?: string, resolved?: string, dev?: boolean, link?: boolean,
 *   optional?: boolean, devOptional?: boolean, dependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string>, peerDependencies?: Record<string, string> }} Package
 */

const MODULES = 'node_modules/';
/** The workspaces of the product; that of the tests is none. */
const WORKSPACES = ['shared', 'server', 'client', 'api-client'];
/** The libraries that the media worker is built from. */
const WRAPS = 'node_modules/mediasoup/worker/subprojects';
/** Those that are not in its binary: its test framework, and one for Windows. */
const NOT_IN_WORKER = ['catch2', 'wingetopt'];

/** @param {string} path a file of the repository */
const readText = (path) => readFileSync(join(ROOT, path), 'utf8');

/** @type {Record<string, Package>} */
const packages = JSON.parse(readText('package-lock.json')).packages;

/** @param {string} path the place of a package in package-lock.json @returns {string} its package URL */
function purlOf(path) {
  const at = path.lastIndexOf(MODULES);
  const name = at >= 0 ? path.slice(at + MODULES.length) : path === '' ? 'televisit' : `@televisit/${path}`;
  return `pkg:npm/${name.replace('@', '%40')}@${packages[path]?.version}`;
}

/**
 * Returns the place of a dependency by Node's rules, or null if it is not installed.
 * @param {string} from the place of the package that has it
 * @param {string} name
 */
function resolved(from, name) {
  const folders = [`${from}/`];
  for (let at = from.lastIndexOf(MODULES); at >= 0; at = at > 0 ? from.lastIndexOf(MODULES, at - 1) : -1) {
    folders.push(from.slice(0, at));
  }
  const path = [...folders, ''].map((folder) => folder + MODULES + name).find((place) => packages[place]);
  const found = path === undefined ? undefined : packages[path];
  return (found?.link ? found.resolved : path) ?? null;
}

/** @param {string} path @returns {string[]} the package URLs of its dependencies */
function dependenciesOf(path) {
  const { dependencies, optionalDependencies, peerDependencies } = packages[path] ?? {};
  const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  const places = names.map((name) => resolved(path, name)).filter((place) => place !== null);
  return [...new Set(places.filter((place) => !packages[place]?.dev).map(purlOf))].sort();
}

/** @param {string} path */
function componentOf(path) {
  const { version, license, integrity, optional, devOptional } = packages[path] ?? {};
  const purl = purlOf(path);
  const [, sha512] = /^sha512-(.+)$/.exec(integrity ?? '') ?? [];
  return {
    'bom-ref': purl,
    type: 'library',
    name: decodeURIComponent(purl.slice('pkg:npm/'.length, purl.lastIndexOf('@'))),
    version,
    scope: optional || devOptional ? 'optional' : 'required',
    purl,
    ...(sha512
      ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(sha512, 'base64').toString('hex') }] }
      : {}),
    licenses: [licenseOf(license ?? licenseInPackage(path))],
  };
}

/** @param {string} license an SPDX expression */
function licenseOf(license) {
  return license.includes(' ') ? { expression: license } : { license: { id: license } };
}

/** @param {string} path @returns {string} the licence in the old form, which npm does not copy */
function licenseInPackage(path) {
  const { licenses = [] } = JSON.parse(readText(`${path}/package.json`));
  return licenses.map((/** @type {{ type: string }} */ { type }) => type).join(' OR ') || 'NOASSERTION';
}

/** Returns the C++ libraries of mediasoup's prebuilt worker. A worker built by the set-up has those of the machine. */
function librariesOfWorker() {
  const names = readdirSync(join(ROOT, WRAPS)).filter((file) => file.endsWith('.wrap'));
  return names.flatMap((file) => {
    const name = file.slice(0, -'.wrap'.length);
    if (NOT_IN_WORKER.includes(name)) return [];
    const text = readText(`${WRAPS}/${file}`);
    const version = /^directory = \D*\d?-v?(\d\S*)$/m.exec(text)?.[1];
    const content = /^source_hash = ([0-9a-f]{64})$/m.exec(text)?.[1];
    if (!version || !content) throw new Error(`${file} has no version or no hash.`);
    const purl = `pkg:generic/${name}@${version}`;
    const hashes = [{ alg: 'SHA-256', content }];
    return [{ 'bom-ref': purl, type: 'library', name, version, scope: 'required', purl, hashes }];
  });
}

/** Returns the Node that runs the server: a development dependency of the repository, but not of the product. */
function runtime() {
  const version = packages['node_modules/node']?.version;
  const purl = `pkg:generic/node@${version}`;
  return { 'bom-ref': purl, type: 'platform', name: 'node', version, scope: 'required', purl };
}

function bill() {
  const shipped = Object.keys(packages).filter((path) => {
    const { dev, link } = packages[path] ?? {};
    return !dev && !link && (path.includes(MODULES) || WORKSPACES.includes(path));
  });
  // One package may be at several places.
  const places = [...new Map(shipped.map((path) => [purlOf(path), path])).values()];
  const libraries = librariesOfWorker();
  const worker = purlOf('node_modules/mediasoup');
  const root = purlOf('');
  const dependencies = places.map((path) => {
    const inBinary = purlOf(path) === worker ? libraries.map(({ purl }) => purl) : [];
    return { ref: purlOf(path), dependsOn: [...dependenciesOf(path), ...inBinary] };
  });
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: new Date().toISOString(),
      component: {
        'bom-ref': root,
        type: 'application',
        name: 'televisit',
        version: packages['']?.version,
        purl: root,
        licenses: [licenseOf(packages['']?.license ?? 'NOASSERTION')],
      },
    },
    components: [...places.map(componentOf), ...libraries, runtime()],
    dependencies: [{ ref: root, dependsOn: WORKSPACES.map(purlOf) }, ...dependencies],
  };
}

const file = resolve(process.argv[2] ?? join(ROOT, 'sbom.cdx.json'));
const bom = bill();
writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`);
console.log(`${bom.components.length} components: ${file}`);
