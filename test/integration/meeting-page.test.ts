import { ScriptedProvider } from '@televisit/server/providers/testing/scripted-provider';
import type { MeetingView } from '@televisit/shared/provider-operations';
import { describe, expect, it } from 'vitest';
import { providerSettings } from '../support/infra/settings.ts';
import { startServer } from '../support/infra/start-server.ts';

async function visit() {
  const zoom = new ScriptedProvider('zoom');
  const server = await startServer({ meetingProviders: [zoom], env: providerSettings('zoom') });
  const { sessionId } = await server.createVisit();
  const view = (token: string) =>
    server.call<MeetingView>('GET', `/api/v1/visits/${sessionId}/meeting`, undefined, {
      Authorization: `Bearer ${token}`,
    });
  const patient = { userId: 'patient', role: 'patient', displayName: null, linkVersion: 0 } as const;
  const tokenFor = (seconds: number) => server.tokens.issue(sessionId, patient, seconds).token;
  return { server, sessionId, view, tokenFor };
}

describe('GET /api/v1/visits/{sessionId}/meeting', () => {
  it('brings a fresh token shortly before that of the request expires', async () => {
    const { server, sessionId, view, tokenFor } = await visit();
    expect((await view(tokenFor(3600))).body.token).toBeNull();
    const { body } = await view(tokenFor(60));
    const claims = server.tokens.verify(body.token ?? '', sessionId);
    expect(claims).toMatchObject({ sub: 'patient', role: 'patient' });
    expect(claims.exp * 1000).toBeGreaterThan(Date.now() + 30 * 60_000);
  });

  it('brings no token when the visit is over', async () => {
    const { server, sessionId, view, tokenFor } = await visit();
    await server.api.endSession(sessionId);
    expect((await view(tokenFor(60))).body).toMatchObject({ status: 'ended', token: null });
  });
});
