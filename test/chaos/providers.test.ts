import type { SessionView } from '@televisit/shared/api';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../support/infra/start-server.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { ZOOM_HOSTS } from '../support/infra/zoom-provider.ts';
import { ZOOM_CREDENTIALS, ZOOM_WEBHOOK_SECRET, ZoomDouble } from '../support/infra/zoom-double.ts';

/** A step of a dead process is repeated after 30 s. */
const REPEATED = { timeout: 90_000, interval: 500 };

describe('a server that is killed while it prepares meetings', () => {
  it('leaves one meeting for each visit, and none for a cancelled one', async () => {
    const zoom = await ZoomDouble.open();
    onTestFinished(() => zoom.close());
    const hosts = [...ZOOM_HOSTS, 'pool-3@clinic.example', 'pool-4@clinic.example', 'pool-5@clinic.example'];
    for (const host of hosts) zoom.account.addUser(host);
    const env = {
      DATA_DIR: temporaryFolder(),
      MEETING_PROVIDERS: 'zoom',
      ZOOM_ACCOUNT_ID: ZOOM_CREDENTIALS.accountId,
      ZOOM_CLIENT_ID: ZOOM_CREDENTIALS.clientId,
      ZOOM_CLIENT_SECRET: ZOOM_CREDENTIALS.clientSecret,
      ZOOM_WEBHOOK_SECRET,
      ZOOM_HOSTS: hosts.join(','),
      ZOOM_OAUTH_URL: zoom.url,
    };
    const first = await startServer({ process: 'server', env });
    const book = async (name: string) => (await first.backend.createVisit(name)).sessionId;
    const stateOf = async (server: typeof first, sessionId: string) =>
      (await server.backend.api.getSession(sessionId)).meetingState satisfies SessionView['meetingState'];
    const asked = (method: string, part: string) =>
      zoom.requests.filter((one) => one.method === method && one.path.includes(part)).length;

    const ready = await book('ready');
    const cancelled = await book('cancelled');
    for (const sessionId of [ready, cancelled]) {
      await expect.poll(() => stateOf(first, sessionId), REPEATED).toBe('ready');
    }
    // The meeting exists, but the answer never came.
    zoom.fail('lose-creation');
    const lost = await book('lost');
    await expect.poll(() => zoom.meetings().length).toBe(3);
    // The deletion, and after it everything else, hangs at Zoom.
    zoom.fail('stall', 'stall', 'stall', 'stall');
    const deletions = asked('DELETE', '/meetings/');
    await first.backend.api.cancelSession(cancelled);
    await expect.poll(() => asked('DELETE', '/meetings/')).toBe(deletions + 1);
    const hanging = await book('hanging');
    first.kill('SIGKILL');
    await first.ended;

    const second = await startServer({ process: 'server', env });
    for (const sessionId of [ready, lost, hanging]) {
      await expect.poll(() => stateOf(second, sessionId), REPEATED).toBe('ready');
    }
    await expect.poll(() => zoom.meetings().length, REPEATED).toBe(3);
    expect(await stateOf(second, cancelled)).toBe('over');
    expect(zoom.problems).toEqual([]);
  });
});
