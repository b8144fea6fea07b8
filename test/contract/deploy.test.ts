import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '@televisit/server/config';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../../scripts/temporary.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

interface Service {
  image?: string;
  build?: string;
  profiles?: string[];
  environment?: Record<string, string | number>;
  ports?: string[];
  volumes?: string[];
  stop_grace_period?: string;
}

const composeText = read('docker-compose.yml');
const compose = parse(composeText) as { services: Record<string, Service>; volumes: Record<string, unknown> };
const server = compose.services.server!;
/** A tag that names one release: at least two numbers. */
const PINNED = /^[\w./-]+:v?\d+\.\d+(\.\d+)?[\w.-]*$/;

const REQUIRED: Readonly<Record<string, string>> = {
  CLIENT_BASE_URL: 'https://visits.example.org',
  ANNOUNCED_ADDRESS: '203.0.113.7',
  INTERNAL_SECRET: 'a'.repeat(20) + 'b'.repeat(20),
  VIDEO_JWT_SECRET: 'c'.repeat(20) + 'd'.repeat(20),
  TURN_SECRET: 'e'.repeat(20) + 'f'.repeat(20),
};

/** Returns the environment of the server's container if `given` is the content of .env. */
function environmentOf(given: Readonly<Record<string, string>>): Record<string, string> {
  const filled = Object.entries(server.environment ?? {}).map(([name, value]) => {
    const own = String(value).replaceAll(/\$\{(\w+)\}/g, (_, other: string) => given[other] ?? '');
    const text = own.replaceAll(
      /\$\{(\w+):?([?-])([^}]*)\}/g,
      (_, other: string, kind: string, fallback: string) => given[other] ?? (kind === '-' ? fallback : ''),
    );
    return [name, text] as const;
  });
  return Object.fromEntries(filled);
}

