import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryFolder, write } from '../temporary.ts';
import { ensureApiTools } from './api-tools.mjs';

const REQUIREMENTS = 'scripts/api-tools/requirements.txt';
/** Makes environments that contain itself, and writes down what pip is to install. */
const PYTHON = `#!/bin/sh
case "$2" in
  venv) for folder; do :; done; /bin/mkdir -p "$folder/bin"; /bin/cp "$0" "$folder/bin/python" ;;
  pip) for file; do :; done; /bin/cat "$file" >> "$0.installed" ;;
esac
`;
const WITHOUT_NETWORK = PYTHON.replace('pip)', 'pip) echo "No matching distribution" >&2; exit 1 ;; x)');
const WITHOUT_VENV = '#!/bin/sh\nexit 1\n';

function clone(python?: string) {
  const root = temporaryFolder({ [REQUIREMENTS]: 'generator==1\n' });
  if (python) write(join(root, 'bin/python3'), python);
  write(join(root, 'bin/ln'), '#!/bin/sh\nexec /bin/ln "$@"\n');
  return {
    root,
    env: { TELEVISIT_CACHE: join(root, 'cache'), PATH: join(root, 'bin') } as NodeJS.ProcessEnv,
  };
}

let said = '';
beforeEach(() => {
  said = '';
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => ((said += String(text)), true)),
  );
  vi.stubEnv('TELEVISIT_CACHE', temporaryFolder());
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
  });
});

describe('ensureApiTools', () => {
  it('ensureApiTools installs the listed versions once', async () => {
    const { root, env } = clone(PYTHON);
    const first = await ensureApiTools(env, root);
    expect(readFileSync(join(first.API_TOOLS_BIN ?? '', 'python.installed'), 'utf8')).toBe('generator==1\n');
    expect(said).toMatch(/installing the generators/);
    said = '';
    expect(await ensureApiTools(env, root)).toEqual(first);
    expect(said).toBe('');
  });

  it('ensureApiTools installs again when the versions change', async () => {
    const { root, env } = clone(PYTHON);
    const first = await ensureApiTools(env, root);
    write(join(root, REQUIREMENTS), 'generator==2\n');
    expect(await ensureApiTools(env, root)).not.toEqual(first);
  });

  it('ensureApiTools prints that tests are skipped, and does not fail, when the installation fails', async () => {
    const { root, env } = clone(WITHOUT_NETWORK);
    expect(await ensureApiTools(env, root)).toEqual({});
    expect(said).toMatch(/No matching distribution/);
    expect(said).toMatch(/NO API TOOLS: .* SKIPPED/);
    expect(existsSync(join(root, 'cache/televisit/complete'))).toBe(false);
    expect(await ensureApiTools(env, root)).toEqual({});
  });

  it('ensureApiTools prints that tests are skipped when Python has no venv and packages cannot be installed', async () => {
    vi.stubEnv('PATH', '/nowhere');
    const { root, env } = clone(WITHOUT_VENV);
    const getuid = vi.spyOn(process, 'getuid').mockReturnValue(1000);
    onTestFinished(() => getuid.mockRestore());
    expect(await ensureApiTools(env, root)).toEqual({});
    expect(said).toMatch(/python3-venv/);
  });
});
