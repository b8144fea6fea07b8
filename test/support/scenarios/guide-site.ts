import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TelevisitApi } from '@televisit/api-client';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../clients/chromium.ts';
import { mongoProgram } from '../infra/mongo-server.ts';
import { makeTemporaryFolder, removeFolder } from '../infra/temporary-folder.ts';
import { blocksOf } from '../machine/guide.ts';
import { Machine, whyNoMachine, type Shell } from '../machine/machine.ts';
import { whyNoLab } from '../netlab/compile.ts';
import { ip } from '../netlab/namespaces.ts';
import { createLab, type ClientPlace, type NetworkLab } from '../netlab/index.ts';

const ROOT = join(import.meta.dirname, '../../..');
const GUIDE = join(ROOT, 'docs/OPERATIONS.md');
const DOMAIN = 'visits.example.org';

/** Pictures a second of the fake camera: everything runs on one machine. */
const FEW_PICTURES = '--use-fake-device-for-media-stream=fps=5';
/** Branches of the repository: what is installed first, and what each upgrade installs. */
const VERSIONS = ['main', 'next', 'later'];

/** What the guide installs, and what the test needs in addition. */
const PROGRAMS = [
  ...['git', 'curl', 'openssl', 'nginx', 'turnserver', 'redis-server', 'sqlite3', 'nft'],
  ...['ffprobe', 'certutil'],
];

/** Returns whether the guide can be followed here; if not, reports what is missing. */
export function guideAvailable(): boolean {
  const missing = [
    ...PROGRAMS.filter((name) => spawnSync('which', [name]).status !== 0),
    ...[whyNoLab(), whyNoMachine()].filter((one) => one !== null),
    ...(mongoProgram() ? [] : ['a mongod or FerretDB (MONGOD_BIN, FERRETDB_BIN)']),
  ];
  if (missing.length > 0)
    console.warn(`SKIPPED: following docs/OPERATIONS.md. It needs ${missing.join(', ')}.`);
  return missing.length === 0;
}

/**
 * A clinic that follows docs/OPERATIONS.md: a repository, a machine on the internet, and two people on lines of their own, who know
 * the machine by its name.
 */
