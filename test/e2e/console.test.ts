import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SCREENSHOTS } from '../support/clients/chromium.ts';
import { loggedIn, loginCode, OperatorBrowser } from '../support/clients/operator.ts';
import { looks, TestSite } from '../support/fixtures/test-site.ts';
import { TestVisit } from '../support/fixtures/visit.ts';
import { WebhookInbox } from '../support/infra/webhook-inbox.ts';
import { axeFindings } from '../support/measure/axe.ts';

const COOKIE = 'televisit-console';
const SEATS = {
  doctor: { role: 'doctor', displayName: 'Dr. Ada Green' },
  patient: { role: 'patient', displayName: 'Ben Blue' },
} as const;

const site = new TestSite({
  env: { CONSOLE: '1', SFU_NODES: 'sfu-a,sfu-b', WEBHOOK_ALLOW_HOSTS: '127.0.0.1' },
});
const patience = { timeout: 20_000 };

/** Opens a view of the console in a browser that is logged in with a role. */
async function open(
  fragment: string,
  role: 'viewer' | 'operator' = 'operator',
  look: BrowserContextOptions = {},
): Promise<Page> {
  const operator = await loggedIn(site.server, role);
  const visitor = await site.open('about:blank', { ...look, reducedMotion: 'reduce' });
  const value = operator.cookies.get(COOKIE) ?? '';
  await visitor.context.addCookies([{ name: COOKIE, value, url: site.server.url }]);
  await visitor.page.goto(`${site.server.url}/console${fragment}`);
  await visitor.byTestId('view').waitFor();
  return visitor.page;
}

const node = (page: Page, nodeId: string) => page.locator(`[data-testid="node"][data-node="${nodeId}"]`);
const isLive = (page: Page) =>
  expect.poll(() => page.getByTestId('live').getAttribute('data-state'), patience).toBe('live');
const loginReason = (page: Page) =>
  expect.poll(() => page.getByTestId('login').getAttribute('data-reason'), patience);
const isFocused = (page: Page, selector: string) =>
  expect
    .poll(() => page.evaluate((of) => document.activeElement?.matches(of) ?? false, selector), patience)
    .toBe(true);
/** Returns what is wider than the window. */
const sideways = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** Creates a visit in which two people are, with a refused attempt, webhooks and ten minutes of quality. */
async function liveVisit(inbox: WebhookInbox) {
  const { endpointId } = await site.server.api.createWebhookEndpoint({ url: inbox.url });
  onTestFinished(async () => {
    await site.server.api.deleteWebhookEndpoint(endpointId);
  });
  const visit = await TestVisit.create(site.server, SEATS, { appointmentId: `appointment-${Math.random()}` });
  await visit.joinAll(['doctor', 'patient']);
  const over = await TestVisit.create(site.server, SEATS);
  const link = await over.link('patient');
  await site.server.api.cancelSession(over.sessionId);
  const refused = await site.open(link, {}, { hasErrors: true });
  await refused.page.getByRole('heading', { level: 1 }).waitFor();
  const at = Date.now() - 600_000;
  const points = [0, 1].flatMap((seat) =>
    Array.from({ length: 20 }, (_, step) => ({
      seat,
      at: at + step * 30_000,
      network: seat === 1 && step > 9 && step < 13 ? ('poor' as const) : ('good' as const),
      sent: 10 - seat * (step % 4),
      received: 9,
    })),
  );
  await site.server.televisit.store.observations.addQuality(visit.sessionId, points);
  return visit;
}

