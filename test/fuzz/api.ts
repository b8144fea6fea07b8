/**
 * Lets schemathesis send requests to a server that it derives from openapi.json, valid and invalid ones and sequences of them,
 * for FUZZ_MINUTES minutes (5), and checks every response against the document. Exits with 1 if it finds something; its report
 * has a curl command and the seed of each finding. FUZZ_SEED=N repeats a seed.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { INTERNAL_SECRET } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';
import { makeTemporaryFolder, removeFolder } from '../support/infra/temporary-folder.ts';

const tools = process.env.API_TOOLS_BIN;
if (!tools) {
  process.stderr.write(
    'npm run fuzz -- api needs Python 3 with venv; the set-up printed why it is missing.\n',
  );
  process.exit(2);
}
const seconds = Number(process.env.FUZZ_MINUTES ?? 5) * 60;
const seed = process.env.FUZZ_SEED ?? String(randomInt(2 ** 31));
const server = await startServer({
  process: 'server',
  env: { WORKERS: '1', LOG_LEVEL: 'error', API_RATE_LIMIT: '0', ADDRESS_RATE_LIMIT: '0' },
  closedBy: 'caller',
});
process.stdout.write(`seed ${seed}, ${seconds} s\n`);
const args = [
  ...['run', `${server.url}/openapi.json`, '--origin', server.url, '--no-color'],
  ...['--header', `X-Internal-Secret:${INTERNAL_SECRET}`],
  ...[
    '--max-time',
    String(seconds),
    '--seed',
    seed,
    '--continue-on-failure',
    '--generation-database',
    'none',
  ],
  // A JSON Schema can't express every rule of a request, such as that one time lies before another. DELETE cancels a session,
  // which stays readable.
  ...['--exclude-checks', 'positive_data_acceptance,use_after_free'],
  // Draining would stop the server; the join page's operations need a token of their own.
  ...['--exclude-operation-id', 'drainNode', '--exclude-tag', 'Join page'],
];
// It writes what it found into its folder.
const cwd = makeTemporaryFolder();
const child = spawn(join(tools, 'schemathesis'), args, { cwd, stdio: 'inherit' });
const [code] = (await once(child, 'exit')) as [number | null];
await server.close();
removeFolder(cwd);
process.exit(code ?? 1);
