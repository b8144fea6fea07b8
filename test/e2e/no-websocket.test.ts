import { NoWebSocketProxy } from '@televisit/client/sdk/testing/no-websocket-proxy';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TestSite } from '../support/fixtures/test-site.ts';
import { Visitor } from '../support/clients/chromium.ts';

const site = new TestSite();

describe('a network that lets no WebSocket through', () => {
  it.each(['refused', 'swallowed'] as const)(
    'a participant joins over long polling and sees the other if WebSockets are %s',
    { timeout: 60_000 },
    async (fate) => {
      const proxy = await NoWebSocketProxy.open(site.server.url, fate);
      onTestFinished(() => proxy.close());
      const { sessionId } = await site.server.createVisit();
      const doctor = await site.joinAs(sessionId, 'doctor');
      const link = new URL(await site.server.joinUrl(sessionId, 'patient'));
      const patient = await Visitor.open(
        doctor.context.browser()!,
        `${proxy.url}${link.pathname}${link.search}${link.hash}`,
      );
      onTestFinished(() => patient.close());
      await patient.byTestId('join-button').click();
      await patient.byTestId('call').waitFor({ timeout: 30_000 });
      await expect
        .poll(async () => (await patient.receivedFrom('doctor')).frames, { timeout: 20_000 })
        .toBeGreaterThan(10);
      await expect
        .poll(async () => (await doctor.receivedFrom('patient')).frames, { timeout: 20_000 })
        .toBeGreaterThan(10);
      expect(patient.errors).toEqual([]);
    },
  );
});
