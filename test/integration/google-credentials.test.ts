import { GoogleMeetProvider } from '@televisit/server/providers/google/google-meet-provider';
import { describe, expect, it } from 'vitest';
import {
  ImpatientClock,
  never,
  planOf,
  settingsOf,
  startGoogle,
} from '../support/fixtures/google-adapter.ts';
import { GoogleDouble } from '../support/infra/google-double.ts';

const SPACES = 'POST /meet/v2/spaces';
const TOKEN = 'POST /token';

describe('Google credentials', () => {
  it('get one token for concurrent and later calls', async () => {
    const { provider, double } = await startGoogle();
    await Promise.all([1, 2, 3].map((generation) => provider.create(planOf({ generation }), false, never())));
    await provider.create(planOf({ generation: 4 }), false, never());
    expect(double.count(TOKEN)).toBe(1);
    expect(double.count(SPACES)).toBe(4);
  });

  it('get another token a minute before the first one expires', async () => {
    const { provider, double, clock } = await startGoogle();
    await provider.create(planOf(), false, never());
    clock.aheadMs = 3_530_000;
    await provider.create(planOf(), false, never());
    expect(double.count(TOKEN)).toBe(1);
    clock.aheadMs = 3_541_000;
    // The assertion has to be made with Google's time.
    double.skewMs = clock.aheadMs;
    await provider.create(planOf(), false, never());
    expect(double.count(TOKEN)).toBe(2);
  });

  it('get another token once if Google no longer accepts the first one', async () => {
    const { provider, double } = await startGoogle();
    await provider.create(planOf(), false, never());
    double.tokens.revoke();
    await provider.create(planOf({ generation: 2 }), false, never());
    expect(double.count(TOKEN)).toBe(2);
    double.fail('expired', 2);
    const call = provider.create(planOf({ generation: 3 }), false, never());
    await expect(call).rejects.toMatchObject({ kind: 'misconfigured', code: 'unauthorized' });
    expect(double.count(TOKEN)).toBe(3);
  });

  it('of a refresh token create a meeting', async () => {
    const double = await GoogleDouble.start();
    const provider = new GoogleMeetProvider(settingsOf(double.oauthEnv), new ImpatientClock());
    const { meetingId } = await provider.create(planOf(), false, never());
    expect(double.meet.spaces.map(({ name }) => name)).toEqual([meetingId]);
  });

  it.each([
    ['revoked', 'invalid_grant', /new refresh token/],
    ['undelegated', 'unauthorized_client', /Domain-wide delegation/],
  ] as const)(
    'that are %s fail as misconfigured with a remedy, and are not tried again',
    async (mode, code, text) => {
      const { provider, double, clock } = await startGoogle();
      double.fail(mode);
      const error = {
        kind: 'misconfigured',
        code,
        isTemporary: false,
        message: expect.stringMatching(text) as string,
      };
      await expect(provider.create(planOf(), false, never())).rejects.toMatchObject(error);
      await expect(provider.create(planOf(), false, never())).rejects.toMatchObject(error);
      expect(double.count(TOKEN)).toBe(1);
      clock.aheadMs = 5 * 60_000 + 1;
      double.skewMs = clock.aheadMs;
      await provider.create(planOf(), false, never());
      expect(double.count(TOKEN)).toBe(2);
    },
  );

  it('with a wrong secret or a scope that is not delegated fail as misconfigured', async () => {
    const double = await GoogleDouble.start();
    const wrong = settingsOf({ ...double.oauthEnv, GOOGLE_CLIENT_SECRET: 'other' });
    const oauth = new GoogleMeetProvider(wrong, new ImpatientClock());
    await expect(oauth.create(planOf(), false, never())).rejects.toMatchObject({ code: 'invalid_client' });
    double.tokens.scopes = [];
    const delegated = new GoogleMeetProvider(settingsOf(double.env), new ImpatientClock());
    await expect(delegated.create(planOf(), false, never())).rejects.toMatchObject({
      kind: 'misconfigured',
      code: 'unauthorized_client',
    });
  });

  it('are requested again after the token endpoint was down', async () => {
    const { provider, double } = await startGoogle();
    double.down();
    await expect(provider.create(planOf(), false, never())).rejects.toMatchObject({ kind: 'unavailable' });
    double.up();
    await provider.create(planOf(), false, never());
  });

  it('of a service account without a subject fail as misconfigured', async () => {
    const double = await GoogleDouble.start();
    const { GOOGLE_SERVICE_ACCOUNT = '', ...env } = double.env;
    delete env.GOOGLE_SUBJECT;
    const settings = settingsOf({ ...env, GOOGLE_SERVICE_ACCOUNT, GOOGLE_CALENDAR_ID: 'visits@group.test' });
    const provider = new GoogleMeetProvider(settings, new ImpatientClock());
    await expect(provider.create(planOf(), false, never())).rejects.toMatchObject({
      kind: 'misconfigured',
      code: 'forbiddenForServiceAccounts',
    });
    const [result] = await provider.check(never());
    expect(result).toMatchObject({ name: 'subject', ok: false });
  });
});

describe('GoogleMeetProvider.check', () => {
  const failed = async (provider: GoogleMeetProvider) =>
    (await provider.check(never())).filter(({ ok }) => !ok);

  it('passes in both modes, and changes nothing', async () => {
    for (const GOOGLE_MEET_MODE of ['spaces', 'calendar']) {
      const { provider, double } = await startGoogle({ GOOGLE_MEET_MODE });
      expect(await failed(provider)).toEqual([]);
      expect(double.requests.every((request) => request === TOKEN || request.startsWith('GET '))).toBe(true);
    }
  });

  it('names each scope that is not delegated, with a remedy', async () => {
    const { provider, double } = await startGoogle({ GOOGLE_MEET_MODE: 'calendar' });
    double.tokens.scopes = double.tokens.scopes.filter((scope) => !scope.includes('readonly'));
    expect(await failed(provider)).toEqual([
      {
        name: 'credentials for meetings.space.readonly',
        ok: false,
        detail: 'Failed: unauthorized_client.',
        remedy: expect.stringContaining('Domain-wide delegation') as string,
      },
    ]);
  });

  it('reports an API that is not enabled, a clock that is wrong, and a calendar that does not exist', async () => {
    const { provider, double } = await startGoogle();
    double.fail('disabled');
    expect(await failed(provider)).toMatchObject([
      { name: 'Meet API', remedy: expect.stringContaining('Enable the API') as string },
    ]);
    double.skewMs = 2 * 60_000;
    expect(await failed(provider)).toMatchObject([{ name: 'clock', detail: /1[12]\d s behind/ }]);
    const other = await startGoogle({
      GOOGLE_MEET_MODE: 'calendar',
      GOOGLE_MEET_CALENDAR_ID: 'none@group.test',
    });
    expect(await failed(other.provider)).toMatchObject([{ name: 'Calendar', detail: 'Failed: notFound.' }]);
  });

  it('tries credentials again that were refused before', async () => {
    const { provider, double } = await startGoogle();
    double.fail('revoked');
    await expect(provider.create(planOf(), false, never())).rejects.toThrow();
    expect(await failed(provider)).toEqual([]);
    await provider.create(planOf(), false, never());
  });
});
