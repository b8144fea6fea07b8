import type { BrowserContext } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { TestSite } from '../support/fixtures/test-site.ts';

/** The answer of Agora to a token that is not valid: the code 9 of the service 201. */
const INVALID_TOKEN = 201_0009;

const site = new TestSite({
  env: {
    MEETING_PROVIDERS: 'agora,sfu',
    AGORA_APP_ID: '0'.repeat(32),
    AGORA_APP_CERTIFICATE: 'a'.repeat(32),
  },
});

const SEATS = [
  { userId: 'doctor', role: 'doctor', displayName: 'Dr. Ana Weber' },
  { userId: 'patient', role: 'patient', displayName: 'Maria Schmidt' },
] as const;

/** Has every https address, as opposed to this server, refuse the credentials, and returns the addresses that were asked. */
async function refuseOutside(context: BrowserContext): Promise<string[]> {
  const asked: string[] = [];
  const isOutside = ({ protocol }: URL) => protocol === 'https:';
  await context.route(isOutside, async (route) => {
    asked.push(route.request().url());
    const answer = { code: INVALID_TOKEN, flag: 4096 };
    await route.fulfill({
      json: { code: 0, uid: 4711, response_body: [{ uri: 23, buffer: answer }], detail: {} },
      headers: { 'access-control-allow-origin': '*' },
    });
  });
  return asked;
}

async function open(): Promise<{ one: Visitor; scripts: string[] }> {
  const { sessionId } = await site.server.createVisit(undefined, { seats: [...SEATS] });
  const one = await site.openAs(sessionId, 'doctor');
  const scripts: string[] = [];
  one.page.on('request', (request) => scripts.push(request.url()));
  await one.byTestId('meeting').waitFor();
  return { one, scripts };
}

describe('a visit at Agora', () => {
  it('runs inside the page with credentials of this server, and leads back if Agora refuses them', async () => {
    const { one, scripts } = await open();
    const asked = await refuseOutside(one.context);
    const sdk = () => scripts.filter((url) => url.includes('AgoraRTC'));
    expect(await one.byTestId('meeting-status').innerText()).toBe('The meeting is ready.');
    expect(sdk()).toEqual([]);
    await one.byTestId('open-meeting').click();
    await one.page.getByText('You could not be let in').waitFor();
    expect(sdk()).toHaveLength(1);
    expect(asked.some((url) => url.includes('agora.io/'))).toBe(true);
    await one.byTestId('agora-back').click();
    await one.byTestId('meeting').waitFor();
    expect(await one.byTestId('meeting-status').innerText()).toBe(
      'You left the meeting. You can open it again.',
    );
    await one.byTestId('open-meeting').click();
    await one.page.getByText('You could not be let in').waitFor();
  });
});
