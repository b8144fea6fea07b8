import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from './config.ts';

const PRODUCTION = {
  NODE_ENV: 'production',
  CLIENT_BASE_URL: 'https://visits.test',
  INTERNAL_SECRET: 'q8Gf3kP0sWm5Zt1xYb7Nc2Hv6Ld9Rj4E',
  VIDEO_JWT_SECRET: 'Tz5Qe1Ux8Mo3Cy6Kw0Pb9Sg4Fh2Ja7DnV',
  ANNOUNCED_ADDRESS: '203.0.113.7',
};

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    parseConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('parseConfig', () => {
  it('without any variable is a development server on port 3000', () => {
    expect(parseConfig({})).toMatchObject({
      production: false,
      port: 3000,
      sfuNodes: ['sfu-1'],
      dataDir: 'data',
      rtcPort: 40000,
      internalSecret: null,
      turn: null,
      listenIp: null,
    });
  });

  it('is frozen', () => expect(Object.isFrozen(parseConfig({}))).toBe(true));

  it('takes an empty variable for an unset one', () =>
    expect(parseConfig({ PORT: '', MONGO_URI: ' ' }).port).toBe(3000));

  it('reads lists, numbers and addresses', () => {
    const config = parseConfig({
      PORT: '0',
      SFU_NODES: 'sfu-1, sfu-2',
      CLIENT_BASE_URL: 'http://visits.test/',
      TURN_URLS: 'turn:t:3478,turns:t:5349',
      TURN_SECRET: 's',
      OPUS_DTX: '1',
      WORKERS: '3',
    });
    expect(config).toMatchObject({
      port: 0,
      sfuNodes: ['sfu-1', 'sfu-2'],
      clientBaseUrl: 'http://visits.test',
      turn: { urls: ['turn:t:3478', 'turns:t:5349'], secret: 's' },
      opusDtx: true,
      workers: 3,
    });
  });

  it.each([
    ['PORT', 'eighty'],
    ['PORT', '70000'],
    ['RTC_PORT', '-1'],
    ['CLIENT_BASE_URL', 'visits.test'],
    ['CLIENT_BASE_URL', 'ftp://visits.test'],
    ['SFU_NODES', 'sfu-1,sfu-1'],
    ['SFU_NODES', 'sfu 1'],
    ['LISTEN_IP', 'localhost'],
    ['LISTEN_IP', '0.0.0.0'],
    ['WORKERS', '0'],
    ['LOG_LEVEL', 'loud'],
    ['OPUS_DTX', 'maybe'],
    ['TURN_URLS', 'stun:t'],
    ['TURN_SECRET', 'alone'],
    ['MONGO_URI', 'mongodb://127.0.0.1'],
  ])('refuses %s=%s and names the variable', (name, value) => {
    expect(problemsOf({ [name]: value }).join(' ')).toContain(name);
  });

  it('says what to do about MONGO_URI', () => {
    expect(problemsOf({ MONGO_URI: 'mongodb://127.0.0.1' })).toEqual([
      expect.stringMatching(/not supported yet.*SQLite.*Remove MONGO_URI/),
    ]);
  });
});

describe('parseConfig in production', () => {
  it('takes strong secrets', () =>
    expect(parseConfig(PRODUCTION)).toMatchObject({ production: true, listenIp: '0.0.0.0' }));

  it.each([
    ['INTERNAL_SECRET', '', 'is missing'],
    ['VIDEO_JWT_SECRET', '', 'is missing'],
    ['INTERNAL_SECRET', 'short', 'is shorter than 32 characters'],
    ['VIDEO_JWT_SECRET', 'x'.repeat(40), 'is an example value'],
    ['INTERNAL_SECRET', 'change-me-to-something-long-and-random', 'is an example value'],
    ['VIDEO_JWT_SECRET', 'your-secret-here-your-secret-here-1234', 'is an example value'],
    ['VIDEO_JWT_SECRET', PRODUCTION.INTERNAL_SECRET, 'must differ'],
    ['CLIENT_BASE_URL', '', 'is missing'],
    ['ANNOUNCED_ADDRESS', '', 'is missing'],
  ])('refuses %s=%j: %s', (name, value, word) => {
    const problems = problemsOf({ ...PRODUCTION, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
    expect(problems[0]).toContain(word);
  });

  it('names everything that is wrong at once', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toHaveLength(4);
  });
});

describe('.env.example', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const named = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  const read = [...readFileSync(new URL('config.ts', import.meta.url), 'utf8').matchAll(/^ {2}([A-Z_]+):/gm)];

  it('documents every variable that the server reads, and no other', () => {
    expect(named.sort()).toEqual(read.map(([, name]) => name).sort());
  });

  it('as it stands is the default configuration', () => {
    const environment: Record<string, string> = {};
    for (const [, name = '', value = ''] of example.matchAll(/^([A-Z_]+)=(.*)$/gm)) environment[name] = value;
    expect(parseConfig(environment)).toEqual(parseConfig({}));
  });
});
