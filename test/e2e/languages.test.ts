import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { TestSite } from '../support/fixtures/test-site.ts';

const site = new TestSite();

async function patientLink(language: string | null = null): Promise<string> {
  const { sessionId } = await site.server.createVisit(undefined, { options: { language } });
  return site.server.joinUrl(sessionId, 'patient');
}

async function open(
  link: string,
  options: BrowserContextOptions,
  prepare: (page: Page) => Promise<unknown> = () => Promise.resolve(),
): Promise<Visitor> {
  const visitor = await site.open('about:blank', options, { hasErrors: true });
  await prepare(visitor.page);
  await visitor.page.goto(link);
  return visitor;
}

const documentOf = ({ page }: Visitor) =>
  page.evaluate(() => {
    const { lang, dir } = document.documentElement;
    return { lang, dir, title: document.title };
  });
const joinWords = (one: Visitor) => one.byTestId('join-button').innerText();

/** Returns elements that are wider than the window or stick out at the side. */
const cutOff = ({ page }: Visitor) =>
  page.evaluate(() =>
    [...document.querySelectorAll('button, h1, h2, p, label, select')]
      .filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width > 1 && box.height > 1 && (box.left < -1 || box.right > innerWidth + 1);
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  );

describe('the join page', () => {
  it.each([
    ['en-GB', 'en', 'ltr', 'Video visit', 'Join now'],
    ['es-MX', 'es', 'ltr', 'Videoconsulta', 'Entrar ahora'],
    ['de-AT', 'de', 'ltr', 'Videotermin', 'Jetzt teilnehmen'],
    ['fr-CA', 'fr', 'ltr', 'Consultation vidéo', 'Entrer maintenant'],
    ['pt-BR', 'pt', 'ltr', 'Consulta por vídeo', 'Entrar agora'],
    ['ar-EG', 'ar', 'rtl', 'زيارة عبر الفيديو', 'الانضمام الآن'],
    ['ja-JP', 'en', 'ltr', 'Video visit', 'Join now'],
  ])('the page in a browser in %s uses %s, from %s', async (locale, lang, dir, title, join) => {
    const phone = { viewport: { width: 320, height: 568 }, isMobile: true, hasTouch: true };
    const patient = await open(await patientLink(), { locale, ...phone });
    await patient.byTestId('join-button').waitFor();
    expect(await documentOf(patient)).toEqual({ lang, dir, title });
    expect(await joinWords(patient)).toBe(join);
    expect(await cutOff(patient)).toEqual([]);
    await patient.screenshot(`language-${lang}-${locale}`);
    expect(patient.errors).toEqual([]);
  });

  it('the page uses the language of the visit, and shows nothing before it is loaded', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<undefined>();
    const asked: string[] = [];
    const patient = await open(await patientLink('de'), { locale: 'en-US' }, (page) =>
      page.route('**/assets/de-*.js', async (route) => {
        asked.push(route.request().url());
        await held;
        await route.continue();
      }),
    );
    await expect.poll(() => asked.length).toBe(1);
    await expect
      .poll(() => patient.page.evaluate(() => window.__televisit?.client.getState().phase))
      .toBe('ready');
    await patient.page.getByRole('heading', { name: 'Opening your visit…' }).waitFor();
    expect(await patient.byTestId('prejoin').count()).toBe(0);
    release(undefined);
    await patient.byTestId('prejoin').waitFor();
    expect(await joinWords(patient)).toBe('Jetzt teilnehmen');
    expect(await documentOf(patient)).toMatchObject({ lang: 'de', dir: 'ltr' });
  });

  it('the page stays in its language if the visit’s language fails to load', async () => {
    let refused = 0;
    const patient = await open(await patientLink('ar'), { locale: 'en-US' }, (page) =>
      page.route('**/assets/ar-*.js', (route) => {
        refused += 1;
        return route.abort();
      }),
    );
    await patient.byTestId('prejoin').waitFor();
    expect(refused).toBe(1);
    expect(await joinWords(patient)).toBe('Join now');
    await patient.byTestId('language-menu').selectOption('ar');
    await patient.page.getByRole('alert').filter({ hasText: 'could not be loaded' }).waitFor();
    expect(await patient.byTestId('language-menu').inputValue()).toBe('en');
  });

  it('the page uses the chosen language at once and in later visits', async () => {
    const patient = await open(await patientLink('de'), { locale: 'en-US' });
    await patient.byTestId('language-menu').selectOption('العربية');
    await expect.poll(() => joinWords(patient)).toBe('الانضمام الآن');
    expect(await documentOf(patient)).toMatchObject({ lang: 'ar', dir: 'rtl' });
    await patient.pressJoin();
    expect(await patient.byTestId('leave-button').innerText()).toBe('مغادرة');
    await patient.screenshot('call-ar');
    await patient.page.goto(await patientLink('es'));
    await patient.byTestId('join-button').waitFor();
    expect(await joinWords(patient)).toBe('الانضمام الآن');
    expect(patient.errors).toEqual([]);
  });
});
