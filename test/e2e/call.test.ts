import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Visitor } from '../support/clients/chromium.ts';
import { colourOn } from '../support/fixtures/fake-cameras.ts';
import { BrowserVisits, CAMERAS, PEOPLE, type PersonId } from '../support/fixtures/browser-visits.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

let server: TestServer;
let visits: BrowserVisits;

beforeAll(async () => {
  server = await startServer({ closedBy: 'caller' });
  visits = new BrowserVisits(server);
});
afterAll(async () => {
  await visits.close();
  await server.close();
});

/** Returns a participant's row in the list of participants, which must be open. */
const row = (one: Visitor, userId: PersonId) =>
  one.page.locator(`[data-testid="person-row"][data-user-id="${userId}"]`);

/** Chooses an action of the host for a participant. */
async function act(host: Visitor, userId: PersonId, action: string): Promise<void> {
  await row(host, userId).getByRole('button').click();
  await host.page.getByRole('menuitem', { name: action }).click();
}

async function open(one: Visitor, toggle: string): Promise<void> {
  await one.byTestId(toggle).click();
}

const videoOf = (one: Visitor, userId: PersonId) =>
  one.page.locator(`[data-testid="remote-video"][data-user-id="${userId}"]`);

const toast = (one: Visitor, id: string) => one.page.locator(`[data-toast="${id}"]`);

/** Opens a call of a doctor and a patient. */
async function pair(plan = {}) {
  const visit = await visits.create(plan);
  const doctor = await visits.join(visit, 'doctor');
  const patient = await visits.join(visit, 'patient');
  await expect.poll(() => doctor.byTestId('participant').count()).toBe(1);
  return { visit, doctor, patient };
}

describe('five people', () => {
  it('five participants see each other’s video under the right name', async () => {
    const visit = await visits.create();
    const people = new Map<PersonId, Visitor>();
    const ids = Object.keys(PEOPLE) as PersonId[];
    for (const userId of ids) {
      const one = await visits.open(visit, userId);
      // Audio would cost the two cores of a small machine as much as video.
      await one.byTestId('mic-toggle').click();
      await one.pressJoin();
      people.set(userId, one);
    }
    // In parallel: a slow machine is equally slow for all of them.
    await Promise.all(
      ids.flatMap((viewer) =>
        ids
          .filter((userId) => userId !== viewer)
          .map((other) => {
            const one = people.get(viewer)!;
            const message = `${viewer} sees ${other}`;
            return expect
              .poll(() => colourOn(videoOf(one, other)), { timeout: 120_000, interval: 200, message })
              .toBe(CAMERAS[other]);
          }),
      ),
    );
    for (const [viewer, one] of people) {
      for (const other of ids.filter((userId) => userId !== viewer)) {
        expect(await one.tileOf(other).textContent()).toContain(PEOPLE[other].displayName);
      }
    }
    const doctor = people.get('doctor')!;
    await doctor.screenshot('call-five-people');
    await doctor.byTestId('layout-toggle').or(doctor.byTestId('more-menu')).first().click();
    await doctor.screenshot('call-five-people-menu');
  }, 240_000);
});

describe('a host', () => {
  it('a host admits a waiting patient, and they see each other', async () => {
    const visit = await visits.create({ options: { waitingRoom: 'admit' } });
    const doctor = await visits.join(visit, 'doctor');
    const patient = await visits.open(visit, 'patient');
    await patient.byTestId('join-button').click();
    await patient.byTestId('waiting-room').waitFor();
    await expect.poll(() => doctor.byTestId('waiting-toast').textContent()).toContain('Ben Blue');
    expect(await patient.sentPackets()).toBe(0);
    expect(await doctor.byTestId('remote-video').count()).toBe(0);
    await doctor.byTestId('waiting-toast').getByTestId('admit-button').click();
    await patient.byTestId('call').waitFor();
    await expect.poll(() => colourOn(videoOf(doctor, 'patient'))).toBe('blue');
    await expect.poll(() => colourOn(videoOf(patient, 'doctor'))).toBe('green');
  });

  it('a host mutes a participant, who may unmute when asked', async () => {
    const { visit, doctor, patient } = await pair();
    await open(doctor, 'participants-toggle');
    await act(doctor, 'patient', 'Mute');
    await expect.poll(() => doctor.tileOf('patient').getAttribute('data-microphone')).toBe('off');
    await toast(patient, 'muted').waitFor();
    expect(await patient.byTestId('mic-toggle').getAttribute('aria-pressed')).toBe('false');
    await act(doctor, 'patient', 'Ask to unmute');
    await patient.byTestId('unmute-accept').click();
    await expect.poll(() => doctor.tileOf('patient').getAttribute('data-microphone')).toBe('on');
    await act(doctor, 'patient', 'Switch the camera off');
    await expect.poll(() => doctor.tileOf('patient').getAttribute('data-camera')).toMatch(/off|none/);
    await toast(patient, 'camera').waitFor();
    const { entries } = await server.api.getAudit(visit.sessionId);
    const actions = entries.map(({ action }) => action);
    expect(actions.filter((action) => action === 'participant.muted')).toHaveLength(2);
    expect(actions).toContain('participant.asked_to_unmute');
  });

  it('a host removes a participant, who cannot come back', async () => {
    const { visit, doctor, patient } = await pair();
    await open(doctor, 'participants-toggle');
    await act(doctor, 'patient', 'Remove from the visit');
    await doctor.byTestId('remove-confirm').click();
    await expect.poll(() => patient.byTestId('error-screen').getAttribute('data-code')).toBe('removed');
    await expect.poll(() => doctor.byTestId('participant').count()).toBe(0);
    const { participants } = await server.api.listParticipants(visit.sessionId);
    expect(participants.find(({ userId }) => userId === 'patient')?.removedAt).not.toBe(null);
    await patient.page.reload();
    await expect.poll(() => patient.byTestId('error-screen').getAttribute('data-code')).toBe('removed');
  });

  it('a host locks the visit, and admits who comes later', async () => {
    const { visit, doctor } = await pair();
    await open(doctor, 'participants-toggle');
    await doctor.page.getByRole('switch', { name: /Lock the visit/ }).click();
    const guest = await visits.open(visit, 'guest');
    await guest.byTestId('join-button').click();
    await guest.byTestId('waiting-room').waitFor();
    await doctor.byTestId('admit-button').click();
    await guest.byTestId('call').waitFor();
  });
});

