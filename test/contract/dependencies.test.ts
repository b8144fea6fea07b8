import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Licences that let anybody run, change and pass on the product as a whole. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]);

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses?: readonly { readonly license?: { readonly id: string }; readonly expression?: string }[];
}

interface Bill {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

/** Returns the bill that `npm run sbom` writes while no command of npm can be reached. */
function bill(): { readonly text: string; readonly bom: Bill } {
  const file = join(temporaryFolder(), 'sbom.json');
  execFileSync(process.execPath, [join(ROOT, 'scripts/sbom.mjs'), file], { env: {} });
  const text = readFileSync(file, 'utf8');
  return { text, bom: JSON.parse(text) as Bill };
}

/** Whether one may choose the licences of an SPDX expression so that all of them are allowed. */
function isAllowed(expression: string): boolean {
  return expression
    .replaceAll(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((license) => ALLOWED.has(license.trim())));
}

it('npm run sbom lists every package of production with its hash, and no other', () => {
  const { bom, text } = bill();
  expect([bom.bomFormat, bom.specVersion]).toEqual(['CycloneDX', '1.6']);
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const expected = Object.entries(packages).flatMap(([path, { version, integrity, dev, link }]) => {
    const [, name = ''] = /.*node_modules\/(.+)$/.exec(path) ?? [];
    if (name === '' || dev || link) return [];
    const hash = Buffer.from(integrity?.replace('sha512-', '') ?? '', 'base64').toString('hex');
    return [`${name} ${version} ${hash}`];
  });
  const fromRegistry = bom.components.filter(({ hashes }) => hashes?.[0]?.alg === 'SHA-512');
  const listed = fromRegistry.map(
    ({ name, version, hashes }) => `${name} ${version} ${hashes?.[0]?.content}`,
  );
  expect(listed.sort()).toEqual([...new Set(expected)].sort());
  const names = bom.components.map(({ name }) => name);
  // Also in the development dependencies of other workspaces, or parts of the media worker, or what runs all of it.
  expect(names).toEqual(expect.arrayContaining(['nodemailer', 'zod', 'openssl', 'libsrtp3', 'node']));
  expect(names).not.toContain('vitest');
  expect(text).not.toContain(ROOT);
});

it('the bill names the dependencies of each package, all of which it lists', () => {
  const { bom } = bill();
  const listed = new Set(bom.components.map(({ purl }) => purl));
  const server = bom.dependencies.find(({ ref }) => ref.includes('%40televisit/server@'));
  const declared = JSON.parse(readFileSync(join(ROOT, 'server/package.json'), 'utf8')) as {
    dependencies: object;
  };
  const names = server?.dependsOn.map((purl) => decodeURIComponent(/npm\/(.+)@/.exec(purl)?.[1] ?? ''));
  expect(names?.sort()).toEqual(Object.keys(declared.dependencies).sort());
  for (const { ref, dependsOn } of bom.dependencies.slice(1)) {
    expect(
      [ref, ...dependsOn].filter((purl) => !listed.has(purl)),
      ref,
    ).toEqual([]);
  }
});

it('every package of production has a licence that lets operators run, change and pass it on', () => {
  const { bom } = bill();
  const offenders = bom.components
    .filter(({ purl }) => purl.startsWith('pkg:npm/'))
    .map(({ purl, licenses }) => ({
      purl,
      license: licenses?.[0]?.expression ?? licenses?.[0]?.license?.id ?? 'none',
    }))
    .filter(({ license }) => !isAllowed(license));
  expect(offenders).toEqual([]);
});

it.each([
  ['MIT', true],
  ['(MIT AND Zlib)', true],
  ['(GPL-3.0-only OR MIT)', true],
  ['(MIT AND AGPL-3.0-only)', false],
  ['GPL-2.0-only', false],
  ['NOASSERTION', false],
])('the check of licences answers %s with %s', (expression, allowed) => {
  expect(isAllowed(expression)).toBe(allowed);
});
