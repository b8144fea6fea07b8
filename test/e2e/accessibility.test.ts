import type { CreateSessionRequest } from '@televisit/shared/api';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { axeFindings } from '../support/measure/axe.ts';
import { launchChromium, Visitor } from '../support/clients/chromium.ts';
import { StoryPages } from '../support/fixtures/story-pages.ts';
import { TestSite } from '../support/fixtures/test-site.ts';

const site = new TestSite();
let pages: StoryPages;
/** A browser that refuses camera and microphone. */
let refusing: Browser;

beforeAll(async () => {
  pages = await StoryPages.open();
  refusing = await launchChromium([], undefined, { allowed: false });
});
afterAll(async () => {
  await refusing.close();
  await pages.close();
});

/** Reduced motion, so that axe sees no element while it fades in. */
const LOOKS: Record<string, BrowserContextOptions & { language?: string }> = {
  light: { colorScheme: 'light', reducedMotion: 'reduce' },
  'dark, right to left': { colorScheme: 'dark', reducedMotion: 'reduce', language: 'ar' },
};

const PLAN = {
  title: 'Follow-up after surgery',
  description: 'How the wound heals.',
  seats: [
    { userId: 'doctor', role: 'doctor', displayName: 'Dr. Ada Green' },
    { userId: 'patient', role: 'patient', displayName: 'Ben Blue' },
  ],
} satisfies Partial<CreateSessionRequest>;

const SCENES: Record<string, readonly [query: string, ...presses: string[]]> = {
  'a call of five with problems': ['others=4&troubles'],
  'a call of twenty-five': ['others=24'],
  'a shared screen': ['others=2&share'],
  'the chat': ['others=1&messages', 'chat-toggle'],
  'participants, some of them waiting': ['others=4&waiting=2&troubles', 'participants-toggle'],
  'the visit’s description': ['others=1', 'info-toggle'],
  'the menu': ['others=1', 'more-menu'],
  'a waiting participant': ['others=1&waiting=2'],
};

describe.each(Object.entries(LOOKS))('axe (%s)', (lookName, { language = 'en', ...look }) => {
  async function visit(
    userId: 'doctor' | 'patient',
    plan: Partial<CreateSessionRequest> = {},
    browser = site.browser,
  ) {
    const options = { ...PLAN, ...plan, options: { ...plan.options, language } };
    const { sessionId } = await site.server.createVisit(undefined, options);
    const visitor = await site.openAs(sessionId, userId, look, { browser, hasErrors: true });
    return { sessionId, visitor };
  }

  it('axe finds nothing in the preview', async () => {
    const { visitor } = await visit('patient');
    await visitor.byTestId('prejoin').waitFor();
    await expect.poll(() => visitor.byTestId('local-video').count()).toBe(1);
    await visitor.byTestId('checklist').waitFor();
    expect(await axeFindings(visitor.page)).toEqual([]);
    await visitor.byTestId('skip-check').click();
    await expect.poll(() => visitor.byTestId('checklist').count()).toBe(0);
    expect(await axeFindings(visitor.page)).toEqual([]);
  });

  it('axe finds nothing if the browser refuses the camera', async () => {
    const { visitor } = await visit('patient', {}, refusing);
    await visitor.byTestId('permission-steps').waitFor();
    expect(await axeFindings(visitor.page)).toEqual([]);
  });

  it('axe finds nothing before the visit opens', async () => {
    const scheduledAt = new Date(Date.now() + 3_600_000).toISOString();
    const { visitor, sessionId } = await visit('patient');
    await site.server.api.updateSession(sessionId, { scheduledAt });
    await visitor.page.reload();
    await visitor.byTestId('countdown').waitFor();
    expect(await axeFindings(visitor.page)).toEqual([]);
  });

  it('axe finds nothing in the waiting room, after a refusal and after leaving', async () => {
    const { sessionId, visitor: patient } = await visit('patient', { options: { waitingRoom: 'admit' } });
    await patient.byTestId('join-button').click();
    await patient.byTestId('waiting-room').waitFor();
    expect(await axeFindings(patient.page)).toEqual([]);
    const doctor = await Visitor.join(site.browser, await site.server.joinUrl(sessionId, 'doctor'), look);
    onTestFinished(() => doctor.close());
    await doctor.byTestId('decline-button').click();
    await patient.byTestId('declined-screen').waitFor();
    expect(await axeFindings(patient.page)).toEqual([]);
    await doctor.byTestId('leave-button').click();
    await doctor.byTestId('left-screen').waitFor();
    expect(await axeFindings(doctor.page)).toEqual([]);
  });

  it('axe finds nothing if the participant has joined on another device', async () => {
    const { sessionId, visitor: first } = await visit('patient');
    await first.pressJoin();
    const second = await Visitor.open(site.browser, await site.server.joinUrl(sessionId, 'patient'), look);
    onTestFinished(() => second.close());
    await second.byTestId('join-button').click();
    await second.byTestId('take-over').waitFor();
    expect(await axeFindings(second.page)).toEqual([]);
    await second.screenshot(`elsewhere-${lookName.replaceAll(' ', '-')}`);
  });

  it('axe finds nothing on the pages of an invalid link and of a visit that is over', async () => {
    const { sessionId, visitor } = await visit('patient');
    await site.server.api.endSession(sessionId);
    await visitor.byTestId('error-screen').waitFor();
    expect(await axeFindings(visitor.page)).toEqual([]);
    await visitor.page.goto(`${site.server.url}/join/${sessionId}?token=nonsense`);
    await expect.poll(() => visitor.byTestId('error-screen').getAttribute('data-code')).toMatch(/token/);
    expect(await axeFindings(visitor.page)).toEqual([]);
  });

  it.each(Object.entries(SCENES))(
    'axe finds nothing in the scene: %s',
    async (_name, [query, ...presses]) => {
      const context = await site.browser.newContext(look);
      onTestFinished(() => context.close());
      const page = await context.newPage();
      await page.goto(pages.url(`${query}&language=${language}`));
      await page.getByTestId('call').waitFor();
      for (const testId of presses) await page.getByTestId(testId).first().click();
      expect(await axeFindings(page)).toEqual([]);
    },
  );
});
