import fc from 'fast-check';

/** Malicious JSON as text: some of it cannot be written in JavaScript. */
const TEXTS = [
  'null',
  'true',
  '0',
  '-1',
  '1.5',
  '1e308',
  '1e999',
  '9007199254740993',
  '""',
  '" "',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"a\\udfffb"',
  '"\\u202eabc"',
  '"__proto__"',
  '"constructor"',
  '"$where"',
  '"%00"',
  '"../../etc/passwd"',
  `"${'x'.repeat(129)}"`,
  `"${'😀'.repeat(3000)}"`,
  `"${'x'.repeat(50_000)}"`,
  '[]',
  '{}',
  '[[]]',
  `[${Array(3000).fill('"x"').join(',')}]`,
  `${'['.repeat(3000)}${']'.repeat(3000)}`,
  `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`,
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  '{"toString":1,"valueOf":2,"toJSON":3,"length":-1}',
  '{"$gt":""}',
  '{"$ne":null}',
];
const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toJSON',
  '$where',
  'a.b',
  '',
  'unknown',
  '\ud800',
  'x'.repeat(300),
];

type Path = readonly (string | number)[];
type Mutation = (value: unknown, path: Path) => unknown;

/** Replaces one part of a value. */
export function mutated(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(values, fc.nat(), mutation).map(([value, at, mutate]) => {
    const places = placesOf(value);
    return mutate(value, places[at % places.length] ?? []);
  });
}

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS).map((text) => JSON.parse(text) as unknown) },
  { weight: 1, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 5,
    arbitrary: hostileValue.map(
      (hostile): Mutation =>
        (value, path) =>
          put(value, path, hostile),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Mutation>((value, path) => put(value, path, undefined)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...NAMES), hostileValue).map(
      ([name, hostile]): Mutation =>
        (value, path) =>
          put(value, [...parentOf(value, path), name], hostile),
    ),
  },
);

function placesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesOf(inner, [...path, key]))];
}

/** Returns the path of the object at a path, or of the one around it. */
function parentOf(value: unknown, path: Path): Path {
  const at = path.reduce<unknown>((outer, key) => (outer as Record<string, unknown>)[key], value);
  return typeof at === 'object' && at !== null ? path : path.slice(0, -1);
}

/**
 * Returns a copy with another value at a path; undefined removes it. Keys such as __proto__ are keys like any other.
 */
function put(value: unknown, [key, ...rest]: Path, hostile: unknown): unknown {
  if (key === undefined) return hostile;
  const copy: object = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) };
  const inner = put((value as Record<string, unknown> | null)?.[key], rest, hostile);
  Object.defineProperty(copy, key, { value: inner, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** Bodies that are no JSON, or no valid body. */
export const hostileBody: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', ' ', '{', '[1,', 'nul', '\u0000', '\ufeff{}', 'x'.repeat(70_000), ...TEXTS),
  fc.string({ unit: 'binary' }),
);

/** One segment of a path, correctly encoded or not. */
export const hostileSegment: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '%00',
    'a%00b',
    '%',
    '%zz',
    '%ed%a0%80',
    '%c0%ae',
    '.',
    '..',
    '%2e%2e',
    '..%2f..%2fetc%2fpasswd',
    '../..',
    '%20',
    '%0d%0aX-Injected:1',
    '__proto__',
    'constructor',
    '$where',
    '%7B%22$gt%22:%22%22%7D',
    "'%20OR%201=1--",
    'sess_00000000',
    'sess_',
    'x'.repeat(129),
    'x'.repeat(8000),
    '%F0%9F%98%80'.repeat(300),
    ';',
    ':sessionId',
    '*',
    '(.*)',
  ),
  fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => encodeURIComponent(text.toWellFormed())),
);

/** Queries with unexpected parameters. */
export const hostileQuery: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'limit=1&limit=2',
    'limit=0',
    'limit=201',
    'limit=1e2',
    'limit=0x10',
    'limit=',
    'limit=%00',
    'limit=Infinity',
    'limit[]=1',
    'status=live&status=ended',
    'status=',
    'status=,',
    'status=live,dead',
    'status[$ne]=live',
    'cursor=',
    'cursor=%00',
    'cursor=MTpzZXNz',
    `cursor=${Buffer.from('999999999999999:sess_00000000').toString('base64url')}`,
    `cursor=${Buffer.from('1:sess_0000000a\n').toString('base64url')}`,
    `cursor=${Buffer.from('-1:sess_00000000').toString('base64url')}`,
    `cursor=${Buffer.from('{"createdAt":{"$gt":0}}').toString('base64url')}`,
    `cursor=${'A'.repeat(300)}`,
    'from=yesterday',
    'from=2026-13-45T99:99:99Z',
    'from=%2B275760-09-13T00:00:00Z',
    'from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z',
    'from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z',
    'timeZone=Mars/Olympus',
    'timeZone=%00',
    'timeZone=Europe/Berlin',
    'format=xml',
    'format=csv&format=json',
    'link=2',
    'signature=x',
    '__proto__=1',
    '__proto__[x]=1',
    'constructor=1',
    'unknown=1',
    'userId=%ed%a0%80',
    'userId=%00',
    `node=${'n'.repeat(65)}`,
    '=',
    '&&&',
    '%',
    '%zz=%zz',
    `a=${'x'.repeat(4000)}`,
  ),
  fc.tuple(fc.webQueryParameters(), fc.webQueryParameters()).map((parts) => parts.join('&')),
);
