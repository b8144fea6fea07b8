import { Invitations, LinkSignatures } from '@televisit/server/access/link-signature';
import { newSecret } from '@televisit/server/webhooks/signature';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SCREENSHOTS } from '../support/clients/chromium.ts';
import { looks, TestSite } from '../support/fixtures/test-site.ts';
import { SECRETS } from '../support/infra/settings.ts';
import { axeFindings } from '../support/measure/axe.ts';

const DAY = 24 * 60 * 60_000;
const site = new TestSite({
  env: {
    REMINDER_MINUTES: '',
    SMS_PROVIDER: 'http',
    SMS_GATEWAY_URL: 'https://sms.clinic.example/send',
    SMS_GATEWAY_SECRET: newSecret(),
  },
});
const invitations = new Invitations(new LinkSignatures(SECRETS.tokens));

/** Books a visit tomorrow, and returns the personal links of its patient. */
async function linksFor(language: string) {
  const seat = { userId: 'patient', role: 'patient', phone: '+15005550001', language } as const;
  const scheduledAt = new Date(Date.now() + DAY).toISOString();
  const email = 'ada@home.test';
  const { sessionId } = await site.server.createVisit(undefined, {
    scheduledAt,
    seats: [{ ...seat, email }],
  });
  const session = await site.server.televisit.sessions.get(sessionId);
  const place = session.seats.findIndex(({ userId }) => userId === 'patient');
  return `${site.server.url}/j/${invitations.issueCode(session, place)}`;
}

/** Returns what is wider than the window, or too small for a finger. */
async function problemsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found = document.documentElement.scrollWidth > innerWidth + 1 ? ['the page scrolls sideways'] : [];
    for (const button of document.querySelectorAll('button')) {
      const { width, height } = button.getBoundingClientRect();
      if (Math.min(width, height) < 44) found.push(`too small: ${button.outerHTML}`);
    }
    return found;
  });
}

describe.each(looks('desktop', 'phone-dark', 'phone-rtl', 'small-phone'))(
  'the page of messages (%s)',
  (look, options) => {
    const language = look === 'phone-rtl' ? 'ar' : look === 'small-phone' ? 'de' : 'en';

    it('a person stops and restarts messages, from the link in a text message and without scripts', async () => {
      const context = await site.browser.newContext({ ...options, javaScriptEnabled: false });
      onTestFinished(() => context.close());
      const page = await context.newPage();
      await page.goto(await linksFor(language));
      await page.locator('a[href*="/m/"]').click();
      await page.getByTestId('sms-stop').waitFor();
      await page.screenshot({ path: `${SCREENSHOTS}messages-on-${look}.png`, fullPage: true });
      await page.getByTestId('sms-stop').click();
      await page.getByTestId('sms-start').waitFor();
      await page.screenshot({ path: `${SCREENSHOTS}messages-off-${look}.png`, fullPage: true });
      const address = page.url();
      await page.getByTestId('sms-start').click();
      await page.getByTestId('sms-stop').waitFor();
      // Measuring needs scripts, which the policy of the page forbids.
      const measuring = await site.browser.newContext({ ...options, bypassCSP: true });
      onTestFinished(() => measuring.close());
      const other = await measuring.newPage();
      await other.goto(address);
      expect(await problemsOf(other)).toEqual([]);
      expect(await axeFindings(other)).toEqual([]);
    });
  },
);
