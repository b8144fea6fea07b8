import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { makeTemporaryFolder, removeFolder } from '../infra/temporary-folder.ts';
import { insideNamespace } from '../netlab/index.ts';

const INIT = fileURLToPath(new URL('machine.sh', import.meta.url));
const SYSTEMCTL = fileURLToPath(new URL('systemctl.ts', import.meta.url));

/** Answers for packages that are installed, and says which are not: a machine of a test has no internet. */
const APT_GET = `#!/bin/sh
[ "$1" = update ] && exit 0
[ "$1" = install ] || { echo "apt-get $1 is not possible here" >&2; exit 100; }
shift
for name; do
  case $name in -*) continue ;; esac
  dpkg-query -W -f '\${db:Status-Status}' "$name" 2>/dev/null | grep -q '^installed$' || missing="\${missing-} $name"
done
[ -z "\${missing-}" ] || { echo "These packages are not installed:$missing" >&2; exit 100; }
`;

const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
};

/** Returns why no machine can be made here; null if one can. */
export function whyNoMachine(): string | null {
  const probe =
    'd=$(mktemp -d); mount -t tmpfs t "$d"; mkdir "$d/u" "$d/w" "$d/r"; mount -t overlay o -o "lowerdir=/,upperdir=$d/u,workdir=$d/w" "$d/r"';
  const tried = spawnSync('unshare', ['--mount', '--pid', '--fork', 'sh', '-ec', probe], { stdio: 'ignore' });
  return tried.status === 0 ? null : 'overlayfs and namespaces of mounts and processes';
}

/**
 * A computer for following instructions: the files of this one, with changes that only it sees and that end with it, its own
 * processes, and the network of a namespace. `systemctl` and `apt-get` are stand-ins, because nothing is installed and systemd does
 * not run.
 */
export class Machine {
  readonly #init: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #pid: number;
  readonly #folder: string;

  private constructor(init: ChildProcess, pid: number, folder: string) {
    this.#init = init;
    this.#ended = once(init, 'exit');
    this.#pid = pid;
    this.#folder = folder;
  }

  /** @param visible folders of this system that the machine sees, read-only, in addition to those of its root filesystem */
  static async boot(namespace: string, visible: readonly string[]): Promise<Machine> {
    const folder = makeTemporaryFolder();
    const [command, args] = insideNamespace(namespace, 'unshare', [
      ...['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'],
      ...['sh', INIT, folder, ...visible],
    ]);
    const init = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface(init.stdout)[Symbol.asyncIterator]();
    const { value: line } = (await lines.next()) as { value: string | undefined };
    if (line !== 'ready') throw new Error('The machine did not start.');
    const child = readFileSync(`/proc/${init.pid}/task/${init.pid}/children`, 'utf8').trim();
    const machine = new Machine(init, Number(child), folder);
    machine.write(
      '/usr/local/sbin/systemctl',
      `#!/bin/sh\nexec ${process.execPath} ${SYSTEMCTL} "$@"\n`,
      0o755,
    );
    machine.write('/usr/local/sbin/apt-get', APT_GET, 0o755);
    return machine;
  }

  /** Returns the path, on this system, of a file of the machine. */
  path(file: string): string {
    return `/proc/${this.#pid}/root${file}`;
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  write(file: string, content: string, mode = 0o644): void {
    writeFileSync(this.path(file), content);
    chmodSync(this.path(file), mode);
  }

  /** Runs a program on the machine to its end. @returns its output @throws {Error} if it fails */
  run(command: string, args: readonly string[]): string {
    return execFileSync('nsenter', this.#inside(command, args), { encoding: 'utf8', env: ENVIRONMENT });
  }

  /** Starts a program on the machine; it ends with the machine at the latest. */
  spawn(command: string, args: readonly string[]): ChildProcess {
    return spawn('nsenter', this.#inside(command, args), {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: ENVIRONMENT,
    });
  }

  /** Shows files of this system at another place of the machine; changes stay on the machine. */
  mountCopy(source: string, target: string): void {
    const own = `/run/copies${target}`;
    const script = `mkdir -p "${own}/upper" "${own}/work" "${target}"
      mount -t overlay copy -o "lowerdir=${source},upperdir=${own}/upper,workdir=${own}/work" "${target}"`;
    this.run('sh', ['-ec', script]);
  }

  /** Opens a shell of the administrator, in which commands are entered one block after the other. */
  shell(): Shell {
    return new Shell(this.spawn('bash', ['--noprofile', '--norc']), this);
  }

  /** Ends all processes of the machine and forgets its files. */
  async close(): Promise<void> {
    this.#init.kill('SIGKILL');
    await this.#ended;
    removeFolder(this.#folder);
  }

  #inside(command: string, args: readonly string[]): string[] {
    const namespaces = ['--mount', '--net', '--pid', '--root'];
    return ['-t', String(this.#pid), ...namespaces, 'env', '--chdir=/root', command, ...args];
  }
}

/** A shell whose variables and folder stay from one block to the next. */
export class Shell {
  readonly #child: ChildProcess;
  readonly #machine: Machine;
  readonly #ended: Promise<unknown>;
  #output = '';
  #count = 0;
  #onOutput: () => void = () => undefined;

  constructor(child: ChildProcess, machine: Machine) {
    this.#child = child;
    this.#machine = machine;
    this.#ended = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
        this.#onOutput();
      });
    }
    child.stdin?.on('error', () => undefined);
  }

  /** Enters commands, and waits for their end. @returns the output @throws {Error} with the output if one of them fails */
  async enter(commands: string): Promise<string> {
    this.#output = '';
    this.#count += 1;
    const file = `/tmp/block-${this.#count}.sh`;
    const mark = `done-${this.#count}-${Math.random()}`;
    this.#machine.write(file, `${commands}\n`);
    this.#child.stdin?.write(`set -euo pipefail; . ${file} </dev/null; set +euo pipefail; echo ${mark}\n`);
    const finished = await new Promise<boolean>((resolve) => {
      this.#onOutput = () => {
        if (this.#output.includes(mark)) resolve(true);
      };
      void this.#ended.then(() => resolve(false));
    });
    if (!finished) {
      const logs = this.#machine.run('sh', ['-c', 'tail -v -n 15 /run/services/*.log']);
      throw new Error(
        `A command failed:\n${commands}\n\nThe output:\n${this.#output}\n\nThe services:\n${logs}`,
      );
    }
    return this.#output.replace(`${mark}\n`, '');
  }

  close(): void {
    this.#child.stdin?.end();
  }
}
