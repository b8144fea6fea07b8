import { recordingPlayer } from '@televisit/shared/features/recording-player';
import { describe, expect, it } from 'vitest';
import { recorded, recordableVisit } from '../support/fixtures/recordings.ts';
import { SENTENCES, watchableRecording } from '../support/fixtures/watchable-recordings.ts';

/** Returns the address of what the page behind a link reads. */
function readBy(link: string): string {
  const { origin, pathname, hash } = new URL(link);
  return `${origin}/api/v1/sessions${pathname.slice('/recordings'.length).replace(/\/([^/]+)$/, '/recordings/$1/player')}?${hash.slice(1)}`;
}

const read = async (link: string) => {
  const answer = await fetch(readBy(link));
  return { status: answer.status, body: (await answer.json()) as unknown };
};

describe('a link to the player', { timeout: 120_000 }, () => {
  it('leads to the composition, its preview and the transcript until it expires, and is in the audit log', async () => {
    const { api, visit, recordingId, clock } = await watchableRecording();
    const { url } = await api.createPlayerLink(visit.sessionId, recordingId, { expiresIn: 120 });
    const page = await fetch(url);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('content-security-policy')).toContain("require-trusted-types-for 'script'");

    const { composition, thumbnail, job, transcript, status } = recordingPlayer.parse((await read(url)).body);
    expect([status, job]).toEqual(['ready', { status: 'done', progress: 1 }]);
    const range = await fetch(composition!.url, { headers: { Range: 'bytes=4-7' } });
    expect([range.status, await range.text()]).toEqual([206, 'ftyp']);
    expect((await fetch(thumbnail!.url)).headers.get('content-type')).toBe('image/jpeg');
    const captions = await fetch(transcript!.captionsUrl);
    expect(captions.headers.get('content-type')).toMatch(/^text\/vtt/);
    expect(await captions.text()).toContain(SENTENCES[0]);
    const { segments } = (await (await fetch(transcript!.url)).json()) as { segments: unknown[] };
    expect(segments).toHaveLength(2 * SENTENCES.length);

    for (const other of [url.replace('signature=', 'signature=x'), url.replace('expires=', 'expires=9')]) {
      expect((await read(other)).status).toBe(403);
    }
    clock.advance(121_000);
    expect(await read(url)).toMatchObject({ status: 410, body: { code: 'recording_link_expired' } });
    for (const gone of [composition!.url, transcript!.captionsUrl])
      expect((await fetch(gone)).status).toBe(410);
    expect(await visit.history()).toEqual(
      expect.arrayContaining([
        'player.linked by backend',
        'recording.read by system',
        'transcript.read by system',
      ]),
    );
  });

  it('of a recording without a composition says so, and of a deleted one that it is gone', async () => {
    const { api, visit, recordingId } = await recorded();
    const { url } = await api.createPlayerLink(visit.sessionId, recordingId);
    expect(await read(url)).toMatchObject({
      status: 200,
      body: { status: 'ready', composition: null, thumbnail: null, job: null, transcript: null },
    });
    await api.deleteRecording(visit.sessionId, recordingId);
    expect((await read(url)).status).toBe(404);
    await expect(api.createPlayerLink(visit.sessionId, recordingId)).rejects.toMatchObject({
      code: 'recording_not_found',
    });
  });
});

describe('the report of a visit', () => {
  it('has a link to the newest recording that is ready, for a day, and none before', async () => {
    const before = await recordableVisit();
    expect((await before.api.getReport(before.visit.sessionId)).recordingUrl).toBeNull();
    const { api, visit, recordingId, clock } = await recorded();
    const { recordingUrl } = await api.getReport(visit.sessionId);
    expect(recordingUrl).toContain(`/recordings/${visit.sessionId}/${recordingId}#`);
    clock.advance(24 * 60 * 60_000 - 60_000);
    expect((await read(recordingUrl!)).status).toBe(200);
    clock.advance(61_000);
    expect((await read(recordingUrl!)).status).toBe(410);
  });
});
