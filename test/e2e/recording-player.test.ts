import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { MasterKeys } from '@televisit/server/recording/master-keys';
import { RecordingFiles } from '@televisit/server/recording/recording-files';
import { FolderStorage } from '@televisit/server/recording/storage/folder-storage';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, SCREENSHOTS } from '../support/clients/chromium.ts';
import { recorded } from '../support/fixtures/recordings.ts';
import { looks } from '../support/fixtures/test-site.ts';
import { SENTENCES, watchableRecording } from '../support/fixtures/watchable-recordings.ts';
import { SECRETS } from '../support/infra/settings.ts';
import { temporaryFolder } from '../support/infra/temporary-folder.ts';
import { TranscriptionService } from '../support/infra/transcription-service.ts';
import { axeFindings } from '../support/measure/axe.ts';

const patience = { timeout: 30_000 };
let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML/i.test(message.text())) errors.push(message.text());
  });
  onTestFinished(() => expect(errors).toEqual([]));
  await page.goto(url);
  return page;
}

const videoOf = (page: Page) =>
  page.getByTestId('player-video').evaluate((element) => {
    const video = element as HTMLVideoElement;
    const [track] = video.textTracks;
    const cues = [...(track?.activeCues ?? [])] as VTTCue[];
    return {
      seconds: video.currentTime,
      paused: video.paused,
      speed: video.playbackRate,
      isLoaded: video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA,
      captions: track?.mode,
      shown: cues.map(({ text }) => text).join('\n'),
    };
  });
const until = (page: Page, expected: object) =>
  expect.poll(() => videoOf(page), patience).toMatchObject(expected);
const current = (page: Page) => page.locator('[aria-current="true"]').innerText();

