import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import express from 'express';
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
  it('returns the settings of a development server on port 3000 for an empty environment', () => {
    expect(parseConfig({})).toMatchObject({
      production: false,
      port: 3000,
      sfuNodes: ['sfu-1'],
      dataDir: 'data',
      rtcPort: 40000,
      internalSecret: null,
      turn: null,
      listenIps: [],
      announcedAddresses: [],
      internalSecretPrevious: null,
      videoJwtSecretPrevious: null,
      mongoUri: null,
      joinWindow: { opensMinutes: 15, closesMinutes: 30 },
      retentionDays: null,
      rateLimits: { secretPerSecond: 1000, addressPerMinute: 1200 },
      capacity: { participants: 0, cpuPercent: 90, memoryPercent: 90 },
      trustProxy: 'loopback',
      returnRules: { url: null, hosts: [] },
      reminderMinutes: [1440, 60],
      mail: null,
      mailTimeZone: 'UTC',
    });
  });

  it('reads the return address and its hosts', () => {
    const { returnRules } = parseConfig({
      RETURN_URL: 'https://portal.test/visits',
      RETURN_ALLOW_HOSTS: 'Clinic.test, localhost:5173,bücher.test:443,[::1]:80',
    });
    expect(returnRules).toEqual({
      url: 'https://portal.test/visits',
      hosts: ['clinic.test', 'localhost:5173', 'xn--bcher-kva.test', '[::1]:80'],
    });
  });

  it.each(['portal.test', 'ftp://portal.test', 'javascript:alert(1)'])('rejects RETURN_URL %s', (url) => {
    expect(problemsOf({ RETURN_URL: url })).toEqual(['RETURN_URL must be an http or https address.']);
  });

  it.each([
    'https://portal.test',
    'portal.test/visits',
    '*.portal.test',
    'a b',
    'portal.test:x',
    'x@portal.test',
  ])('rejects RETURN_ALLOW_HOSTS %s and describes the format', (hosts) => {
    const [problem, ...others] = problemsOf({ RETURN_ALLOW_HOSTS: `clinic.test,${hosts}` });
    expect(problem).toMatch(/^RETURN_ALLOW_HOSTS must be host names .* without https:\/\//);
    expect(others).toEqual([]);
  });

  it('keeps recordings in an object store if it has a bucket', () => {
    expect(parseConfig({}).recording.s3).toBeNull();
    const aws = parseConfig({ RECORDINGS_S3_BUCKET: 'clinic.recordings' }).recording.s3;
    expect(aws).toEqual({
      bucket: 'clinic.recordings',
      endpoint: null,
      region: 'us-east-1',
      prefix: '',
      credentials: null,
      encryption: null,
    });
    const own = parseConfig({
      RECORDINGS_S3_BUCKET: 'recordings',
      RECORDINGS_S3_ENDPOINT: 'https://store.test:9000/',
      RECORDINGS_S3_REGION: 'eu-central-1',
      RECORDINGS_S3_PREFIX: 'televisit/recordings',
      RECORDINGS_S3_ACCESS_KEY_ID: 'id',
      RECORDINGS_S3_SECRET_ACCESS_KEY: 'secret',
      RECORDINGS_S3_SSE: 'aws:kms',
      RECORDINGS_S3_SSE_KMS_KEY_ID: 'alias/recordings',
    }).recording.s3;
    expect(own).toEqual({
      bucket: 'recordings',
      endpoint: 'https://store.test:9000',
      region: 'eu-central-1',
      prefix: 'televisit/recordings/',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
      encryption: { algorithm: 'aws:kms', keyId: 'alias/recordings' },
    });
    const sse = { RECORDINGS_S3_BUCKET: 'recordings', RECORDINGS_S3_SSE: 'AES256' };
    expect(parseConfig(sse).recording.s3?.encryption).toEqual({ algorithm: 'AES256' });
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ RECORDINGS_S3_BUCKET: 'a/b' }, /^RECORDINGS_S3_BUCKET must be the name of a bucket/],
    [{ RECORDINGS_S3_ENDPOINT: 'store.test' }, /^RECORDINGS_S3_ENDPOINT must be an http or https address/],
    [{ RECORDINGS_S3_ENDPOINT: 'https://a:b@store.test' }, /^RECORDINGS_S3_ENDPOINT must be .* without user/],
    [{ RECORDINGS_S3_REGION: 'eu central' }, /^RECORDINGS_S3_REGION must be a region/],
    [{ RECORDINGS_S3_PREFIX: '/recordings' }, /^RECORDINGS_S3_PREFIX must be letters/],
    [{ RECORDINGS_S3_PREFIX: 'a/../b' }, /^RECORDINGS_S3_PREFIX must be letters/],
    [{ RECORDINGS_S3_SSE: 'yes' }, /^RECORDINGS_S3_SSE must be AES256 or aws:kms/],
    [{ RECORDINGS_S3_SECRET_ACCESS_KEY: 'secret' }, /ACCESS_KEY go together: set both, or neither/],
    [
      { RECORDINGS_S3_SSE_KMS_KEY_ID: 'key', RECORDINGS_S3_SSE: 'AES256' },
      /KEY_ID needs RECORDINGS_S3_SSE=aws:kms/,
    ],
    [{ RECORDINGS_DIR: '/recordings' }, /^RECORDINGS_DIR and RECORDINGS_S3_BUCKET exclude each other/],
  ])('rejects %j beside a bucket', (settings, expected) => {
    const [problem, ...others] = problemsOf({ RECORDINGS_S3_BUCKET: 'recordings', ...settings });
    expect(problem).toMatch(expected);
    expect(others).toEqual([]);
  });

  it('rejects settings of an object store without a bucket', () => {
    expect(problemsOf({ RECORDINGS_S3_REGION: 'eu-central-1', RECORDINGS_S3_SSE: 'AES256' })).toEqual([
      'RECORDINGS_S3_REGION needs RECORDINGS_S3_BUCKET.',
      'RECORDINGS_S3_SSE needs RECORDINGS_S3_BUCKET.',
    ]);
  });

  it('rejects an object store in production without a recording key, with an example secret, or over http in public', () => {
    const store = {
      ...PRODUCTION,
      RECORDING_KEY: 'Zq4Rk8Wn2Yt6Uv0Ix3Op7As1Df5Gh9JlB',
      RECORDINGS_S3_BUCKET: 'recordings',
      RECORDINGS_S3_ACCESS_KEY_ID: 'id',
      RECORDINGS_S3_SECRET_ACCESS_KEY: 'k3Vb7Nm1Qw5',
    };
    expect(problemsOf(store)).toEqual([]);
    expect(problemsOf({ ...store, RECORDING_KEY: '' })).toEqual([
      'RECORDINGS_S3_BUCKET needs RECORDING_KEY: without it nothing is recorded.',
    ]);
    expect(problemsOf({ ...store, RECORDINGS_S3_SECRET_ACCESS_KEY: 'change-me' })).toEqual([
      'RECORDINGS_S3_SECRET_ACCESS_KEY is an example value.',
    ]);
    const over = (endpoint: string) => problemsOf({ ...store, RECORDINGS_S3_ENDPOINT: endpoint });
    for (const own of [
      'http://minio:9000',
      'http://10.0.0.7:9000',
      'http://[fd00::7]:9000',
      'http://s3.store.svc.cluster.local',
    ]) {
      expect(over(own)).toEqual([]);
    }
    for (const other of ['http://store.test', 'http://203.0.113.9', 'http://[2001:db8::7]']) {
      expect(over(other)).toEqual([
        'RECORDINGS_S3_ENDPOINT must be an https address, unless the store is on your own network.',
      ]);
    }
  });

  it('reads the reminders and the mail server', () => {
    const config = parseConfig({
      REMINDER_MINUTES: ' 15, 2880',
      SMTP_URL: 'smtps://user:p%40ss@mail.test',
      MAIL_FROM: 'Clinic <no-reply@clinic.test>',
      MAIL_TIME_ZONE: 'Europe/Berlin',
    });
    expect(config).toMatchObject({
      reminderMinutes: [2880, 15],
      mail: {
        server: { host: 'mail.test', port: 465, secure: true, login: { user: 'user', password: 'p@ss' } },
        from: { name: 'Clinic', address: 'no-reply@clinic.test' },
      },
      mailTimeZone: 'Europe/Berlin',
    });
  });

  it.each(['', ' ', ','])('reads REMINDER_MINUTES=%j as no reminders', (minutes) => {
    expect(parseConfig({ REMINDER_MINUTES: minutes }).reminderMinutes).toEqual([]);
  });

  it.each([{ SMTP_URL: 'smtp://mail.test' }, { MAIL_FROM: 'no-reply@clinic.test' }])(
    'refuses %j without the other',
    (environment) => {
      expect(problemsOf(environment)).toEqual(['SMTP_URL and MAIL_FROM go together: set both, or neither.']);
    },
  );

  it('returns a frozen object', () => expect(Object.isFrozen(parseConfig({}))).toBe(true));

  it('treats an empty variable as unset', () =>
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

  it('reads the database, the retention and the join window', () => {
    const config = parseConfig({
      MONGO_URI: 'mongodb+srv://user:password@cluster.test/televisit?retryWrites=true',
      RETENTION_DAYS: '90',
      JOIN_OPENS_MINUTES: '0',
      JOIN_CLOSES_MINUTES: '10080',
    });
    expect(config).toMatchObject({
      mongoUri: 'mongodb+srv://user:password@cluster.test/televisit?retryWrites=true',
      retentionDays: 90,
      joinWindow: { opensMinutes: 0, closesMinutes: 10_080 },
    });
  });

  it('reads REDIS_URL, which needs MONGO_URI', () => {
    const mongo = { MONGO_URI: 'mongodb://mongo.test/televisit' };
    for (const url of ['redis://:hunter2@redis.test:6380/1', 'rediss://redis.test']) {
      expect(parseConfig({ ...mongo, REDIS_URL: url }).redisUrl).toBe(url);
    }
    expect(parseConfig(mongo).redisUrl).toBeNull();
    expect(problemsOf({ REDIS_URL: 'redis://redis.test' })).toEqual([
      'REDIS_URL needs MONGO_URI: several servers share both; a single server needs neither.',
    ]);
  });

  it('reads the previous secrets', () => {
    const config = parseConfig({ INTERNAL_SECRET_PREVIOUS: 'old', VIDEO_JWT_SECRET_PREVIOUS: 'older' });
    expect(config).toMatchObject({ internalSecretPrevious: 'old', videoJwtSecretPrevious: 'older' });
  });

  it('reads the capacity, with 0 for no limit', () => {
    const environment = { MAX_PARTICIPANTS: '250', MAX_CPU_PERCENT: '75', MAX_MEMORY_PERCENT: '0' };
    expect(parseConfig(environment).capacity).toEqual({
      participants: 250,
      cpuPercent: 75,
      memoryPercent: 0,
    });
  });

  it('reads where metrics are served, which is nowhere by default', () => {
    expect(parseConfig({}).metrics).toEqual({ port: null, token: null });
    expect(parseConfig({ METRICS_PORT: '9464', METRICS_TOKEN: 'a.b-c_d' }).metrics).toEqual({
      port: 9464,
      token: 'a.b-c_d',
    });
  });

  it.each([
    [{ METRICS_PORT: '0' }, 'METRICS_PORT must be 1 to 65535.'],
    [{ METRICS_PORT: 'x' }, 'METRICS_PORT must be a number.'],
    [
      { METRICS_PORT: '3000' },
      'METRICS_PORT must differ from PORT: leave it empty and set METRICS_TOKEN to serve both on one port.',
    ],
    [
      { METRICS_TOKEN: 'two words' },
      'METRICS_TOKEN must be letters, digits and any of - . _ ~ + / = (RFC 6750).',
    ],
    [{ SHUTDOWN_DELAY_SECONDS: '-1' }, 'SHUTDOWN_DELAY_SECONDS must be 0 to 3600.'],
    [{ READY_STORE_GRACE_SECONDS: '1.5' }, 'READY_STORE_GRACE_SECONDS must be a whole number.'],
  ])('refuses %j with a sentence', (environment, problem) => {
    expect(problemsOf(environment)).toEqual([problem]);
  });

  it('refuses a weak METRICS_TOKEN in production', () => {
    expect(problemsOf({ ...PRODUCTION, METRICS_TOKEN: 'short' })).toEqual([
      'METRICS_TOKEN is shorter than 32 characters; "openssl rand -base64 48" creates one.',
    ]);
  });

  it('reads the rate limits, with 0 for none', () => {
    expect(parseConfig({ API_RATE_LIMIT: '0', ADDRESS_RATE_LIMIT: '60' }).rateLimits).toEqual({
      secretPerSecond: 0,
      addressPerMinute: 60,
    });
  });

  it.each([
    ['0', 0],
    ['2', 2],
    ['loopback', 'loopback'],
    ['loopback, uniquelocal', 'loopback, uniquelocal'],
    ['10.0.0.0/8,fd00::/8', '10.0.0.0/8,fd00::/8'],
    ['203.0.113.7', '203.0.113.7'],
  ])('reads TRUST_PROXY=%s as %j, which Express accepts', (value, expected) => {
    const { trustProxy } = parseConfig({ TRUST_PROXY: value });
    expect(trustProxy).toBe(expected);
    expect(() => express().set('trust proxy', trustProxy)).not.toThrow();
  });

  it.each([
    ['PORT', 'eighty'],
    ['PORT', '70000'],
    ['RTC_PORT', '-1'],
    ['CLIENT_BASE_URL', 'visits.test'],
    ['CLIENT_BASE_URL', 'ftp://visits.test'],
    ['CLIENT_BASE_URL', 'https://visits.test/?a=b'],
    ['CLIENT_BASE_URL', 'https://visits.test/#a'],
    ['SFU_NODES', 'sfu-1,sfu-1'],
    ['SFU_NODES', 'sfu 1'],
    ['LISTEN_IP', 'localhost'],
    ['LISTEN_IP', '0.0.0.0'],
    ['LISTEN_IP', '127.0.0.1,::'],
    ['LISTEN_IP', '127.0.0.1,127.0.0.1'],
    ['ANNOUNCED_ADDRESS', '0.0.0.0'],
    ['ANNOUNCED_ADDRESS', 'https://media.test'],
    ['ANNOUNCED_ADDRESS', 'media.test:40000'],
    ['ANNOUNCED_ADDRESS', '203.0.113.300'],
    ['ANNOUNCED_ADDRESS', '[2001:db8::7]'],
    ['ANNOUNCED_ADDRESS', 'media test'],
    ['ANNOUNCED_ADDRESS', '203.0.113.7,203.0.113.7'],
    ['WORKERS', '0'],
    ['LOG_LEVEL', 'loud'],
    ['OPUS_DTX', 'maybe'],
    ['TURN_URLS', 'stun:t'],
    ['TURN_URLS', 'turn:2001:db8::7:3478'],
    ['TURN_URLS', 'turn:t:3478?transport=tls'],
    ['TURN_SECRET', 'alone'],
    ['MONGO_URI', 'localhost:27017'],
    ['REDIS_URL', 'localhost:6379'],
    ['REDIS_URL', 'http://redis.test'],
    ['REDIS_URL', 'redis://'],
    ['REDIS_URL', 'redis://redis.test/televisit'],
    ['MONGO_URI', 'postgres://127.0.0.1/televisit'],
    ['MONGO_URI', 'mongodb://'],
    ['MONGO_URI', 'mongodb://127.0.0.1 /televisit'],
    ['RETENTION_DAYS', '0'],
    ['RETENTION_DAYS', '1.5'],
    ['RETENTION_DAYS', '36501'],
    ['RETENTION_DAYS', 'never'],
    ['JOIN_OPENS_MINUTES', '-1'],
    ['JOIN_OPENS_MINUTES', '10081'],
    ['JOIN_CLOSES_MINUTES', '0.5'],
    ['JOIN_CLOSES_MINUTES', 'soon'],
    ['API_RATE_LIMIT', '-1'],
    ['MAX_PARTICIPANTS', '-1'],
    ['MAX_PARTICIPANTS', 'many'],
    ['MAX_CPU_PERCENT', '101'],
    ['MAX_CPU_PERCENT', '50%'],
    ['MAX_MEMORY_PERCENT', '101'],
    ['MAX_MEMORY_PERCENT', '0.9'],
    ['API_RATE_LIMIT', 'many'],
    ['ADDRESS_RATE_LIMIT', '1000001'],
    ['REMINDER_MINUTES', '60,60'],
    ['REMINDER_MINUTES', '0'],
    ['REMINDER_MINUTES', '1.5'],
    ['REMINDER_MINUTES', '43201'],
    ['REMINDER_MINUTES', 'soon'],
    ['REMINDER_MINUTES', '1,2,3,4,5,6'],
    ['SMTP_URL', 'mail.test:25'],
    ['SMTP_URL', 'http://mail.test'],
    ['MAIL_FROM', 'the clinic'],
    ['MAIL_TIME_ZONE', 'Berlin'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '-1'],
    ['TRUST_PROXY', 'abc'],
    ['TRUST_PROXY', '300.1.1.1'],
    ['TRUST_PROXY', '10.0.0.0/99'],
    ['TRUST_PROXY', ':'],
    ['TRUST_PROXY', 'proxy.internal'],
    ['TRUST_PROXY', 'loopback uniquelocal'],
  ])('rejects %s=%s and names the variable', (name, value) => {
    expect(problemsOf({ [name]: value }).join(' ')).toContain(name);
  });

  it('accepts several announced addresses, and listens in their families', () => {
    const of = (ANNOUNCED_ADDRESS: string) => parseConfig({ ANNOUNCED_ADDRESS });
    expect(of('203.0.113.7, media.test')).toMatchObject({
      announcedAddresses: ['203.0.113.7', 'media.test'],
      listenIps: ['0.0.0.0'],
    });
    expect(of('203.0.113.7,2001:db8::7').listenIps).toEqual(['0.0.0.0', '::']);
    expect(of('2001:db8::7').listenIps).toEqual(['::']);
  });

  it('uses a TURN server at the announced addresses with TURN_SECRET alone, with IPv6 in brackets', () => {
    const { turn } = parseConfig({ ANNOUNCED_ADDRESS: 'media.test,2001:db8::7', TURN_SECRET: 's' });
    expect(turn?.urls).toEqual([
      'turn:media.test:3478?transport=udp',
      'turn:media.test:3478?transport=tcp',
      'turn:[2001:db8::7]:3478?transport=udp',
      'turn:[2001:db8::7]:3478?transport=tcp',
    ]);
  });

  it('does not show the value of an invalid variable, which may contain a password', () => {
    const problems = problemsOf({
      MONGO_URI: 'mongo://user:hunter2@host',
      REDIS_URL: 'http://user:hunter2@host',
      SMTP_URL: 'smtp://user:hunter2@',
      TURN_SECRET: 'hunter2',
    });
    expect(problems).toHaveLength(3);
    expect(problems.join(' ')).not.toContain('hunter2');
  });
});

