import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { consoleProblems, consoleSettings, CONSOLE_VARIABLES } from './console-settings.ts';

const parse = (env: Record<string, string>) => z.object(CONSOLE_VARIABLES).safeParse(env);
const settings = (env: Record<string, string>) => consoleSettings(z.object(CONSOLE_VARIABLES).parse(env));
const problems = (env: Record<string, string>, production = false) =>
  consoleProblems(z.object(CONSOLE_VARIABLES).parse(env), production);

const OIDC = { CONSOLE_OIDC_ISSUER: 'https://id.example', CONSOLE_OIDC_CLIENT_ID: 'televisit' };

describe('consoleSettings', () => {
  it('is null unless the console is switched on or has a provider', () => {
    expect(settings({})).toBeNull();
    expect(settings({ CONSOLE: '0', ...OIDC })).toBeNull();
    expect(settings({ CONSOLE: '1' })).toEqual({ idleMinutes: 30, showNames: false, oidc: null });
    expect(settings(OIDC)?.oidc).toMatchObject({ issuer: 'https://id.example', clientSecret: null });
  });

  it('asks for the usual scopes, and maps groups with the names of roles by default', () => {
    expect(settings(OIDC)?.oidc).toMatchObject({ scope: 'openid profile email', roleClaim: 'groups' });
    expect([...(settings(OIDC)?.oidc?.roles ?? [])]).toEqual([
      ['viewer', 'viewer'],
      ['operator', 'operator'],
      ['admin', 'admin'],
    ]);
  });

  it('maps values of the claim, which may contain spaces and =, to roles', () => {
    const roles = 'CN=tele visit=admin, support = viewer';
    expect([...(settings({ ...OIDC, CONSOLE_OIDC_ROLES: roles })?.oidc?.roles ?? [])]).toEqual([
      ['CN=tele visit', 'admin'],
      ['support', 'viewer'],
    ]);
  });
});

describe('CONSOLE_VARIABLES', () => {
  it.each<Record<string, string>>([
    { CONSOLE: 'yes' },
    { CONSOLE_SHOW_NAMES: 'on' },
    { CONSOLE_IDLE_MINUTES: '0' },
    { CONSOLE_IDLE_MINUTES: '721' },
    { CONSOLE_OIDC_ISSUER: 'id.example' },
    { CONSOLE_OIDC_ISSUER: 'https://id.example?x=1' },
    { CONSOLE_OIDC_SCOPE: 'profile' },
    { CONSOLE_OIDC_SCOPE: 'openid  email' },
    { CONSOLE_OIDC_ROLES: 'support' },
    { CONSOLE_OIDC_ROLES: 'support=root' },
    { CONSOLE_OIDC_ROLES: 'support=viewer,support=admin' },
  ])('refuses %j', (env) => {
    expect(parse(env).success).toBe(false);
  });
});

describe('consoleProblems', () => {
  it('names settings that lack another one', () => {
    expect(problems({ CONSOLE_OIDC_ISSUER: 'https://id.example' })).toEqual([
      'CONSOLE_OIDC_ISSUER and CONSOLE_OIDC_CLIENT_ID go together: set both, or neither.',
    ]);
    expect(problems({ CONSOLE_OIDC_ROLES: 'a=admin' })).toEqual([
      'CONSOLE_OIDC_ROLES needs CONSOLE_OIDC_ISSUER.',
    ]);
    expect(problems(OIDC)).toEqual([]);
  });

  it('requires https of a provider in production only', () => {
    const env = { ...OIDC, CONSOLE_OIDC_ISSUER: 'http://localhost:9' };
    expect(problems(env)).toEqual([]);
    expect(problems(env, true)).toHaveLength(1);
  });
});
