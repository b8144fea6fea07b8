import { describe, expect, it } from 'vitest';
import { t } from '../../locales/index.ts';
import type { BrowserFamily, BrowserKind } from './browser-family.ts';
import { permissionSteps, systemHelp } from './permission-help.ts';

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
  it.each(FAMILIES)('of %s are three steps in words without gaps', (family) => {
    const steps = permissionSteps({ family }).map((step) => t(step, { app: 'Chrome' }));
    expect(steps).toHaveLength(3);
    for (const step of steps) expect(step).not.toMatch(/[{}]|permission\./);
  });

  it('differ where the way differs', () => {
    expect(permissionSteps({ family: 'safari' })).not.toEqual(permissionSteps({ family: 'safari_ios' }));
    expect(permissionSteps({ family: 'firefox' })).not.toEqual(permissionSteps({ family: 'chrome' }));
  });
});

describe('systemHelp', () => {
  it('leads to the device’s own settings', () => {
    expect(systemHelp(kind({ system: 'mac' }))).toBe('permission.system.mac');
    expect(systemHelp(kind({ family: 'samsung', system: 'android' }))).toBe('permission.system.android');
  });

  it('is left out where the steps lead there, and where the device is not known', () => {
    expect(systemHelp(kind({ family: 'ios_app', system: 'ios' }))).toBeNull();
    expect(systemHelp(kind({ family: 'in_app', system: 'android' }))).toBeNull();
    expect(systemHelp(kind({ system: 'other' }))).toBeNull();
  });
});
