import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { OPERATIONS, type OperationContract } from '@televisit/shared/operations';
import { INTERNAL_SECRET } from '../infra/settings.ts';
import { ask, inParallel, insiders, someAddress, Tally, type Attack, type Insider } from './attack.ts';

/** Headers and bodies must be there within 10 and 30 s; the bench waits for the first. */
const HEADERS_MS = 10_000 + 5_000;
const MEGABYTE = 1024 * 1024;

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Requests whose headers arrive a byte at a time (slow loris). */
export const slowRequests: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const { port, hostname } = new URL(url);
  const ends = Array.from({ length: Math.ceil(600 * share) }, (_, index) => {
    const socket = connect(Number(port), hostname);
    socket.write(
      `${index % 2 === 0 ? 'GET' : 'POST'} /join/sess_1 HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${someAddress()}\r\nX-Slow: `,
    );
    const drip = setInterval(() => socket.write('x'), 500);
    socket.on('error', () => undefined);
    socket.resume();
    const cut = new Promise<string>((resolve) => socket.once('close', () => resolve('cut')));
    return Promise.race([cut, wait(HEADERS_MS, 'stays open')]).then((end) => {
      clearInterval(drip);
      socket.destroy();
      return end;
    });
  });
  for (const end of await Promise.all(ends)) {
    if (end !== 'cut') tally.gotIn('a request whose headers never end');
    tally.answer(end);
  }
  return tally.outcome;
};

