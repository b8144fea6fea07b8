import { describe, expect, it } from 'vitest';
import { ERRORS } from './errors.ts';
import { analyticsQuery, listQuery, OPERATIONS, type OperationContract } from './operations.ts';

const operations: [string, OperationContract][] = Object.entries(OPERATIONS);
const placeholders = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);

describe('OPERATIONS', () => {
  it('each method and path belongs to one operation', () => {
    const addresses = operations.map(
      ([, { method, path }]) => `${method} ${path.replaceAll(/\{\w+\}/g, '*')}`,
    );
    expect(addresses.filter((address, index) => addresses.indexOf(address) !== index)).toEqual([]);
  });

  it.each(operations)('%s lists existing error codes, each once', (_, { errors }) => {
    for (const code of errors) expect(Object.keys(ERRORS)).toContain(code);
    expect(new Set(errors).size).toBe(errors.length);
  });

  it.each(operations)('%s declares the parameters of its path', (_, { path, params }) => {
    expect(path).toMatch(/^\/[\w/{}.-]+$/);
    expect(Object.keys(params?.shape ?? {}).sort()).toEqual(placeholders(path).sort());
  });

  it.each(operations)('%s describes its successful answers', (_, { answers, summary, tag }) => {
    expect(Object.keys(answers).length).toBeGreaterThan(0);
    for (const [status, { description }] of Object.entries(answers)) {
      expect(Number(status)).toBeGreaterThanOrEqual(200);
      expect(Number(status)).toBeLessThan(300);
      expect(description).not.toBe('');
    }
    expect(summary).not.toBe('');
    expect(tag).not.toBe('');
  });

  it.each(operations.filter(([, { method }]) => method === 'get'))(
    '%s has no body because it is a GET',
    (_, operation) => {
      expect(operation.body).toBeUndefined();
    },
  );

  it.each(operations.filter(([, { path }]) => /^\/(sessions|users|webhook-)/.test(path)))(
    '%s requires a secret or a signature because it concerns people',
    (_, { access }) => expect(['internal', 'signed_link']).toContain(access),
  );

  it('writing operations list the conflict error unless they cannot race', () => {
    const alone = [
      'createSession',
      'joinSession',
      'announce',
      'addCaption',
      'createWebhookEndpoint',
      'deleteWebhookEndpoint',
      'testWebhookEndpoint',
      'replayWebhookEndpoint',
      'replayWebhookDelivery',
      'drainNode',
      'undrainNode',
      'revokeCalendarLink',
      'unsubscribePush',
      'createRecordingLink',
      'composeRecording',
      'createTranscript',
      'correctTranscript',
      'deleteTranscript',
      'createTranscriptLink',
      'createPlayerLink',
    ];
    const silent = operations.filter(
      ([id, { method, errors }]) => method !== 'get' && !alone.includes(id) && !errors.includes('conflict'),
    );
    expect(silent.map(([id]) => id)).toEqual([]);
  });
});

describe('createSession’s Idempotency-Key', () => {
  const { headers } = OPERATIONS.createSession;
  const takes = (key: string) => headers.safeParse({ 'idempotency-key': key }).success;

  it.each(['k', '7c9e6679-7425-40de-944b-e07fc1f90ae7', '"quoted"', 'k'.repeat(128)])('accepts %j', (key) => {
    expect(takes(key)).toBe(true);
  });

  it.each(['', ' ', 'a b', 'ü', 'a\tb', 'k'.repeat(129)])('refuses %j', (key) =>
    expect(takes(key)).toBe(false),
  );

  it('is optional and ignores other headers', () => {
    expect(headers.parse({ accept: '*/*' })).toEqual({});
  });
});

describe('listQuery', () => {
  it('defaults to the fifty newest sessions', () =>
    expect(listQuery.parse({})).toEqual({ limit: 50, order: 'createdAt' }));

  it('parses all filters', () => {
    const query = {
      status: 'scheduled,live',
      appointmentId: 'a',
      userId: 'u',
      courseId: 'c',
      node: 'sfu-1',
      from: '2026-01-01T00:00:00Z',
      to: '2026-02-01T00:00:00+01:00',
      endReason: 'no_show,host_absent',
      endedFrom: '2026-01-01T00:00:00Z',
      endedTo: '2026-02-01T00:00:00Z',
      order: 'scheduledAt',
      direction: 'desc',
      limit: '200',
      cursor: 'MTAwMDpzZXNzXzE',
      format: 'csv',
    };
    expect(listQuery.parse(query)).toEqual({
      ...query,
      status: ['scheduled', 'live'],
      endReason: ['no_show', 'host_absent'],
      limit: 200,
    });
  });

  it.each([
    ['status', ''],
    ['status', 'open'],
    ['status', 'live,'],
    ['status', 'live, ended'],
    ['status', ['live', 'ended']],
    ['limit', '0'],
    ['limit', '201'],
    ['limit', '1.5'],
    ['limit', 'all'],
    ['limit', ''],
    ['from', '2026-01-01'],
    ['to', 'now'],
    ['userId', ''],
    ['userId', ' u'],
    ['node', ''],
    ['cursor', ''],
    ['cursor', 'c'.repeat(257)],
    ['sort', 'asc'],
    ['endReason', 'bored'],
    ['endedTo', 'now'],
    ['order', 'title'],
    ['direction', 'up'],
    ['format', 'xml'],
    ['limit', ['1', '2']],
  ])('refuses %s=%j', (name, value) => {
    const { error } = listQuery.safeParse({ [name]: value });
    expect(error?.issues.map(({ path, code }) => (code === 'unrecognized_keys' ? name : path[0]))).toContain(
      name,
    );
  });
});

describe('analyticsQuery', () => {
  it('counts days in UTC by default', () => {
    expect(analyticsQuery.parse({})).toEqual({ timeZone: 'UTC' });
    expect(analyticsQuery.parse({ timeZone: 'America/Argentina/Buenos_Aires' }).timeZone).toBe(
      'America/Argentina/Buenos_Aires',
    );
  });

  it.each(['', 'Berlin', 'Europe/Nowhere', 'x'.repeat(65)])('refuses the zone %j', (timeZone) => {
    expect(analyticsQuery.safeParse({ timeZone }).success).toBe(false);
  });

  it.each([{ from: 'yesterday' }, { to: '2026-01-01' }, { days: '7' }])('refuses %j', (query) => {
    expect(analyticsQuery.safeParse(query).success).toBe(false);
  });
});
