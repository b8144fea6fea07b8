// Fails if a package of production has a known vulnerability of level high or critical. Without an answer of the registry, which
// mirrors and machines without network can't give, it says so and succeeds.
import { spawnSync } from 'node:child_process';
import { ROOT } from './setup/paths.mjs';
import { auditVerdict } from './audit-verdict.mjs';

const args = ['audit', '--omit', 'dev', '--audit-level', 'high', '--json', '--fetch-retries', '0'];
const { stdout } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8', timeout: 60_000 });
const { failed, message } = auditVerdict(stdout ?? '');
console.log(message);
process.exitCode = failed ? 1 : 0;
