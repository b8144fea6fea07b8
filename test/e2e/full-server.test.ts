import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchChromium, Visitor } from '../support/clients/chromium.ts';
import { startServer } from '../support/infra/start-server.ts';

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

describe('a server that is full', () => {
  /** Starts a server for one participant, who has joined; `leave` frees the place. */
  async function fullServer() {
    const server = await startServer({ env: { MAX_PARTICIPANTS: '1' } });
    const { sessionId } = await server.createVisit();
    const other = await server.createVisit('another');
    const doctor = await Visitor.join(browser, await server.joinUrl(sessionId, 'doctor'));
    onTestFinished(() => doctor.close());
    const leave = async () => {
      await doctor.byTestId('leave-button').click();
      await doctor.byTestId('call').waitFor({ state: 'detached' });
    };
    const open = async (link: string, options: BrowserContextOptions = {}) => {
      const visitor = await Visitor.open(browser, link, options);
      onTestFinished(async () => {
        await visitor.close();
        expect(visitor.errors).toEqual([]);
      });
      return visitor;
    };
    return { server, sessionId, otherId: other.sessionId, leave, open };
  }

  it.each([
    ['desktop-dark', { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' } as const],
    ['phone', PHONE],
  ])(
    'a full server says so when a patient presses Join, and admits them later by itself (%s)',
    async (look, options) => {
      const { server, sessionId, leave, open } = await fullServer();
      const patient = await open(await server.joinUrl(sessionId, 'patient'), options);
      await patient.byTestId('join-button').click();
      const busy = patient.byTestId('prejoin').getByText('Many visits are going on right now.');
      await busy.waitFor();
      await patient.screenshot(`full-server-${look}`);
      await leave();
      await patient.byTestId('call').waitFor();
    },
  );

  it('a full server that should take over a visit says so, and opens the link later by itself', async () => {
    const { server, otherId, leave, open } = await fullServer();
    const link = await server.joinUrl(otherId, 'patient');
    // The visit's server is gone for good.
    const { store } = server.televisit;
    const session = (await store.get(otherId))!;
    const placement = { ...session.placement, nodeId: 'gone' };
    await store.update({ next: { ...session, placement, version: session.version + 1 }, events: [] });
    const patient = await open(link, PHONE);
    await patient.page.getByRole('heading', { name: 'Many visits are going on right now' }).waitFor();
    await patient.screenshot('full-server-moved-phone');
    await leave();
    await patient.byTestId('prejoin').waitFor();
    await patient.pressJoin();
  });
});