/** Returns what is wider than the window. */
const sideways = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** A recording whose videos are stored as a composition stores them, at the will of the test, and which can be transcribed. */
async function transcribable() {
  const segment = (start: number, text: string) => ({
    start,
    end: start + 1.5,
    text,
    avg_logprob: -0.1,
    no_speech_prob: 0,
  });
  const service = await TranscriptionService.start(() => ({
    text: 'Good morning. I take them now.',
    language: 'english',
    segments: [segment(0, 'Good morning.'), segment(2, 'I take them now.')],
  }));
  const dataDir = temporaryFolder();
  const { visit, api, clock, recordingId, record } = await recorded(
    { env: { DATA_DIR: dataDir, STT_ENGINE: 'http', STT_URL: service.url } },
    {
      transcript: 'on-request',
      tracks: [{ seat: 1, source: 'microphone', from: 0, to: 4000 }],
      before: async ({ server, sessionId }) => {
        for (const purpose of ['recording', 'transcript'] as const) {
          await server.api.setConsent(sessionId, 'patient', purpose, { given: true, wording: 'clinic-1' });
        }
      },
    },
  );
  const { sessionId } = visit;
  const { recording: store } = visit.server.televisit.store.features;
  const files = new RecordingFiles(
    new FolderStorage(join(dataDir, 'recordings')),
    new MasterKeys(SECRETS.recordings),
  );
  const { url } = await api.createPlayerLink(sessionId, recordingId);
  return {
    url,
    /** Stores four seconds of a picture. */
    add: async (fileId: string) => {
      const path = join(dataDir, `${fileId}.mp4`);
      const picture = ['-f', 'lavfi', '-i', 'testsrc=duration=4:size=320x180:rate=5'];
      execFileSync('ffmpeg', ['-v', 'error', ...picture, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', path]);
      const key = await files.add(fileId, path);
      const [{ startedAt, endedAt } = { startedAt: 0, endedAt: 0 }] = await store.files(sessionId);
      const about = { sessionId, recordingId, seat: null, source: null, codec: 'video/H264', held: false };
      const times = { startedAt, endedAt, bytes: statSync(path).size };
      await store.addFile({ ...about, ...times, fileId, kind: 'composition', contentType: 'video/mp4', key });
    },
    remove: (fileId: string) => store.dropFiles(sessionId, [fileId]),
    transcribe: async () => {
      await api.createTranscript(sessionId, recordingId, {});
      const status = async () => {
        clock.advance(5000);
        return (await record())?.jobs[0]?.status;
      };
      await expect.poll(status, { timeout: 90_000 }).toBe('done');
    },
    /** Corrects the second sentence. */
    correct: async (text: string) => {
      const { segments } = await api.getTranscript(sessionId, recordingId);
      const { segmentId } = segments[1]!;
      await api.correctTranscript(sessionId, recordingId, { corrections: [{ segmentId, text }] });
    },
  };
}

describe('the page that plays a recording', { timeout: 180_000 }, () => {
  it('plays it with captions, and seeks by the transcript and by keys', async () => {
    const { api, visit, recordingId } = await watchableRecording();
    const { url } = await api.createPlayerLink(visit.sessionId, recordingId);
    const page = await open(url);
    await page.getByTestId('player-segment').first().waitFor();
    await until(page, { isLoaded: true, paused: true, captions: 'showing' });

    // Key after key, wherever the focus is.
    await page.keyboard.press('k');
    await expect.poll(async () => (await videoOf(page)).seconds, patience).toBeGreaterThan(0.5);
    await until(page, { paused: false, shown: expect.stringContaining(SENTENCES[0]!) as string });
    expect(await current(page)).toContain(SENTENCES[0]);
    await page.keyboard.press('Space');
    await until(page, { paused: true });

    const segment = page.getByTestId('player-segment').filter({ hasText: SENTENCES[2]! });
    await segment.first().click();
    await until(page, { seconds: 6, shown: expect.stringContaining(SENTENCES[2]!) as string });
    expect(await current(page)).toContain(SENTENCES[2]);
    await segment.last().press('Enter');
    await until(page, { seconds: 7 });
    await page.keyboard.press('ArrowLeft');
    await until(page, { seconds: 2 });
    await page.keyboard.press('ArrowRight');
    await until(page, { seconds: 7 });
    await page.keyboard.press('j');
    await until(page, { seconds: 0 });
    await page.keyboard.press('l');
    await until(page, { seconds: 10 });
    await page.keyboard.press('>');
    await until(page, { speed: 1.25 });
    expect(await page.getByTestId('player-speed').inputValue()).toBe('1.25');
    await page.getByTestId('player-speed').selectOption('2');
    await until(page, { speed: 2 });
    await page.getByTestId('player-video').focus();
    await page.keyboard.press('<');
    await until(page, { speed: 1.75 });
    await page.keyboard.press('c');
    await until(page, { captions: 'hidden' });
    await page.keyboard.press('f');
    await expect.poll(() => page.evaluate(() => document.fullscreenElement?.tagName), patience).toBe('VIDEO');
    await page.keyboard.press('f');
    await expect.poll(() => page.evaluate(() => document.fullscreenElement), patience).toBeNull();

    for (const [look, options] of looks('desktop', 'desktop-dark', 'phone-rtl', 'small-phone')) {
      const other = await open(url, options);
      await other.getByTestId('player-segment').nth(3).waitFor();
      await until(other, { isLoaded: true });
      await other.getByTestId('player-segment').nth(2).click();
      await until(other, { shown: expect.stringContaining(SENTENCES[1]!) as string });
      expect([look, await sideways(other), await axeFindings(other)]).toEqual([look, 0, []]);
      await other.screenshot({ path: `${SCREENSHOTS}recording-player-${look}.png` });
      // Phones have no keys.
      expect(await other.locator('summary').isVisible()).toBe(!('hasTouch' in options));
    }
    await page.locator('summary').click();
    expect(await axeFindings(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}recording-player-keys.png`, fullPage: true });
  });

  it('shows a transcript, its corrections and another video without a reload, and says so', async () => {
    const { url, add, remove, transcribe, correct } = await transcribable();
    await add('first');
    const page = await open(url);
    const news = () => page.getByTestId('player-news').innerText();
    await until(page, { isLoaded: true });
    expect(await page.getByTestId('player-transcript').count()).toBe(0);
    expect(await news()).toBe('');

    await transcribe();
    const second = page.getByTestId('player-segment').nth(1);
    await second.waitFor(patience);
    await until(page, { captions: 'showing' });
    expect(await news()).toBe('The text of what was said is here.');
    await page.keyboard.press('c');
    await until(page, { captions: 'hidden' });
    await second.click();
    await correct('I take metoprolol now.');
    await expect.poll(() => second.innerText(), patience).toContain('I take metoprolol now.');
    expect(await news()).toBe('The text of what was said has changed.');
    expect(await second.evaluate((element) => element === document.activeElement)).toBe(true);
    await until(page, { captions: 'hidden', seconds: 2 });
    await page.keyboard.press('c');
    await until(page, { captions: 'showing', shown: expect.stringContaining('metoprolol') as string });

    await page.keyboard.press('>');
    await until(page, { speed: 1.25 });
    const film = () => page.getByTestId('player-video').getAttribute('src');
    const before = await film();
    await add('second');
    await remove('first');
    await expect.poll(film, patience).not.toBe(before);
    await until(page, { isLoaded: true, seconds: 2, speed: 1.25, paused: true, captions: 'showing' });
    expect(await news()).toBe('There is a newer video, which is shown now.');
    expect(await axeFindings(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}recording-player-news.png` });
    for (const [look, options] of looks('phone-rtl')) {
      const other = await open(url, options);
      await other.getByTestId('player-segment').nth(1).waitFor(patience);
      await correct(look);
      await expect.poll(() => other.getByTestId('player-news').innerText(), patience).not.toBe('');
      expect([look, await sideways(other), await axeFindings(other)]).toEqual([look, 0, []]);
      await other.screenshot({ path: `${SCREENSHOTS}recording-player-news-${look}.png` });
    }
  });

  it('says that there is no composition, and that a link is wrong or has expired', async () => {
    const { api, visit, recordingId, clock } = await recorded();
    const { url } = await api.createPlayerLink(visit.sessionId, recordingId);
    const none = await open(url);
    await none.getByTestId('player-none').waitFor();
    expect(await axeFindings(none)).toEqual([]);
    await none.screenshot({ path: `${SCREENSHOTS}recording-player-none.png` });
    await (await open(url.split('#')[0]!)).getByTestId('player-bad').waitFor();
    clock.advance(3_700_000);
    await (await open(url)).getByTestId('player-expired').waitFor();
    // The page that was open finds out by itself.
    await none.getByTestId('player-expired').waitFor();
  });

  it('waits for the composition, and plays it when it is there', async () => {
    const track = { seat: 0, source: 'camera', from: 0, to: 2000 } as const;
    const { api, visit, recordingId, clock, record } = await recorded({}, { tracks: [track] });
    const { url } = await api.createPlayerLink(visit.sessionId, recordingId);
    await api.composeRecording(visit.sessionId, recordingId, { layout: 'grid' });
    const page = await open(url);
    await page.getByTestId('player-preparing').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.screenshot({ path: `${SCREENSHOTS}recording-player-preparing.png` });
    await expect
      .poll(
        async () => {
          clock.advance(5000);
          return (await record())?.jobs.map(({ status }) => status);
        },
        { timeout: 60_000 },
      )
      .toEqual(['done']);
    await until(page, { isLoaded: true });
    expect(await page.getByTestId('player-transcript').count()).toBe(0);
  });
});
