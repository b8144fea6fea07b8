import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { TcpFaultProxy } from '../support/faults/tcp-fault-proxy.ts';
import { launchChromium } from '../support/clients/chromium.ts';
import { connectionOf, consumersOf, Meeting } from '../support/scenarios/meeting.ts';
import { cutSignaling, halfOpenSignaling } from '../support/scenarios/signaling.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

let browser: Browser;
let server: TestServer;

beforeAll(async () => {
  [browser, server] = await Promise.all([launchChromium(), startServer({ closedBy: 'caller' })]);
});
afterAll(async () => {
  await browser.close();
  await server.close();
});

/** Joins a doctor directly, and a patient whose signaling goes through a proxy that can fail. */
async function meet() {
  const { sessionId } = await server.createVisit();
  const proxy = await TcpFaultProxy.open(server.televisit.port);
  const meeting = await Meeting.open(
    { browser, link: await server.joinUrl(sessionId, 'doctor') },
    { browser, link: proxy.through(await server.joinUrl(sessionId, 'patient')) },
  );
  onTestFinished(() => meeting.close());
  return { sessionId, proxy, meeting };
}

describe('a signaling connection', () => {
  it('a cut connection comes back, with video running on both sides and all messages delivered', async () => {
    const { proxy, meeting, sessionId } = await meet();
    const before = await consumersOf(meeting.patient);
    const { freezeMs } = await cutSignaling(meeting, proxy);
    expect(await connectionOf(meeting.patient)).toBe('connected');
    expect(await consumersOf(meeting.patient)).toEqual(before);
    console.log(`signaling cut: longest freeze ${freezeMs.toFixed(0)} ms`);
    const [doctorSeat, patientSeat] = (await server.televisit.store.get(sessionId))?.intervals ?? [];
    expect([doctorSeat?.reconnects, patientSeat?.reconnects]).toEqual([0, 1]);
  });

  it('a half-open connection is found within 8 s, and the others see a reconnect, without a leave', async () => {
    const { proxy, meeting } = await meet();
    const { serverMs, pageMs, freezeMs } = await halfOpenSignaling(meeting, proxy);
    expect(await meeting.doctor.byTestId('participant').count()).toBe(1);
    console.log(
      `half open: found by the server after ${serverMs.toFixed(0)} ms, by the page after ${pageMs.toFixed(0)} ms; ` +
        `longest freeze of a picture ${freezeMs.toFixed(0)} ms`,
    );
    expect(Math.max(serverMs, pageMs)).toBeLessThan(8_000);
  });
});
