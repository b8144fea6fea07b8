import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { accepts, freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

/** A load balancer in front of servers on this machine. */
export interface LoadBalancer {
  readonly name: string;
  readonly url: string;
  /** Resolves when it sends requests to a server with this port. */
  uses(port: number): Promise<void>;
}

type StartBalancer = (ports: readonly number[]) => Promise<LoadBalancer>;

/** With it the kernel ends a program whose test process was killed; a killed nginx would leave its workers behind. */
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find((file) => existsSync(file));

const NGINX_SCRIPT = join(import.meta.dirname, '../../../deploy/nginx-upstream.sh');

/** Returns the ways to start the installed load balancers; reports those that are missing. */
export function loadBalancers(forWhat: string): readonly StartBalancer[] {
  const all = [
    { programs: ['nginx', 'curl'], start: startNginx },
    { programs: ['haproxy'], start: startHaproxy },
  ];
  return all.flatMap(({ programs, start }) => {
    const missing = programs.filter((name) => spawnSync(name, ['-v'], { stdio: 'ignore' }).error);
    if (missing.length > 0)
      console.warn(`SKIPPED: ${forWhat} behind ${programs[0]}. It needs ${missing.join()}.`);
    return missing.length > 0 ? [] : [start];
  });
}

/** Starts HAProxy, which asks each server for its readiness twice a second and repeats no request. */
async function startHaproxy(ports: readonly number[]): Promise<LoadBalancer> {
  const [port, statsPort] = [await freePort(), await freePort()];
  const file = join(temporaryFolder(), 'haproxy.cfg');
  const lines = [
    'defaults',
    '  mode http',
    '  timeout connect 2s',
    '  timeout client 60s',
    '  timeout server 60s',
    // A busy machine is no reason to give a server up.
    '  timeout check 10s',
    '  retries 0',
    'frontend public',
    `  bind 127.0.0.1:${port}`,
    '  default_backend televisit',
    'backend televisit',
    '  option httpchk GET /readyz',
    '  http-check expect status 200',
    '  default-server check inter 500ms fall 2 rise 2',
    ...ports.map((one) => `  server at-${one} 127.0.0.1:${one}`),
    'listen stats',
    `  bind 127.0.0.1:${statsPort}`,
    '  stats enable',
    '  stats uri /stats',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  run('haproxy', ['-db', '-f', file]);
  await until('HAProxy listens', () => accepts(port));
  const isUp = async (one: number) => {
    const csv = await (await fetch(`http://127.0.0.1:${statsPort}/stats;csv`)).text();
    return new RegExp(`^televisit,at-${one},.*,UP,`, 'm').test(csv);
  };
  return {
    name: 'HAProxy',
    url: `http://127.0.0.1:${port}`,
    uses: (one) => until('HAProxy uses the server', () => isUp(one)),
  };
}

/** Starts nginx with the script of `deploy/`, which asks for readiness on its behalf. It repeats no request. */
async function startNginx(ports: readonly number[]): Promise<LoadBalancer> {
  const port = await freePort();
  const folder = temporaryFolder();
  const file = (name: string) => join(folder, name);
  const upstream = file('upstream.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const lines = [
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'daemon off;',
    'worker_processes 1;',
    `pid ${file('nginx.pid')};`,
    'error_log stderr;',
    'events { worker_connections 4096; }',
    'http {',
    '  access_log off;',
    ...temporary.map((name) => `  ${name}_temp_path ${file(name)};`),
    `  include ${upstream};`,
    '  server {',
    `    listen 127.0.0.1:${port};`,
    '    location / {',
    '      proxy_pass http://televisit;',
    '      proxy_http_version 1.1;',
    '      proxy_set_header Connection "";',
    '      proxy_next_upstream off;',
    '      add_header X-Upstream $upstream_addr always;',
    '    }',
    '  }',
    '}',
  ];
  writeFileSync(file('nginx.conf'), `${lines.join('\n')}\n`);
  writeFileSync(upstream, 'upstream televisit {\n  server 127.0.0.1:1 down;\n}\n');
  const nginx = ['-p', folder, '-c', file('nginx.conf')];
  run('nginx', nginx);
  await until('nginx listens', () => accepts(port));
  const script = run('sh', [NGINX_SCRIPT], {
    SERVERS: ports.map((one) => `127.0.0.1:${one}`).join(' '),
    UPSTREAM_FILE: upstream,
    RELOAD: `nginx ${nginx.join(' ')} -s reload`,
    INTERVAL: '0.3',
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    name: 'nginx',
    url,
    uses: (one) =>
      until('nginx uses the server', async () => {
        if (script.exitCode !== null) throw new Error('nginx-upstream.sh ended.');
        const { headers } = await fetch(`${url}/healthz`);
        return headers.get('x-upstream') === `127.0.0.1:${one}`;
      }),
  };
}

/** Runs a program until the end of the test. */
function run(program: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const command = [...(SETPRIV ? [SETPRIV, '--pdeathsig', 'TERM'] : []), program, ...args];
  const child = spawn(command[0] ?? program, command.slice(1), {
    env: { ...process.env, ...env },
    // In a process group of its own, so that the children of a script end with it.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
  });
  return child;
}
