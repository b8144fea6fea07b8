// npm run bench -- NAME, npm run soak -- NAME: sets up what is missing and runs test/bench/NAME.ts or test/soak/NAME.ts. Further
// arguments go to it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { benchNames } from './bench-names.mjs';
import { ended, forwardSignals, start } from './processes.mjs';
import { setUpTests } from './setup/index.mjs';
import { NODE, ROOT } from './setup/paths.mjs';
import { runMain } from './setup/step.mjs';

await runMain(async () => {
  const [kind = 'bench', name, ...args] = process.argv.slice(2);
  const names = benchNames(readdirSync(join(ROOT, 'test', kind)));
  if (!name || !names.includes(name)) {
    const problem = name ? `There is no ${kind} "${name}".` : `Which ${kind}?`;
    process.stderr.write(`${problem} Use: npm run ${kind} -- ${names.join('|') || 'NAME'}\n`);
    return 2;
  }
  const program = start(NODE, [`test/${kind}/${name}.ts`, ...args], {
    cwd: ROOT,
    env: await setUpTests({ apiTools: false, speech: name === 'captions' }),
  });
  forwardSignals(() => [program]);
  return ended(program);
});
