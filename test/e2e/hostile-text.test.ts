import type { ChatFileView } from '@televisit/shared/features/chat';
import { expect, it } from 'vitest';
import { tokenOf } from '../support/clients/backend.ts';
import type { Visitor } from '../support/clients/chromium.ts';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { TestSite } from '../support/fixtures/test-site.ts';

declare global {
  interface Window {
    __ran?: string;
  }
}

const site = new TestSite();

/** Text that would run a script if a page used it as HTML, in an attribute, as an address or as a template. */
const HOSTILE = [
  '<img src=x onerror=__ran="img">',
  '"><svg onload=__ran="svg">',
  "'><iframe srcdoc='<script>parent.__ran=1</script>'>",
] as const;
/** Longer or rarer ones, all in one message of the chat. */
const MORE = [
  '<script>__ran="script"</script>',
  '<a href="javascript:__ran=1">click</a>',
  '<math><mtext></table><mglyph><style><img src onerror=__ran=1>',
  '{{constructor.constructor("__ran=1")()}}',
  '${__ran="template"}',
  'javascript:__ran="address"',
  'https://clinic.test/"onmouseover="__ran=1',
  '&lt;img src=x onerror=__ran=1&gt;',
].join(' ');

/** Elements and attributes that only the texts above could have made. */
const MADE = [
  'img[src="x"]',
  'img[src=""]',
  'svg[onload]',
  'iframe',
  'math',
  '[onerror]',
  '[onload]',
  '[onmouseover]',
  'a[href^="javascript:" i]',
  'script:not([src])',
].join();

/** Checks that the page shows a text as it was written, and that nothing of it ran or became an element. */
async function shows({ page }: Visitor, ...texts: string[]): Promise<void> {
  const content = () =>
    page.evaluate(() =>
      [
        document.body.textContent,
        ...[...document.querySelectorAll('textarea')].map(({ value }) => value),
      ].join('\n'),
    );
  for (const text of texts) await expect.poll(content).toContain(text);
  expect(
    await page.evaluate((made) => [...document.querySelectorAll(made)].map((one) => one.outerHTML), MADE),
  ).toEqual([]);
  expect(await page.evaluate(() => window.__ran ?? null)).toBeNull();
}

async function open(visitor: Visitor, toggle: string): Promise<void> {
  const button = visitor.byTestId(toggle);
  if ((await button.count()) === 0) await visitor.byTestId('more-menu').click();
  await button.click();
}

it.each(HOSTILE)('every text of a visit is shown as it was written, and nothing runs: %s', async (text) => {
  const named = (name: string) => `${name} ${text}`;
  const { sessionId } = await site.server.createVisit(undefined, {
    title: named('Title'),
    description: named('Description'),
    hostNotes: named('Notes'),
    options: { waitingRoom: 'admit' },
    seats: [
      { userId: 'doctor', role: 'doctor', displayName: named('Doctor') },
      { userId: 'colleague', role: 'doctor', displayName: named('Colleague') },
      { userId: 'patient', role: 'patient', displayName: named('Patient') },
      { userId: 'guest', role: 'guest', displayName: named('Guest') },
    ],
  });
  const doctor = await site.openAs(sessionId, 'doctor', { viewport: { width: 1440, height: 900 } });
  doctor.page.setDefaultTimeout(90_000);
  await doctor.pressJoin();
  const attacker = await ProtocolClient.join(site.server, sessionId, 'doctor', 'colleague');
  await ProtocolClient.wait(site.server, sessionId, 'patient');
  await ProtocolClient.wait(site.server, sessionId, 'guest');
  await attacker.request('waiting:admit', { userId: 'patient' });
  await doctor.tileOf('colleague').waitFor();
  await shows(doctor, named('Colleague'), named('Guest'));

  await attacker.request('chat:send', { clientId: 'text', text: `${named('Chat')} ${MORE}` });
  const token = tokenOf(await site.server.joinUrl(sessionId, 'doctor', 'colleague'));
  const file = await site.server.call<ChatFileView>('POST', `/api/v1/visits/${sessionId}/files`, text, {
    Authorization: `Bearer ${token}`,
    'Content-Type': 'text/html',
    'X-File-Name': encodeURIComponent(`${text}.html`),
  });
  await attacker.request('chat:send', { clientId: 'file', fileId: file.body.fileId });
  await attacker.request('poll:open', {
    question: named('Question'),
    answers: [named('Yes'), named('No')],
    multiple: false,
    anonymous: false,
    correct: null,
  });
  await site.server.api.announce(sessionId, { text: named('Announcement') });
  await shows(doctor, named('Announcement'));
  await open(doctor, 'chat-toggle');
  await shows(doctor, `${named('Chat')} ${MORE}`, file.body.name);
});