const depth = 30_000;
const BOMBS: readonly string[] = [
  '['.repeat(depth) + ']'.repeat(depth),
  `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
  `{"rating":${'['.repeat(depth)}${']'.repeat(depth)}}`,
  `[${Array(30_000).fill('0').join(',')}]`,
  `{${Array.from({ length: 5_000 }, (_, index) => `"k${index}":0`).join(',')}}`,
  `{${Array(3_000).fill('"rating":0').join(',')},"rating":"x"}`,
  '{"rating":5,"__proto__":{"role":"doctor"}}',
  '{"__proto__":{"rating":5}}',
  '{"constructor":{"prototype":{"rating":5}}}',
  `{"rating":1${'0'.repeat(60_000)}}`,
  `{"rating":5,"comment":"${'\\u0000'.repeat(10_000)}"}`,
  `{"rating":5,"comment":"${'x'.repeat(64 * 1024)}"}`,
  `"${'x'.repeat(200_000)}"`,
];

/** Bodies of JSON that are expensive or ambiguous, from a participant and from somebody who has the secret of the backend. */
export const jsonBombs: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const [{ token, sessionId } = { token: '', sessionId: '' }] = await insiders(url, 1);
  const places = [
    { path: `/api/v1/visits/${sessionId}/feedback`, method: 'POST', headers: bearer(token) },
    { path: '/sessions', method: 'POST', headers: { 'X-Internal-Secret': INTERNAL_SECRET } },
    { path: `/sessions/${sessionId}`, method: 'PATCH', headers: { 'X-Internal-Secret': INTERNAL_SECRET } },
  ];
  await inParallel(2_000 * share, 16, async (index) => {
    const { path, method, headers } = places[index % places.length]!;
    const body = BOMBS[Math.floor(index / places.length) % BOMBS.length]!;
    const { status } = await ask(url, path, { method, headers: { ...headers, ...JSON_TYPE }, body });
    if (status < 400 && status !== 0) tally.gotIn(`${method} ${path} with ${body.slice(0, 60)}`);
    if (status >= 500) tally.gotIn(`${status} for ${method} ${path} with ${body.slice(0, 60)}`);
    tally.answer(String(status));
  });
  return tally.outcome;
};

/** Compressed bodies that would expand to 100 MB: as JSON, as a file of the chat, and as events of providers. */
export const zipBombs: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const [{ token, sessionId } = { token: '', sessionId: '' }] = await insiders(url, 1);
  const bomb = gzipSync(Buffer.alloc(100 * MEGABYTE, ' '));
  const places = [
    { path: `/api/v1/visits/${sessionId}/feedback`, headers: { ...bearer(token), ...JSON_TYPE } },
    { path: `/api/v1/visits/${sessionId}/files`, headers: { ...bearer(token), 'Content-Type': 'image/png' } },
    { path: '/sessions', headers: { 'X-Internal-Secret': INTERNAL_SECRET, ...JSON_TYPE } },
    { path: '/webhooks/meeting', headers: JSON_TYPE },
  ];
  await inParallel(200 * share, 8, async (index) => {
    const { path, headers } = places[index % places.length]!;
    const encoding = ['gzip', 'deflate', 'gzip, gzip', 'br'][Math.floor(index / places.length) % 4]!;
    const { status } = await ask(url, path, {
      method: 'POST',
      headers: { ...headers, 'Content-Encoding': encoding },
      body: bomb,
    });
    if (status < 400 && status !== 0) tally.gotIn(`${path} with ${encoding}`);
    if (status >= 500) tally.gotIn(`${status} for ${path} with ${encoding}`);
    tally.answer(String(status));
  });
  return tally.outcome;
};

const guess = () => randomBytes(12).toString('hex');

/** Ids and signatures that a stranger, or a participant of another visit, makes up. */
export const guessedIds: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const [own, other] = (await insiders(url, 2)) as [Insider, Insider];
  const expires = () => String(Math.floor(Date.now() / 1000) + 3600);
  const paths: (() => [string, Record<string, string>])[] = [
    () => [`/sessions/sess_${guess()}`, {}],
    () => [`/sessions/sess_${guess()}`, { 'X-Internal-Secret': guess() }],
    () => [`/api/v1/visits/sess_${guess()}`, bearer(own.token)],
    () => [`/api/v1/visits/${other.sessionId}`, bearer(own.token)],
    () => [`/api/v1/visits/${own.sessionId}/files/file_${guess()}`, bearer(own.token)],
    () => [`/api/v1/visits/${other.sessionId}/files/file_${guess()}`, bearer(own.token)],
    () => [`/users/doctor/calendar.ics?link=1&signature=${guess()}`, {}],
    () => [`/users/user_${guess()}/calendar.ics?link=1&signature=${guess()}`, {}],
    () => [`/sessions/${own.sessionId}/recordings/rec_${guess()}/files/file_${guess()}`, bearer(own.token)],
    () => [
      `/sessions/${own.sessionId}/recordings/rec_${guess()}/files/file_${guess()}/download?expires=${expires()}&signature=${guess()}`,
      {},
    ],
    () => [`/join/${own.sessionId}/${guess()}`, {}],
    () => [`/j/${guess()}`, {}],
    () => [`/m/${guess()}`, {}],
    () => [`/webhook-endpoints/whe_${guess()}`, { 'X-Internal-Secret': own.token }],
  ];
  await inParallel(5_000 * share, 32, async (index) => {
    const [path, headers] = paths[index % paths.length]!();
    const { status, headers: answered } = await ask(url, path, { headers });
    // An unknown invitation leads to the join page, which says so; one that is known brings a token.
    const isRefused = status >= 400 || (status === 303 && !String(answered.location).includes('token='));
    if (!isRefused && status !== 0) tally.gotIn(path);
    if (status >= 500) tally.gotIn(`${status} for ${path}`);
    tally.answer(String(status));
  });
  return tally.outcome;
};

/** Segments that lead out of a folder if a server decodes them once too often, or too late. */
const UPS = [
  '..',
  '%2e%2e',
  '%2E%2e',
  '.%2e',
  '%252e%252e',
  '..%00',
  '..;',
  '%c0%ae%c0%ae',
  '%e0%80%ae%e0%80%ae',
  '..%5c..',
  '..%255c..',
  '..\\..',
  '....//..',
  '%u002e%u002e',
];
const SLASHES = ['/', '%2f', '%5c', '\\', '%252f', '//'];
const GOALS = [
  'etc/passwd',
  'package.json',
  'server/src/main.ts',
  'data/televisit.db',
  'proc/self/environ',
  '.env',
];
const ROOTS = [
  '',
  '/assets',
  '/join',
  '/docs',
  '/api/v1',
  '/recordings/x',
  '/sessions/x/recordings/y/files',
  '/api/v1/visits/x/files',
];
/** What a file of the goals would contain. */
const SECRETS = /root:.*:0:0|"workspaces"|loadDotenv|SQLite format|(?:INTERNAL|VIDEO_JWT)_SECRET=/;

/** Every route that serves files, with each way to write a parent folder. */
export const traversal: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const [{ token, sessionId } = { token: '', sessionId: '' }] = await insiders(url, 1);
  const paths = ROOTS.flatMap((root) =>
    UPS.flatMap((up) =>
      SLASHES.flatMap((slash) =>
        GOALS.map((goal) => `${root}/${Array(6).fill(up).join(slash)}${slash}${goal.replaceAll('/', slash)}`),
      ),
    ),
  );
  const step = Math.max(1, Math.round(1 / share));
  const chosen = paths.filter((_, index) => index % step === 0);
  await inParallel(chosen.length, 32, async (index) => {
    const path = chosen[index]!.replace('/visits/x/', `/visits/${sessionId}/`);
    const { status, text } = await ask(url, path.replaceAll(/[\s]/g, '%20'), { headers: bearer(token) });
    if (SECRETS.test(text)) tally.gotIn(path);
    if (status >= 500) tally.gotIn(`${status} for ${path}`);
    tally.answer(String(status));
  });
  return tally.outcome;
};

/** Every operation of the backend, of mail links and of other visits, with the token of a patient in every place where it could go. */
export const patientCallsOperations: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const [own, other] = (await insiders(url, 2)) as [Insider, Insider];
  const operations = Object.entries(OPERATIONS as Record<string, OperationContract>).filter(
    ([, { access }]) => access !== 'none',
  );
  await inParallel(Math.max(1, Math.round(10 * share)) * operations.length, 16, async (index) => {
    const [id, { method, path, access, body }] = operations[index % operations.length]!;
    // Their own visit is theirs to use, so a token is tried at another one.
    const sessionId = access === 'join_token' ? other.sessionId : own.sessionId;
    const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      name === 'sessionId' ? sessionId : 'patient',
    );
    const headers = {
      ...bearer(own.token),
      'X-Internal-Secret': own.token,
      Cookie: `token=${own.token}`,
      ...JSON_TYPE,
    };
    const query = `?token=${own.token}&secret=${own.token}&signature=${own.token}`;
    const { status } = await ask(url, address + query, {
      method: method.toUpperCase(),
      headers,
      ...(body ? { body: '{}' } : {}),
    });
    if (status < 400 && status !== 0) tally.gotIn(id);
    if (status >= 500) tally.gotIn(`${status} for ${id}`);
    tally.answer(String(status));
  });
  return tally.outcome;
};