describe('a shared screen', () => {
  it('a shared screen is large for the others until it stops, and is in the report', async () => {
    const { visit, doctor, patient } = await pair();
    await open(doctor, 'screen-toggle');
    const screen = patient.byTestId('screen-video');
    await screen.waitFor();
    await expect
      .poll(() => screen.evaluate((video: HTMLVideoElement) => video.videoWidth))
      .toBeGreaterThan(0);
    const size = async (part: typeof screen) => (await part.boundingBox())?.width ?? 0;
    await expect
      .poll(async () => (await size(screen)) > (await size(patient.tileOf('doctor').first())))
      .toBe(true);
    await patient.screenshot('call-share');
    await open(doctor, 'screen-toggle');
    await expect.poll(() => screen.count()).toBe(0);
    const shares = async () => (await server.api.getReport(visit.sessionId)).shares;
    await expect.poll(shares).toMatchObject([{ userId: 'doctor' }]);
  });

  it('a host stops and forbids a patient’s shared screen', async () => {
    const { doctor, patient } = await pair();
    await open(patient, 'screen-toggle');
    await doctor.byTestId('screen-video').waitFor();
    await open(doctor, 'participants-toggle');
    await act(doctor, 'patient', 'Stop the shared screen');
    await toast(patient, 'share').waitFor();
    await expect.poll(() => doctor.byTestId('screen-video').count()).toBe(0);
    await doctor.page.getByRole('switch', { name: 'Everybody may share a screen' }).click();
    await expect.poll(() => patient.byTestId('screen-toggle').count()).toBe(0);
  });
});

describe('the chat', () => {
  it('chat messages arrive in order, once, with an unread badge and safe links', async () => {
    const { doctor, patient } = await pair();
    await open(doctor, 'chat-toggle');
    const input = doctor.byTestId('chat-input');
    for (const text of ['Good morning!', 'See https://example.org/leaflet.', 'javascript:alert(1)']) {
      await input.fill(text);
      await input.press('Enter');
    }
    await expect.poll(() => patient.byTestId('chat-toggle').getAttribute('aria-label')).toContain('3');
    await open(patient, 'chat-toggle');
    const messages = patient.byTestId('chat-message');
    await expect.poll(() => messages.count()).toBe(3);
    const texts = await messages.allTextContents();
    expect(texts[0]).toContain('Good morning!');
    expect(texts[2]).toContain('javascript:alert(1)');
    const links = patient.page.locator('[data-testid="chat-message"] a');
    expect(await links.count()).toBe(1);
    expect(await links.first().getAttribute('href')).toBe('https://example.org/leaflet');
    expect(await links.first().getAttribute('rel')).toContain('noopener');
    await patient.screenshot('call-chat');
  });

  it('the chat is complete after a reload', async () => {
    const { doctor, patient } = await pair();
    await open(doctor, 'chat-toggle');
    await doctor.byTestId('chat-input').fill('Please take a seat.');
    await doctor.byTestId('chat-input').press('Enter');
    await expect.poll(() => doctor.byTestId('chat-message').count()).toBe(1);
    await patient.page.reload();
    await patient.pressJoin();
    await open(patient, 'chat-toggle');
    await expect.poll(() => patient.byTestId('chat-message').allTextContents()).toHaveLength(1);
    expect(await patient.byTestId('chat-message').first().textContent()).toContain('Please take a seat.');
  });

  it('the chat transfers a file byte for byte', async () => {
    const { doctor, patient } = await pair();
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));
    await open(patient, 'chat-toggle');
    await patient.byTestId('chat-file').setInputFiles({
      name: 'blood test.pdf',
      mimeType: 'application/pdf',
      buffer: bytes,
    });
    await open(doctor, 'chat-toggle');
    const file = doctor.byTestId('chat-file-open');
    await file.waitFor();
    const downloading = doctor.page.waitForEvent('download');
    await file.click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('blood test.pdf');
    expect(readFileSync(await download.path()).equals(bytes)).toBe(true);
  });

  it('the chat is missing if it is disabled', async () => {
    const { doctor } = await pair({ options: { chat: false } });
    expect(await doctor.byTestId('chat-toggle').count()).toBe(0);
  });
});

