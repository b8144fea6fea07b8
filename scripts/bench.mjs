// npm run bench -- NAME: sets up what is missing and runs test/bench/NAME.ts. Further arguments go to it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { benchNames } from './bench-names.mjs';
import { ended, forwardSignals, start } from './processes.mjs';
import { setUpTests } from './setup/index.mjs';
import { NODE, ROOT } from './setup/paths.mjs';
import { runMain } from './setup/step.mjs';

await runMain(async () => {
  const [name, ...args] = process.argv.slice(2);
  const names = benchNames(readdirSync(join(ROOT, 'test/bench')));
  if (!name || !names.includes(name)) {
    const problem = name ? `There is no bench "${name}".` : 'Which bench?';
    process.stderr.write(`${problem} Use: npm run bench -- ${names.join('|') || 'NAME'}\n`);
    return 2;
  }
  const bench = start(NODE, [`test/bench/${name}.ts`, ...args], {
    cwd: ROOT,
    env: await setUpTests({ apiTools: false }),
  });
  forwardSignals(() => [bench]);
  return ended(bench);
});
