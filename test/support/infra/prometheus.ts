import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { accepts, freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

/** With it the kernel kills a Prometheus whose test process was killed. */
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find((file) => existsSync(file));

/** Returns whether Debian's prometheus is installed; if not, reports which tests are skipped. */
export function prometheusAvailable(forWhat: string): boolean {
  const found = ['prometheus', 'promtool'].every(
    (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined,
  );
  if (!found) console.warn(`SKIPPED: ${forWhat}. It needs prometheus and promtool (Debian: prometheus).`);
  return found;
}

/** Runs promtool. @returns what it prints @throws {Error} with that if it finds a problem */
export function promtool(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  const output = stdout + stderr;
  if (status !== 0) throw new Error(`promtool ${args.join(' ')} failed:\n${output}`);
  return output;
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, value: string];
}

export interface PrometheusOptions {
  /** The port of the server to scrape. */
  readonly target: number;
  readonly token?: string;
  readonly rules?: string;
}

/** A real Prometheus that scrapes one server, until the end of the test. */
export class Prometheus {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** Resolves when it is ready. */
  static async start({ target, token, rules }: PrometheusOptions): Promise<Prometheus> {
    const [port, folder] = [await freePort(), temporaryFolder()];
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: rules === undefined ? [] : [rules],
      scrape_configs: [
        {
          job_name: 'televisit',
          static_configs: [{ targets: [`127.0.0.1:${target}`] }],
          ...(token === undefined ? {} : { authorization: { credentials: token } }),
        },
      ],
    };
    // YAML contains JSON.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const command = [
      ...(SETPRIV ? [SETPRIV, '--pdeathsig', 'KILL'] : []),
      'prometheus',
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ];
    const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] });
    const ended = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    const url = `http://127.0.0.1:${port}`;
    await until(
      'Prometheus is ready',
      async () => (await accepts(port)) && (await fetch(`${url}/-/ready`)).ok,
    );
    return new Prometheus(url);
  }

  /** Returns the present values of a query. */
  async query(query: string): Promise<readonly Series[]> {
    const { data } = (await this.#get(`query?query=${encodeURIComponent(query)}`)) as {
      data: { result: Series[] };
    };
    return data.result;
  }

  /** Returns the health of each alert rule by name. */
  async rules(): Promise<Readonly<Record<string, string>>> {
    const { data } = (await this.#get('rules')) as {
      data: { groups: { rules: { name: string; health: string }[] }[] };
    };
    const all = data.groups.flatMap(({ rules }) => rules);
    return Object.fromEntries(all.map(({ name, health }) => [name, health]));
  }

  async #get(path: string): Promise<unknown> {
    return (await fetch(`${this.#url}/api/v1/${path}`)).json();
  }
}
