import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { goProblem } from './go.mjs';
import { findCommand } from './packages.mjs';

const GO_MOD = 'module x\n\ngo 1.24\n';

describe('goProblem', () => {
  it.each([
    ['go1.24', undefined],
    ['go1.24rc1', undefined],
    ['devel go1.27-0a1b2c', undefined],
    ['go2.0', undefined],
    ['go1.9.7', 'Go 1.9 is too old; 1.24 would do'],
  ])('goProblem for %s is %s', (version, problem) => {
    const folder = temporaryFolder({ go: `#!/bin/sh\necho "go version ${version} linux/amd64"\n` });
    expect(goProblem(join(folder, 'go'), GO_MOD, {})).toBe(problem);
  });

  it.runIf(findCommand(['go']))('goProblem understands the Go of this machine', () => {
    expect(goProblem(findCommand(['go']) ?? '', GO_MOD) ?? '').toMatch(/^(Go 1\.\d+ is too old.*)?$/);
  });
});