describe('the operator console', { timeout: 300_000 }, () => {
  it('an operator logs in by a link, drains a node, and another window sees it live', async () => {
    const watcher = await open('#/', 'viewer');
    await isLive(watcher);
    const { page } = await site.open(`${site.server.url}/console/login#${loginCode()}`);
    await node(page, 'sfu-a').waitFor();
    expect(new URL(page.url()).pathname).toBe('/console');
    expect(page.url()).not.toContain('login');
    expect(await page.getByTestId('role').innerText()).toBe('Administrator');

    await node(page, 'sfu-a').getByTestId('drain').click();
    await page.getByRole('dialog').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await isFocused(page, '[data-node="sfu-a"] [data-testid="drain"]');
    await page.keyboard.press('Enter');
    await page.getByTestId('drain-deadline').selectOption('3600');
    await page.getByTestId('confirm').click();
    const state = (of: Page) => node(of, 'sfu-a').getAttribute('data-state');
    await expect.poll(() => state(page), patience).toBe('draining');
    await expect.poll(() => state(watcher), patience).toBe('draining');
    expect(await node(page, 'sfu-a').innerText()).toContain('Has to be empty by');
    await expect.poll(() => page.getByTestId('said').innerText(), patience).toContain('sfu-a is draining.');

    await node(page, 'sfu-a').getByTestId('undrain').click();
    await page.getByTestId('confirm').click();
    await expect.poll(() => state(watcher), patience).toBe('ready');
    await page.getByTestId('logout').click();
    await loginReason(page).toBe('logged_out');
  });

  it('a viewer cannot drain a node, and reads why', async () => {
    const page = await open('#/', 'viewer');
    const button = node(page, 'sfu-a').getByTestId('drain');
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    const hint = await button.getAttribute('aria-describedby');
    expect(await page.locator(`[id="${hint ?? ''}"]`).innerText()).toContain('needs the role operator');
    await button.click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await node(page, 'sfu-a').getAttribute('data-state')).toBe('ready');
  });

  it('shows a visit with its people, quality, events and webhooks, and sends a webhook again', async () => {
    const inbox = await WebhookInbox.open();
    const visit = await liveVisit(inbox);
    await expect.poll(() => inbox.types(), patience).toContain('meeting.started');
    const page = await open('#/');
    const { appointmentId } = await site.server.api.getSession(visit.sessionId);
    await page.getByTestId('search').fill(appointmentId);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: appointmentId }).click();
    await page.getByTestId('facts').waitFor();
    await isFocused(page, 'h1');

    const people = page.getByTestId('person-row');
    await expect.poll(() => people.allInnerTexts(), patience).toHaveLength(2);
    const [doctor, patient] = await people.allInnerTexts();
    expect(doctor).toMatch(/Doctor p-[0-9a-f]{10}[^]*Here/);
    expect(patient).toMatch(/Patient p-[0-9a-f]{10}[^]*Here/);
    expect(await page.locator('body').innerText()).not.toMatch(/Ada Green|Ben Blue/);
    await expect.poll(() => page.getByTestId('chart').count(), patience).toBe(2);
    await page.getByTestId('chart').first().locator('summary').click();
    expect(await page.getByTestId('chart').first().getByRole('row').count()).toBeGreaterThan(20);
    await page.locator('[data-action="participant.joined"]').first().waitFor();

    const delivery = page.getByTestId('delivery-row').filter({ hasText: 'meeting.started' });
    await expect.poll(() => delivery.innerText(), patience).toContain('Delivered');
    const received = () => inbox.types().filter((type) => type === 'meeting.started').length;
    const before = received();
    await delivery.getByTestId('replay').click();
    await expect.poll(received, patience).toBe(before + 1);
    await expect.poll(() => delivery.innerText(), patience).toContain('Delivered');

    // The view follows the visit, and the focus stays where it is.
    await isLive(page);
    await delivery.getByTestId('replay').focus();
    await site.server.api.endSession(visit.sessionId);
    await expect.poll(() => page.getByTestId('view').innerText(), patience).toContain('by the backend');
    await isFocused(page, '[data-testid="replay"]');
  });

  it('an ended login leads to the login, and back to the view after logging in again', async () => {
    const page = await open('#/sessions?status=scheduled');
    await isLive(page);
    await page.context().clearCookies();
    await page.getByTestId('filter-status').selectOption('ended');
    await loginReason(page).toBe('expired');
    expect(await axeFindings(page)).toEqual([]);
    await page.goto(`${site.server.url}/console/login#used-or-forged`);
    await loginReason(page).toBe('console_link');
    expect(await page.getByTestId('login-link').innerText()).toContain('npm run console:link');
    await page.goto(`${site.server.url}/console/login#${loginCode()}`);
    await expect.poll(() => page.getByTestId('filter-status').inputValue(), patience).toBe('ended');
    expect(new URL(page.url()).hash).toBe('#/sessions?status=ended');

    // A logout elsewhere ends it here at once, without a request.
    const other = new OperatorBrowser(site.server.url);
    const [cookie] = await page.context().cookies();
    other.cookies.set(COOKIE, cookie?.value ?? '');
    other.csrfToken = (await other.get<{ csrfToken: string }>('/session')).body.csrfToken;
    await isLive(page);
    await other.call('POST', '/logout');
    await loginReason(page).toBe('logged_out');
  });

  it.each(looks('desktop-dark', 'phone', 'phone-rtl'))(
    'has no accessibility findings in any view and fits the window (%s)',
    async (look, options) => {
      const inbox = await WebhookInbox.open();
      const { sessionId } = await liveVisit(inbox);
      const views = {
        refused: '#/refused',
        search: '#/search?text=patient',
        overview: '#/',
        visits: '#/sessions',
        visit: `#/sessions/${sessionId}`,
      };
      const page = await open('#/nothing', 'viewer', options);
      for (const [name, fragment] of Object.entries(views)) {
        await page.evaluate((to) => (location.hash = to), fragment);
        await page.locator('table, .charts').first().waitFor();
        await expect.poll(() => page.locator('.loading').count(), patience).toBe(0);
        const found = { sideways: await sideways(page), axe: await axeFindings(page) };
        expect([look, name, found]).toEqual([look, name, { sideways: 0, axe: [] }]);
        await page.screenshot({ path: `${SCREENSHOTS}console-${name}-${look}.png`, fullPage: true });
      }
      expect(await page.locator('html').getAttribute('dir')).toBe(look === 'phone-rtl' ? 'rtl' : 'ltr');
      await isFocused(page, 'h1');
      await page.getByTestId('logout').click();
      await loginReason(page).toBe('logged_out');
      expect([look, await axeFindings(page)]).toEqual([look, []]);
      await page.screenshot({ path: `${SCREENSHOTS}console-login-${look}.png` });
    },
  );
});
