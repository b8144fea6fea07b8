import { describe, expect, it } from 'vitest';
import type { BrowserFamily, BrowserKind } from '../../components/browser-family.ts';
import { permissionSteps, systemHelp } from './permission-help.ts';
import { t } from './texts.ts';

const FAMILIES = [
  'chrome',
  'chrome_android',
  'edge',
  'firefox',
  'firefox_android',
  'safari',
  'safari_ios',
  'ios_app',
  'samsung',
  'in_app',
  'other',
] as const satisfies readonly BrowserFamily[];

const kind = (change: Partial<BrowserKind>): BrowserKind => ({
  family: 'chrome',
  system: 'windows',
  app: null,
  ...change,
});

describe('permissionSteps', () => {
  it.each(FAMILIES)('returns three complete steps for %s', (family) => {
    const steps = permissionSteps({ family }).map((step) => t(step, { app: 'Chrome' }));
    expect(steps).toHaveLength(3);
    for (const step of steps) expect(step).not.toMatch(/[{}]|permission\./);
  });

  it('returns different steps for browsers that differ', () => {
    expect(permissionSteps({ family: 'safari' })).not.toEqual(permissionSteps({ family: 'safari_ios' }));
    expect(permissionSteps({ family: 'firefox' })).not.toEqual(permissionSteps({ family: 'chrome' }));
  });
});

describe('systemHelp', () => {
  it('names the settings of the operating system', () => {
    expect(systemHelp(kind({ system: 'mac' }))).toBe('permission.system.mac');
    expect(systemHelp(kind({ family: 'samsung', system: 'android' }))).toBe('permission.system.android');
  });

  it('returns null if the steps lead to the settings anyway or the system is unknown', () => {
    expect(systemHelp(kind({ family: 'ios_app', system: 'ios' }))).toBeNull();
    expect(systemHelp(kind({ family: 'in_app', system: 'android' }))).toBeNull();
    expect(systemHelp(kind({ system: 'other' }))).toBeNull();
  });
});
