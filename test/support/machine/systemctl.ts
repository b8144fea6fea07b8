/**
 * A stand-in for `systemctl` on machines where systemd does not run, such as a container: starts, reloads and stops the services of
 * real unit files with the user, the environment and the folders that these name. It restarts nothing and sandboxes nothing.
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const UNIT_FOLDERS = ['/etc/systemd/system', '/lib/systemd/system', '/usr/lib/systemd/system'];
const STATE = '/run/services';
const POLL_MS = 20;
/** Until a service that takes longer to stop is killed, as by default in systemd. */
const STOP_MS = 90_000;
/** A service that ends within this time has not started. */
const SETTLE_MS = 300;

type Settings = ReadonlyMap<string, readonly string[]>;

class Service {
  readonly #name: string;
  readonly #settings: Settings;

  constructor(unit: string) {
    this.#name = unit.replace(/\.service$/, '');
    const [template, instance = ''] = this.#name.split('@');
    const file = [`${this.#name}.service`, `${template}@.service`]
      .flatMap((name) => UNIT_FOLDERS.map((folder) => join(folder, name)))
      .find((path) => existsSync(path));
    if (!file) throw new Error(`Unit ${this.#name}.service not found.`);
    this.#settings = parseUnit(readFileSync(file, 'utf8').replaceAll('%i', instance));
  }

  get active(): boolean {
    return this.#pid !== undefined && isRunning(this.#pid);
  }

  async start(): Promise<void> {
    if (this.active) return;
    for (const command of this.#all('ExecStartPre'))
      execFileSync('/bin/sh', ['-c', command.replace(/^[-+!:@]+/, '')]);
    const pid = this.#spawn(this.#one('ExecStart') ?? '');
    if (this.#one('Type') === 'forking') return this.#forked(pid);
    writeFileSync(this.#file('pid'), String(pid));
    const settled = performance.now() + SETTLE_MS;
    while (performance.now() < settled) {
      if (!isRunning(pid))
        throw new Error(`${this.#name} ended at once:\n${readFileSync(this.#file('log'), 'utf8')}`);
      await pause(POLL_MS);
    }
  }

  async stop(): Promise<void> {
    const pid = this.#pid;
    if (pid === undefined || !isRunning(pid)) return;
    const giveUp = performance.now() + STOP_MS;
    process.kill(pid, 'SIGTERM');
    while (isRunning(pid)) {
      if (performance.now() > giveUp) process.kill(pid, 'SIGKILL');
      await pause(POLL_MS);
    }
    rmSync(this.#file('pid'), { force: true });
  }

  signal(name: string): void {
    if (this.#pid !== undefined) process.kill(this.#pid, name);
  }

  reload(): void {
    const command = this.#one('ExecReload');
    if (!command) throw new Error(`${this.#name} cannot be reloaded.`);
    execFileSync('/bin/sh', ['-c', command.replaceAll('$MAINPID', String(this.#pid))], { stdio: 'inherit' });
  }

  get #pid(): number | undefined {
    const file = [this.#one('PIDFile'), this.#file('pid')].find((one) => one && existsSync(one));
    return file ? Number(readFileSync(file, 'utf8')) : undefined;
  }

  async #forked(pid: number): Promise<void> {
    while (isRunning(pid)) await pause(POLL_MS);
    const giveUp = performance.now() + 5_000;
    while (!this.active) {
      if (performance.now() > giveUp)
        throw new Error(`${this.#name} failed:\n${readFileSync(this.#file('log'), 'utf8')}`);
      await pause(POLL_MS);
    }
  }

  #spawn(command: string): number {
    const user = this.#one('User');
    for (const [setting, folder] of [
      ['StateDirectory', '/var/lib'],
      ['RuntimeDirectory', '/run'],
      ['LogsDirectory', '/var/log'],
    ] as const) {
      for (const name of this.#all(setting).flatMap((value) => value.split(' '))) {
        const path = join(folder, name);
        mkdirSync(path, { recursive: true, mode: Number.parseInt(this.#one(`${setting}Mode`) ?? '755', 8) });
        if (user) execFileSync('chown', [`${user}:${this.#one('Group') ?? ''}`, path]);
      }
    }
    const as = user
      ? ['setpriv', `--reuid=${user}`, `--regid=${this.#one('Group') ?? user}`, '--init-groups']
      : [];
    const umask = this.#one('UMask') ?? '0022';
    const log = openSync(this.#file('log'), 'a');
    // `exec`, so that the process id is that of the service.
    const child = spawn('/bin/sh', ['-c', `umask ${umask}; exec ${as.join(' ')} ${command}`], {
      cwd: this.#one('WorkingDirectory') ?? '/',
      env: this.#environment(),
      stdio: ['ignore', log, log],
      detached: true,
    });
    child.unref();
    closeSync(log);
    return child.pid ?? 0;
  }

  #environment(): Record<string, string> {
    const inline = this.#all('Environment').flatMap((value) => value.split(' '));
    const files = this.#all('EnvironmentFile').flatMap((value) => {
      const path = value.replace(/^-/, '');
      if (value.startsWith('-') && !existsSync(path)) return [];
      return readFileSync(path, 'utf8').split('\n');
    });
    const pairs = [...inline, ...files]
      .filter((line) => /^\w+=/.test(line))
      .map((line) => {
        const at = line.indexOf('=');
        return [line.slice(0, at), line.slice(at + 1).replace(/^(["'])(.*)\1$/, '$2')] as const;
      });
    return {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      ...Object.fromEntries(pairs),
    };
  }

  #all(setting: string): readonly string[] {
    return this.#settings.get(setting) ?? [];
  }

  #one(setting: string): string | undefined {
    return this.#all(setting).at(-1);
  }

  #file(kind: 'pid' | 'log'): string {
    return join(STATE, `${this.#name}.${kind}`);
  }
}

/** Returns the values of each setting of a unit, in order. */
function parseUnit(text: string): Settings {
  const settings = new Map<string, string[]>();
  for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
    const [, name, value] = /^(\w+)=(.*)$/.exec(line.trim()) ?? [];
    if (name !== undefined && value !== undefined) settings.set(name, [...(settings.get(name) ?? []), value]);
  }
  return settings;
}

/** Whether a process exists and is no zombie. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function main([verb = '', ...rest]: readonly string[]): Promise<void> {
  mkdirSync(STATE, { recursive: true });
  const options = rest.filter((one) => one.startsWith('-'));
  const signal = verb === 'kill' ? rest[rest.indexOf('-s') + 1] : undefined;
  const units = rest.filter((one) => !one.startsWith('-') && one !== signal).map((name) => new Service(name));
  const now = options.includes('--now');
  for (const unit of units) {
    if (verb === 'start' || (verb === 'enable' && now)) await unit.start();
    else if (verb === 'stop' || (verb === 'disable' && now)) await unit.stop();
    else if (verb === 'reload' || (verb === 'reload-or-restart' && unit.active)) unit.reload();
    else if (verb === 'kill') unit.signal(`SIG${signal}`);
    else if (verb === 'restart' || verb === 'reload-or-restart') {
      await unit.stop();
      await unit.start();
    } else if (verb === 'is-active' && !unit.active) process.exitCode = 3;
    else if (!['enable', 'disable', 'is-active'].includes(verb))
      throw new Error(`Unknown operation ${verb}.`);
  }
  if (units.length === 0 && verb !== 'daemon-reload') throw new Error(`${verb} needs a unit.`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