describe('docker-compose.yml', () => {
  it('docker-compose.yml defines server, proxy, relay, database and Redis', () => {
    expect(Object.keys(compose.services).sort()).toEqual(['coturn', 'mongo', 'proxy', 'redis', 'server']);
    expect(compose.services.mongo?.profiles).toEqual(['cluster']);
    expect(compose.services.redis?.profiles).toEqual(['cluster']);
  });

  it.each(Object.entries(compose.services))('docker-compose.yml pins the image of %s', (_, { image }) => {
    expect(image).toMatch(PINNED);
    expect(image).not.toMatch(/latest/);
  });

  it('docker-compose.yml contains no secret and requires those without a default', () => {
    const secrets = Object.values(compose.services).flatMap(({ environment = {} }) =>
      Object.entries(environment).filter(([name]) => /SECRET|PASSWORD|KEY/.test(name)),
    );
    expect(secrets.length).toBeGreaterThanOrEqual(3);
    for (const [name, value] of secrets) {
      // Those of meeting providers, stores and the console are needed only if they are set up.
      const isOptional =
        /WEBHOOK_SECRET|RECORDING_KEY|CONSOLE_OIDC_CLIENT_SECRET|SMS_GATEWAY_SECRET|VAPID_|RECORDINGS_S3_|(STT|CAPTIONS|TRANSLATE)_API_KEY|_PREVIOUS$|^(JITSI|JAAS|ZOOM|GOOGLE|AGORA)_/.test(
          name,
        );
      const optional = isOptional ? '-' : '\\?[^}]+';
      expect(value).toMatch(new RegExp(`^\\$\\{${name}:${optional}\\}$`));
    }
  });

  it('docker-compose.yml uses only settings documented in .env.example', () => {
    const documented = new Set(
      [...read('.env.example').matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name),
    );
    const used = [...composeText.matchAll(/(?<!\$)\$\{([A-Z0-9_]+)/g)].map(([, name]) => name);
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((name) => !documented.has(name))).toEqual([]);
    expect(Object.keys(server.environment ?? {}).filter((name) => !documented.has(name))).toEqual([]);
  });

  it('docker-compose.yml passes every setting of .env.example to the server', () => {
    const settings = [...read('.env.example').matchAll(/^([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name!);
    const environment = server.environment ?? {};
    expect(settings.filter((name) => !(name in environment))).toEqual([]);
    // The others are fixed by the container, its published ports or the proxy in front of it.
    const fixed = settings.filter((name) => !String(environment[name]).startsWith(`\${${name}`));
    expect(fixed.sort()).toEqual(['DATA_DIR', 'NODE_ENV', 'PORT', 'RTC_PORT', 'TRUST_PROXY', 'WORKERS']);
  });

  it('docker-compose.yml gives the server more time to stop than draining and closing take', () => {
    const stop = Number(/^(\d+)s$/.exec(server.stop_grace_period ?? '')?.[1]);
    const { shutdownDelaySeconds, drainSeconds } = parseConfig({});
    expect(stop).toBeGreaterThanOrEqual(shutdownDelaySeconds + drainSeconds + 15);
  });

  it('docker-compose.yml passes valid settings when only the required variables are set', () => {
    expect(parseConfig(environmentOf(REQUIRED))).toMatchObject({
      production: true,
      mongoUri: null,
      retentionDays: null,
      trustProxy: 'uniquelocal',
    });
  });

  it('docker-compose.yml passes valid settings when the cluster of docs/CONFIGURATION.md is set', () => {
    const given = {
      ...REQUIRED,
      MONGO_URI: 'mongodb://mongo:27017/televisit',
      REDIS_URL: 'redis://redis:6379',
      NODE_URL: 'http://10.0.0.5:3000',
    };
    expect(parseConfig(environmentOf(given))).toMatchObject({
      nodeUrl: 'http://10.0.0.5:3000',
      region: null,
    });
  });

  it('docker-compose.yml publishes a UDP and a TCP port per worker', () => {
    const first = Number(server.environment?.RTC_PORT);
    const range = `${first}-${first + Number(server.environment?.WORKERS) - 1}`;
    expect(server.ports).toEqual([`${range}:${range}/udp`, `${range}:${range}/tcp`]);
  });

  it('docker-compose.yml publishes no database port and stores durable data on volumes', () => {
    expect(compose.services.mongo?.ports).toBeUndefined();
    expect(compose.services.redis?.ports).toBeUndefined();
    expect(server.volumes).toContain(`data:${String(server.environment?.DATA_DIR)}`);
    expect(Object.keys(compose.volumes).sort()).toEqual(['certificates', 'data', 'mongo']);
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');
  const after = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));

  it('the Dockerfile uses pinned base images', () => {
    const images = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/^node:24\.\d+\.\d+-bookworm-slim$/);
  });

  it('the Dockerfile uses the Node version of the tests', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { version?: string }>;
    };
    expect(after[0]).toContain(`node:${packages['node_modules/node']?.version ?? ''}-`);
  });

  it('the Dockerfile runs as an unprivileged user and checks its liveness', () => {
    expect(after.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
    expect(after.findIndex((line) => line.startsWith('USER '))).toBeLessThan(
      after.findIndex((line) => line.startsWith('CMD ')),
    );
    expect(after.join('\n')).toMatch(/HEALTHCHECK[\s\S]*\/livez`/);
  });

  it('the Dockerfile exposes the ports that docker-compose.yml publishes', () => {
    expect(after.find((line) => line.startsWith('EXPOSE '))).toBe(
      'EXPOSE 3000 40000/udp 40000/tcp 40001/udp 40001/tcp',
    );
  });
});

describe('.dockerignore', () => {
  it('.dockerignore excludes local secrets, data and builds from the image', () => {
    const ignored = read('.dockerignore').split('\n');
    expect(ignored).toEqual(
      expect.arrayContaining(['.env', '.env.*', 'data', '.git', '**/node_modules', '**/dist']),
    );
  });
});

describe('deploy/turnserver.conf', () => {
  const settings = read('deploy/turnserver.conf')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  it('turnserver.conf relays to no private, loopback, link-local or metadata address', () => {
    const denied = settings
      .filter((line) => line.startsWith('denied-peer-ip='))
      .map((line) => line.split('=')[1]);
    expect(denied).toEqual(
      expect.arrayContaining([
        '0.0.0.0-0.255.255.255',
        '10.0.0.0-10.255.255.255',
        '100.64.0.0-100.127.255.255',
        '127.0.0.0-127.255.255.255',
        '169.254.0.0-169.254.255.255',
        '172.16.0.0-172.31.255.255',
        '192.168.0.0-192.168.255.255',
        '::1',
        '::ffff:0.0.0.0-::ffff:255.255.255.255',
        'fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
        'fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
      ]),
    );
    expect(settings).toEqual(
      expect.arrayContaining(['no-multicast-peers', 'no-tcp-relay', 'use-auth-secret']),
    );
  });

  it('turnserver.conf sets quotas and contains no secret', () => {
    for (const name of ['user-quota', 'total-quota', 'max-bps']) {
      expect(Number(settings.find((line) => line.startsWith(`${name}=`))?.split('=')[1])).toBeGreaterThan(0);
    }
    expect(settings.filter((line) => line.startsWith('static-auth-secret'))).toEqual([]);
  });
});

describe('deploy/turnserver.sh', () => {
  it('turnserver.sh passes settings, secret and address to coturn in a file that only it can read', () => {
    const folder = temporaryFolder({
      turnserver: '#!/bin/sh\necho "$@"\nstat -c %a "$2"\ncat "$2"\n',
    });
    const settings = join(folder, 'turnserver.conf');
    const said = execFileSync('sh', [join(ROOT, 'deploy/turnserver.sh')], {
      encoding: 'utf8',
      env: {
        PATH: `${folder}:/usr/bin:/bin`,
        TURN_SECRET: 'the secret',
        ANNOUNCED_ADDRESS: '192.0.2.1,2001:db8::7',
        TURN_BASE_FILE: join(ROOT, 'deploy/turnserver.conf'),
        TURN_SETTINGS_FILE: settings,
      },
    });
    expect(said).toBe(
      `-c ${settings}\n600\n${read('deploy/turnserver.conf')}static-auth-secret=the secret\nexternal-ip=192.0.2.1\n`,
    );
  });
});
