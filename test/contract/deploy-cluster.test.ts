import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '@televisit/server/config';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly stop_grace_period?: string;
}

const { services } = parse(read('docker-compose.cluster.yml'), { merge: true }) as {
  services: Readonly<Record<string, Service>>;
};
const single = parse(read('docker-compose.yml')) as { services: typeof services };
const servers = Object.entries(services).filter(([, { build }]) => build !== undefined);

/** The content of .env: the example with what the file asks for. */
const DOT_ENV: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [...read('.env.example').matchAll(/^([A-Z][A-Z0-9_]+)=(.*)$/gm)].map(
      ([, name = '', value = '']) => [name, value] as const,
    ),
  ),
  CLIENT_BASE_URL: 'https://visits.example.org',
  ANNOUNCED_ADDRESS: '203.0.113.7',
  INTERNAL_SECRET: 'a'.repeat(20) + 'b'.repeat(20),
  VIDEO_JWT_SECRET: 'c'.repeat(20) + 'd'.repeat(20),
  TURN_SECRET: 'e'.repeat(20) + 'f'.repeat(20),
};

/** Returns the environment that compose gives to a container: `env_file`, then `environment`. */
function environmentOf({ environment = {} }: Service): Record<string, string> {
  const own = Object.entries(environment).map(([name, value]) => {
    const text = String(value).replace(/^\$\{(\w+):\?[^}]+\}$/, (_, other: string) => DOT_ENV[other] ?? '');
    return [name, text] as const;
  });
  return { ...DOT_ENV, ...Object.fromEntries(own) };
}

const configs = new Map(servers.map(([name, service]) => [name, parseConfig(environmentOf(service))]));

describe('docker-compose.cluster.yml', () => {
  it('docker-compose.cluster.yml has two servers with media and one without, on one database and Redis', () => {
    expect([...configs].map(([name, { sfuNodes }]) => [name, sfuNodes])).toEqual([
      ['media-1', ['media-1']],
      ['media-2', ['media-2']],
      ['api', []],
    ]);
    for (const config of configs.values()) {
      expect(config).toMatchObject({
        production: true,
        mongoUri: 'mongodb://mongo:27017/televisit',
        redisUrl: 'redis://redis:6379',
        recording: { dir: '/data/recordings' },
      });
    }
    expect(new Set([...configs.values()].map(({ dataDir }) => dataDir)).size).toBe(3);
  });

  it('docker-compose.cluster.yml lets servers reach each other at NODE_URL, and clients the media ports of each', () => {
    for (const [name, service] of servers) {
      const { nodeUrl, port, rtcPort, workers, sfuNodes } = configs.get(name)!;
      const range = `${rtcPort}-${rtcPort + workers - 1}`;
      const published = [`${range}:${range}/udp`, `${range}:${range}/tcp`];
      expect(nodeUrl).toBe(sfuNodes.length > 0 ? `http://${name}:${port}` : null);
      expect(service.ports ?? []).toEqual(sfuNodes.length > 0 ? published : []);
      expect(service.networks).toEqual(['front', 'back']);
    }
    const ports = servers.flatMap(([, service]) => service.ports ?? []);
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('docker-compose.cluster.yml gives servers more time to stop than draining and closing take', () => {
    for (const [name, service] of servers) {
      const { shutdownDelaySeconds, drainSeconds } = configs.get(name)!;
      const stop = Number(/^(\d+)s$/.exec(service.stop_grace_period ?? '')?.[1]);
      expect(stop).toBeGreaterThanOrEqual(shutdownDelaySeconds + drainSeconds + 15);
    }
  });

  it('docker-compose.cluster.yml contains no secret, publishes no database and uses the images of docker-compose.yml', () => {
    for (const { environment = {} } of Object.values(services)) {
      for (const [name, value] of Object.entries(environment)) {
        if (/SECRET|PASSWORD|KEY/.test(name))
          expect(value).toMatch(new RegExp(`^\\$\\{${name}:\\?[^}]+\\}$`));
      }
    }
    for (const name of ['mongo', 'redis']) {
      expect(services[name]?.ports).toBeUndefined();
      expect(services[name]?.networks).toEqual(['back']);
    }
    for (const name of ['proxy', 'coturn', 'mongo', 'redis']) {
      expect(services[name]?.image).toBe(single.services[name]?.image);
    }
    for (const [, { image }] of servers) expect(image).toBe(single.services.server?.image);
  });

  it('Caddyfile.cluster sends requests to every server that is ready', () => {
    const file = read('deploy/Caddyfile.cluster');
    const upstreams = /reverse_proxy (.+) \{/.exec(file)?.[1]?.split(' ') ?? [];
    expect(upstreams.sort()).toEqual(servers.map(([name]) => `${name}:${configs.get(name)!.port}`).sort());
    expect(file).toContain('health_uri /readyz');
  });
});