describe('hands and reactions', () => {
  it('raised hands and reactions are shown to the others, in order', async () => {
    const { visit, doctor, patient } = await pair({ options: { reactions: true } });
    const guest = await visits.join(visit, 'guest');
    await open(patient, 'hand-toggle');
    await open(doctor, 'participants-toggle');
    const hands = doctor.page.getByRole('list').filter({ hasText: 'Lower the hand' }).getByRole('listitem');
    await expect.poll(() => hands.count()).toBe(1);
    await open(guest, 'hand-toggle');
    await expect
      .poll(() => hands.allTextContents())
      .toMatchObject([expect.stringContaining('Ben Blue'), expect.stringContaining('Yara Yellow')]);
    await hands.first().getByRole('button').click();
    await expect.poll(() => hands.count()).toBe(1);
    await expect.poll(() => patient.byTestId('hand-toggle').getAttribute('aria-label')).toBe('Raise hand');
    await open(guest, 'reactions-menu');
    await guest.byTestId('reaction-clap').click();
    await expect.poll(() => doctor.tileOf('guest').textContent()).toContain('👏');
  });
});

describe('the self view', () => {
  it('the self view moves from corner to corner by keyboard, and can be hidden and shown', async () => {
    const { patient } = await pair();
    const self = patient.byTestId('self-view');
    await self.waitFor();
    const place = async () => (await self.boundingBox())?.x ?? 0;
    const before = await place();
    const handle = patient.page.getByRole('button', { name: /Move your picture/ });
    await handle.focus();
    await handle.press(before > 600 ? 'ArrowLeft' : 'ArrowRight');
    await expect.poll(async () => Math.abs((await place()) - before)).toBeGreaterThan(200);
    await patient.page.getByRole('button', { name: 'Hide my picture' }).click();
    await expect.poll(() => self.locator('video').count()).toBe(0);
    await patient.page.getByRole('button', { name: 'Show my picture' }).click();
    await expect.poll(() => self.locator('video').count()).toBe(1);
  });
});

describe('the call by keyboard', () => {
  it('microphone, chat and help have a key each, but not while typing', async () => {
    const { doctor, patient } = await pair();
    // The chat loads after the call.
    await patient.byTestId('chat-toggle').waitFor();
    await patient.page.locator('body').press('m');
    await expect.poll(() => doctor.tileOf('patient').getAttribute('data-microphone')).toBe('off');
    await patient.page.locator('body').press('c');
    const input = patient.byTestId('chat-input');
    await expect.poll(() => input.evaluate((field) => field === document.activeElement)).toBe(true);
    await input.press('m');
    expect(await input.inputValue()).toBe('m');
    expect(await patient.byTestId('mic-toggle').getAttribute('aria-pressed')).toBe('false');
    await input.press('Escape');
    await expect.poll(() => input.count()).toBe(0);
    await patient.page.locator('body').press('?');
    await patient.page.getByRole('dialog').waitFor();
  });
});

describe('switching microphone or camera during a call', () => {
  it('another device is used without a gap in the video', async () => {
    const { doctor, patient } = await pair();
    await expect.poll(() => colourOn(videoOf(doctor, 'patient'))).toBe('blue');
    const before = (await doctor.receivedFrom('patient')).frames;
    const chosen = await patient.page.evaluate(async () => {
      const { client } = window.__televisit!;
      const { camera, microphone } = client.getState().devices;
      await client.chooseDevice('camera', camera.at(-1)?.id ?? '');
      await client.chooseDevice('microphone', microphone.at(-1)?.id ?? '');
      return client.getState().local.camera.state;
    });
    expect(chosen).toBe('on');
    await expect.poll(async () => (await doctor.receivedFrom('patient')).frames).toBeGreaterThan(before + 15);
    expect(await doctor.tileOf('patient').getAttribute('data-camera')).toBe('on');
  });
});