describe('EMBED_ALLOW_ORIGINS', () => {
  it('parseConfig returns origins in their normal form, each once', () => {
    const { embedOrigins } = parseConfig({
      EMBED_ALLOW_ORIGINS:
        'https://Portal.example.org/, https://portal.example.org:443,http://localhost:5173',
    });
    expect(embedOrigins).toEqual(['https://portal.example.org', 'http://localhost:5173']);
    expect(parseConfig({}).embedOrigins).toEqual([]);
  });

  it.each([
    'portal.example.org',
    'https://portal.example.org/visits',
    'https://*.example.org/x',
    'null',
    '*',
    'ftp://a.test',
  ])('parseConfig rejects the embedding origin %s', (origin) => {
    expect(problemsOf({ EMBED_ALLOW_ORIGINS: `https://a.test,${origin}` })).toEqual([
      expect.stringMatching(/^EMBED_ALLOW_ORIGINS must be origins/),
    ]);
  });
});

describe('parseConfig in production', () => {
  it('parseConfig rejects an embedding origin over http', () => {
    const problems = problemsOf({ NODE_ENV: 'production', EMBED_ALLOW_ORIGINS: 'http://portal.example.org' });
    expect(problems).toContainEqual(expect.stringMatching(/^EMBED_ALLOW_ORIGINS has http:.*use https/));
  });

  it('requires NODE_URL with REDIS_URL, unless the server has no SFU nodes', () => {
    const several = { ...PRODUCTION, MONGO_URI: 'mongodb://db.test/x', REDIS_URL: 'redis://redis.test' };
    expect(problemsOf(several)).toEqual([
      'NODE_URL is missing: the other servers of REDIS_URL need the address of this one.',
    ]);
    expect(parseConfig({ ...several, NODE_URL: 'http://10.0.0.5:3000/' }).nodeUrl).toBe(
      'http://10.0.0.5:3000',
    );
    expect(parseConfig({ ...several, SFU_NODES: '' }).sfuNodes).toEqual([]);
  });

  it('accepts strong secrets', () =>
    expect(parseConfig(PRODUCTION)).toMatchObject({ production: true, listenIps: ['0.0.0.0'] }));

  it('accepts strong previous secrets', () => {
    const previous = 'u7Kc2Rz9Xw4Lm6Ty1Vb8Qn3Jd5Hf0Gs';
    expect(
      parseConfig({
        ...PRODUCTION,
        INTERNAL_SECRET_PREVIOUS: `${previous}A`,
        VIDEO_JWT_SECRET_PREVIOUS: `${previous}B`,
      }),
    ).toMatchObject({ internalSecretPrevious: `${previous}A`, videoJwtSecretPrevious: `${previous}B` });
  });

  it.each([
    ['INTERNAL_SECRET_PREVIOUS', 'short', 'is shorter than 32 characters'],
    ['VIDEO_JWT_SECRET_PREVIOUS', 'change-me-to-something-long-and-random', 'is an example value'],
    ['INTERNAL_SECRET', '', 'is missing'],
    ['VIDEO_JWT_SECRET', '', 'is missing'],
    ['INTERNAL_SECRET', 'short', 'is shorter than 32 characters'],
    ['VIDEO_JWT_SECRET', 'x'.repeat(40), 'is an example value'],
    ['INTERNAL_SECRET', 'change-me-to-something-long-and-random', 'is an example value'],
    ['VIDEO_JWT_SECRET', 'your-secret-here-your-secret-here-1234', 'is an example value'],
    ['VIDEO_JWT_SECRET', PRODUCTION.INTERNAL_SECRET, 'must differ'],
    ['VIDEO_JWT_SECRET_PREVIOUS', PRODUCTION.INTERNAL_SECRET, 'must differ'],
    ['CLIENT_BASE_URL', '', 'is missing'],
    ['ANNOUNCED_ADDRESS', '', 'is missing'],
  ])('rejects %s=%j: %s', (name, value, word) => {
    const problems = problemsOf({ ...PRODUCTION, [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
    expect(problems[0]).toContain(word);
  });

  it('reports all problems at once', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toHaveLength(4);
  });

  it('needs no addresses of media or TURN for a server without SFU nodes', () => {
    const media = { ...PRODUCTION, ANNOUNCED_ADDRESS: '', TURN_SECRET: 'Lw7Vr2Nz9Xe4Bt6Qh1Ys8Kc3Jm5Pf0Ud' };
    expect(problemsOf(media)).toHaveLength(2);
    const api = { ...media, SFU_NODES: '' };
    expect(problemsOf(api)).toEqual([]);
    expect(parseConfig(api)).toMatchObject({ sfuNodes: [], announcedAddresses: [], turn: null });
  });
});

describe('.env.example', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const named = [...example.matchAll(/^([A-Z0-9_]+)=/gm)].map(([, name]) => name);
  const files = globSync(
    '{config,console/console-settings,notify/notify-settings,recording/storage/s3-settings,speech/{speech,translation}-settings,tracing/tracing-settings,providers/provider-settings,providers/*/*-settings}.ts',
    {
      cwd: import.meta.dirname,
    },
  );
  const read = files.flatMap((file) => [
    ...readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(/^ {2}([A-Z0-9_]+): (?!\[)(?!')/gm),
  ]);

  it('documents all variables that the server reads, and no others', () => {
    expect(named.sort()).toEqual(read.map(([, name]) => name).sort());
  });

  it('equals the default configuration as it is', () => {
    const environment: Record<string, string> = {};
    for (const [, name = '', value = ''] of example.matchAll(/^([A-Z0-9_]+)=(.*)$/gm))
      environment[name] = value;
    expect(parseConfig(environment)).toEqual(parseConfig({}));
  });
});