export class GuideSite {
  readonly lab: NetworkLab;
  machine: Machine;
  shell: Shell;
  /** Names of the blocks that were entered. */
  readonly entered: string[] = [];
  readonly #blocks = new Map(
    blocksOf(readFileSync(GUIDE, 'utf8')).map(({ name, commands }) => [name, commands]),
  );
  readonly #folder: string;
  readonly #browsers: Browser[] = [];
  #version = VERSIONS[0]!;

  private constructor(lab: NetworkLab, machine: Machine, folder: string) {
    this.lab = lab;
    this.machine = machine;
    this.shell = machine.shell();
    this.#folder = folder;
  }

  static async open(): Promise<GuideSite> {
    const folder = makeTemporaryFolder();
    snapshotOfProduct(join(folder, 'product.git'));
    const lab = await createLab({ clients: 2 });
    const { namespace, address } = lab.server;
    // coturn listens at no address that only the loopback device has.
    ip('-n', namespace, 'tuntap', 'add', 'dev', 'eth0', 'mode', 'tun');
    ip('-n', namespace, 'link', 'set', 'eth0', 'up');
    ip('-n', namespace, 'addr', 'add', `${address}/32`, 'dev', 'eth0');
    return new GuideSite(lab, await boot(lab, folder), folder);
  }

  /** The version that was cloned last. */
  get version(): string {
    return this.#version;
  }

  /** Names of all blocks of the guide that are marked for the test. */
  get marked(): readonly string[] {
    return [...this.#blocks.keys()];
  }

  /** Enters blocks of the guide. @returns the output of the last one @throws {Error} if a command fails */
  async follow(...names: readonly string[]): Promise<string> {
    let output = '';
    for (const name of names) {
      const commands = this.#blocks.get(name);
      if (commands === undefined) throw new Error(`The guide has no block ${name}.`);
      this.entered.push(name);
      if (name === 'values') this.#version = VERSIONS[0]!;
      if (name === 'new-version') this.#version = VERSIONS[VERSIONS.indexOf(this.#version) + 1]!;
      const changed = name === 'values' || name === 'new-version';
      output = await this.shell.enter(changed ? this.#withValues(commands) : commands);
      if (name === 'product' || name === 'new-version') this.#provide();
    }
    return output;
  }

  /** Replaces the machine by an empty one with the same address; only these of its folders are there again. */
  async replaceMachine(...kept: readonly string[]): Promise<void> {
    const away = (folder: string) => join(this.#folder, 'away', folder);
    for (const folder of kept) cpSync(this.machine.path(folder), away(folder), { recursive: true });
    await this.machine.close();
    this.machine = await boot(this.lab, this.#folder);
    for (const folder of kept) cpSync(away(folder), this.machine.path(folder), { recursive: true });
    this.shell = this.machine.shell();
  }

  /** Gives the clone what npm and the builds would make: that takes minutes, and other tests show that it works. */
  #provide(): void {
    for (const part of ['.', 'shared', 'server', 'client', 'api-client', 'test']) {
      for (const made of ['node_modules', 'dist']) {
        const source = join(ROOT, part, made);
        if (existsSync(source))
          this.machine.mountCopy(source, join(`/opt/televisit-${this.#version}`, part, made));
      }
    }
    const worker = process.env.MEDIASOUP_WORKER_BIN ?? '';
    this.machine.run('mkdir', ['-p', '/opt/televisit-cache/televisit']);
    cpSync(worker, this.machine.path(`/opt/televisit-cache/televisit/${basename(worker)}`));
  }

  /** Starts the MongoDB that the guide takes for granted, at its usual port, and waits until it listens. */
  startMongo(): void {
    const [program = '', ...args] = mongoProgram()?.('/var/lib/mongodb', 27_017) ?? [];
    cpSync(program, this.machine.path('/usr/local/bin/mongo-server'));
    this.machine.run('mkdir', ['-p', '/var/lib/mongodb']);
    const { stdout, stderr } = this.machine.spawn('/usr/local/bin/mongo-server', args);
    for (const stream of [stdout, stderr]) stream?.resume();
    const wait = 'until (</dev/tcp/127.0.0.1/27017) 2>/dev/null; do sleep 0.1; done';
    this.machine.run('timeout', ['60', 'bash', '-c', wait]);
  }

  /** Returns the version that the process of a service runs. */
  versionOf(service: string): string {
    const pid = this.machine.read(`/run/services/${service}.pid`);
    return this.machine
      .run('readlink', [`/proc/${pid}/cwd`])
      .trim()
      .replace('/opt/televisit-', '');
  }

  /** Returns a setting of the server. */
  setting(name: string): string {
    const file = this.machine.read('/etc/televisit/televisit.env');
    return (
      file
        .split('\n')
        .findLast((line) => line.startsWith(`${name}=`))
        ?.slice(name.length + 1) ?? ''
    );
  }

  /** Returns the API of the server on a port of the machine, as a backend with a secret, by default the current one. */
  async api(port = 3000, secret = this.setting('INTERNAL_SECRET')): Promise<TelevisitApi> {
    return new TelevisitApi({ baseUrl: await this.lab.reach(port), secret });
  }

  /** Starts the browser of a person, who trusts the CA of the machine. */
  async browser(place: ClientPlace): Promise<Browser> {
    const home = join(this.#folder, place.namespace);
    const database = `sql:${home}/.pki/nssdb`;
    if (!existsSync(home)) {
      mkdirSync(`${home}/.pki/nssdb`, { recursive: true });
      execFileSync('certutil', ['-d', database, '-N', '--empty-password']);
    }
    const ca = this.machine.path('/etc/televisit/tls/ca.pem');
    execFileSync('certutil', [
      '-d',
      database,
      '-A',
      '-t',
      'C,,',
      '-n',
      `ca-${this.#browsers.length}`,
      '-i',
      ca,
    ]);
    writeFileSync(`${home}/hosts`, `127.0.0.1 localhost\n${this.lab.server.address} ${DOMAIN}\n`);
    const program = join(home, 'chromium');
    const chromium = process.env.CHROMIUM_BIN ?? '/usr/bin/chromium';
    const script = `mount --bind ${home}/hosts /etc/hosts; HOME=${home} exec ${chromium} "$@"`;
    writeFileSync(program, `#!/bin/sh\nexec ip netns exec ${place.namespace} sh -ec '${script}' sh "$@"\n`);
    chmodSync(program, 0o755);
    const browser = await launchChromium([FEW_PICTURES], program);
    this.#browsers.push(browser);
    return browser;
  }

  async close(): Promise<void> {
    for (const browser of this.#browsers) await browser.close();
    await this.machine.close();
    await this.lab.close();
    removeFolder(this.#folder);
  }

  /** Replaces the values that the operator has to change. */
  #withValues(commands: string): string {
    const values: Readonly<Record<string, string>> = {
      REPOSITORY: join(this.#folder, 'product.git'),
      VERSION: this.#version,
      DOMAIN,
      ADDRESS: this.lab.server.address,
    };
    return commands.replaceAll(/^export (\w+)=\S+/gm, (_, name: string) => {
      if (values[name] === undefined) throw new Error(`The test has no value for ${name}.`);
      return `export ${name}=${values[name]}`;
    });
  }
}

async function boot(lab: NetworkLab, folder: string): Promise<Machine> {
  const machine = await Machine.boot(lab.server.namespace, [ROOT, folder]);
  // An empty machine has no Java, whose hook would start a virtual machine for each change of certificates.
  machine.run('rm', ['-f', '/etc/ca-certificates/update.d/jks-keystore']);
  machine.write('/etc/hosts', `127.0.0.1 localhost\n${lab.server.address} ${DOMAIN}\n`);
  return machine;
}

/** Makes a repository of the product as it is in this folder, with changes that are not committed yet. */
function snapshotOfProduct(repository: string): void {
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8' });
  const listed = execFileSync('git', ['-C', ROOT, 'ls-files', '-co', '--exclude-standard', '-z'], {
    encoding: 'utf8',
  });
  for (const file of listed.split('\0').filter((one) => one !== '' && existsSync(join(ROOT, one)))) {
    cpSync(join(ROOT, file), join(repository, file));
  }
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', repository]);
  git('add', '--all');
  const author = ['-c', 'user.name=Clinic', '-c', 'user.email=it@clinic.example'];
  git(...author, 'commit', '--quiet', '--message=product');
  for (const version of VERSIONS.slice(1)) git('branch', version);
}
