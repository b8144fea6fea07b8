import { describe, expect, it } from 'vitest';
import type { ClientMessage } from '@televisit/shared/signaling';
import { TestVisit, type FiveSeatVisit } from '../support/fixtures/visit.ts';
import type { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '@televisit/server/core/testing/manual-clock';

/** Returns the last view of a participant that this client received. */
const shown = (to: ProtocolClient, userId: string) =>
  to
    .received('participant:updated')
    .filter((view) => view.userId === userId)
    .at(-1);

async function both(options = {}, overrides = {}) {
  const visit = await TestVisit.ofFive(options, overrides);
  const doctor = await visit.join('doctor');
  const patient = await visit.join('patient');
  return { visit, doctor, patient };
}

/** Every moderation of the patient by a host. */
const ACTIONS: readonly (readonly [ClientMessage, object])[] = [
  ['moderation:mute', { userId: 'patient', source: 'microphone' }],
  ['moderation:ask-unmute', { userId: 'patient' }],
  ['moderation:stop-share', { userId: 'patient' }],
  ['moderation:lower-hand', { userId: 'patient' }],
  ['moderation:remove', { userId: 'patient' }],
  ['moderation:lock', { locked: true }],
  ['moderation:screen-share', { allowed: false }],
  ['notes:set', { text: 'Nothing to see' }],
];

describe('an action of a host', () => {
  it.each(ACTIONS)('%s is refused without permission, and changes nothing', async (message, payload) => {
    const { visit, doctor, patient } = await both();
    const guest = await visit.join('guest');
    const observer = await visit.join('observer');
    const { version } = await visit.session();
    const before = doctor.events.length;
    for (const one of [guest, observer, patient]) {
      await expect(one.send(message, payload)).rejects.toMatchObject({ code: 'forbidden' });
    }
    await doctor.request('consumer:ready', { consumerIds: [] });
    expect(doctor.events.slice(before).filter(([name]) => name.startsWith('participant:'))).toEqual([]);
    expect((await visit.session()).version).toBe(version);
  });

  it.each(ACTIONS.slice(0, 4))(
    '%s is refused for a participant who is not in the visit',
    async (message, payload) => {
      const visit = await TestVisit.ofFive();
      const doctor = await visit.join('doctor');
      const patient = await visit.connect('patient');
      await patient.prepare();
      await expect(doctor.send(message, payload)).rejects.toMatchObject({ code: 'participant_not_found' });
    },
  );

  it.each(ACTIONS.slice(0, 7))('%s is refused before the host has joined', async (message, payload) => {
    const visit = await TestVisit.ofFive();
    await visit.join('patient');
    const doctor = await visit.connect('doctor');
    await doctor.prepare();
    await expect(doctor.send(message, payload)).rejects.toMatchObject({ code: 'not_joined' });
  });
});

describe('moderation:mute', () => {
  it.each(['microphone', 'camera'] as const)(
    'mute switches off the %s and says who did it',
    async (source) => {
      const { visit, doctor, patient } = await both();
      await doctor.request('moderation:mute', { userId: 'patient', source });
      await expect.poll(() => patient.received('muted')).toEqual([{ source, by: 'DOCTOR' }]);
      await expect.poll(() => shown(doctor, 'patient')?.media[source]).toBe('off');
      const other = source === 'camera' ? 'microphone' : 'camera';
      expect(shown(doctor, 'patient')?.media[other]).toBe('on');
      await expect.poll(() => visit.history()).toContain('participant.muted patient by doctor');
      const { entries } = await visit.server.api.getAudit(visit.sessionId);
      expect(entries.find(({ action }) => action === 'participant.muted')?.details).toEqual({ source });
    },
  );

  it('mute sends nothing if the source is already off', async () => {
    const { doctor, patient } = await both();
    const mute = { userId: 'patient', source: 'camera' } as const;
    await doctor.request('moderation:mute', mute);
    await doctor.request('moderation:mute', mute);
    await patient.request('consumer:ready', { consumerIds: [] });
    expect(patient.received('muted').length).toBe(1);
  });

  it('only the participant can undo a mute', async () => {
    const { doctor, patient } = await both();
    const producerId = await patient.produce('microphone', false);
    await doctor.request('moderation:mute', { userId: 'patient', source: 'microphone' });
    await expect.poll(() => patient.received('muted').length).toBe(1);
    await patient.request('producer:resume', { producerId });
    await expect.poll(() => shown(doctor, 'patient')?.media.microphone).toBe('on');
  });

  it('a mute holds when the participant drops and resumes', async () => {
    const { visit, doctor, patient } = await both();
    patient.drop();
    await expect.poll(() => shown(doctor, 'patient')?.connected).toBe(false);
    await doctor.request('moderation:mute', { userId: 'patient', source: 'microphone' });
    const back = await visit.connect('patient');
    const { self } = await back.enter();
    expect(self.media).toMatchObject({ microphone: 'off', camera: 'on' });
    await expect.poll(() => back.received('muted')).toEqual([{ source: 'microphone', by: 'DOCTOR' }]);
    expect(shown(doctor, 'patient')?.media.microphone).toBe('off');
  });

  it('a mute holds when the participant rejoins and creates the stream only then', async () => {
    const { visit, doctor, patient } = await both();
    await doctor.request('moderation:mute', { userId: 'patient', source: 'microphone' });
    patient.drop();
    await expect.poll(() => shown(doctor, 'patient')?.connected).toBe(false);
    const back = await visit.connect('patient');
    await back.prepare();
    await back.joinLive([]);
    const producerId = await back.produce('microphone', false);
    expect(back.received('muted')).toEqual([{ source: 'microphone', by: 'DOCTOR' }]);
    await expect.poll(() => shown(doctor, 'patient')?.media.microphone).toBe('off');
    await back.request('producer:resume', { producerId });
    await expect.poll(() => shown(doctor, 'patient')?.media.microphone).toBe('on');
    await back.produce('microphone', false);
    expect(back.received('muted').length).toBe(1);
  });

  it('a host can mute another host', async () => {
    const { visit, doctor } = await both();
    const colleague = await visit.join('colleague');
    await doctor.request('moderation:mute', { userId: 'colleague', source: 'microphone' });
    await expect.poll(() => colleague.received('muted').length).toBe(1);
  });
});

describe('moderation:ask-unmute', () => {
  it('ask-unmute reaches only the participant it is for', async () => {
    const { visit, doctor, patient } = await both();
    await doctor.request('moderation:ask-unmute', { userId: 'patient' });
    await expect.poll(() => patient.received('unmute:asked')).toEqual([{ by: 'DOCTOR' }]);
    expect(doctor.received('unmute:asked')).toEqual([]);
    await expect.poll(() => visit.history()).toContain('participant.asked_to_unmute patient by doctor');
  });
});

describe('moderation:lower-hand', () => {
  it('lower-hand lowers the hand for everyone', async () => {
    const { doctor, patient } = await both();
    await patient.request('hand:set', { raised: true });
    await expect.poll(() => shown(doctor, 'patient')?.handRaisedAt).not.toBe(null);
    await doctor.request('moderation:lower-hand', { userId: 'patient' });
    await expect.poll(() => shown(patient, 'patient')?.handRaisedAt).toBe(null);
    await expect.poll(() => shown(doctor, 'patient')?.handRaisedAt).toBe(null);
  });
});

describe('moderation:remove', () => {
  it('remove takes a participant out for good, and notifies the others', async () => {
    const { visit, doctor, patient } = await both();
    const link = await visit.server.joinUrl(visit.sessionId, 'patient');
    await doctor.request('moderation:remove', { userId: 'patient' });
    await expect.poll(() => patient.received('dismissed')).toEqual([{ reason: 'removed' }]);
    await expect
      .poll(() => doctor.received('participant:left'))
      .toEqual([{ userId: 'patient', reason: 'removed' }]);
    await expect.poll(() => patient.socket.connected).toBe(false);
    expect(await visit.history()).toContain('participant.removed patient by doctor');
    const token = new URL(link).searchParams.get('token') ?? '';
    const response = await fetch(`${visit.server.url}/api/v1/visits/${visit.sessionId}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(403);
  });

  it('remove is refused for a user without a seat', async () => {
    const { doctor } = await both();
    await expect(doctor.request('moderation:remove', { userId: 'nobody' })).rejects.toMatchObject({
      code: 'participant_not_found',
    });
  });
});

describe('moderation:lock', () => {
  it('lock is sent once to everyone, and to participants who join later', async () => {
    const { visit, doctor, patient } = await both();
    await doctor.request('moderation:lock', { locked: true });
    await doctor.request('moderation:lock', { locked: true });
    // The active speaker changes by itself.
    const told = (one: ProtocolClient) =>
      one.received('room:updated').filter(({ locked }, index, all) => locked !== all[index - 1]?.locked);
    for (const one of [doctor, patient]) {
      await expect.poll(() => told(one).at(-1)?.locked).toBe(true);
      expect(told(one).filter(({ locked }) => locked).length).toBe(1);
    }
    expect((await (await visit.connect('colleague')).enter()).room.locked).toBe(true);
    expect((await visit.session()).locked).toBe(true);
  });

  it('a room applies a lock that another process wrote', async () => {
    const clock = new ManualClock(Date.now());
    const { visit, patient } = await both({}, { clock });
    const { store } = visit.server.televisit;
    const session = await visit.session();
    // Writes to the store directly, as another server does.
    const next = { ...session, locked: true, version: session.version + 1 };
    expect(await store.update({ next, events: [] })).toBe(true);
    await expect
      .poll(() => {
        clock.advance(1000);
        return patient.received('room:updated').at(-1)?.locked;
      })
      .toBe(true);
  });
});

describe('notes:set', () => {
  it('notes are kept and visible to hosts only, in the preview too', async () => {
    const { visit, doctor, patient } = await both();
    const colleague = await visit.connect('colleague');
    await colleague.request('notes:set', { text: 'Ask about sleep.\nAnd appetite.' });
    expect((await visit.session()).hostNotes).toBe('Ask about sleep.\nAnd appetite.');
    expect((await doctor.bootstrap()).session.hostNotes).toBe('Ask about sleep.\nAnd appetite.');
    expect((await patient.bootstrap()).session.hostNotes).toBe(null);
    await doctor.request('notes:set', { text: '' });
    expect((await visit.session()).hostNotes).toBe(null);
  });

  it('notes that are too long are refused', async () => {
    const { doctor } = await both();
    await expect(doctor.request('notes:set', { text: 'x'.repeat(10_001) })).rejects.toMatchObject({
      code: 'validation_failed',
    });
  });
});

describe('a shared screen', () => {
  const shares = async (visit: FiveSeatVisit) => (await visit.session()).shares;

  it('a shared screen reaches the others, and the report says who shared and for how long', async () => {
    const clock = new ManualClock(Date.now());
    const { visit, doctor, patient } = await both({}, { clock });
    const startedAt = clock.now();
    const producerId = await patient.produce('screen', false);
    await patient.produce('screenAudio', false);
    await expect
      .poll(() => shown(doctor, 'patient')?.media)
      .toMatchObject({ screen: 'on', screenAudio: 'on' });
    await expect
      .poll(() => doctor.received('consumer:new').map(({ source, kind }) => `${source} ${kind}`))
      .toEqual(expect.arrayContaining(['screen video', 'screenAudio audio']));
    await expect
      .poll(() => shares(visit))
      .toEqual([{ seat: expect.any(Number) as number, startedAt, endedAt: null }]);
    clock.advance(5000);
    await patient.request('producer:close', { producerId });
    await expect.poll(async () => (await shares(visit))[0]?.endedAt).toBe(startedAt + 5000);
    await expect.poll(() => shown(doctor, 'patient')?.media.screen).toBe('none');
  });

  it.each(['screen', 'screenAudio'] as const)('a screen is refused before the join (%s)', async (source) => {
    const visit = await TestVisit.ofFive();
    const doctor = await visit.connect('doctor');
    await doctor.prepare();
    await expect(doctor.produce(source)).rejects.toMatchObject({ code: 'not_joined' });
  });

  it('a screen is refused if sharing is not allowed, and never for hosts', async () => {
    const { doctor, patient } = await both({ screenShare: false });
    for (const source of ['screen', 'screenAudio'] as const) {
      await expect(patient.produce(source)).rejects.toMatchObject({ code: 'screen_share_off' });
    }
    await doctor.produce('screen', false);
    await doctor.request('moderation:screen-share', { allowed: true });
    await expect.poll(() => patient.received('room:updated').at(-1)?.screenShareAllowed).toBe(true);
    await patient.produce('screen', false);
  });

  it('a participant’s screen stops when a host forbids sharing', async () => {
    const { visit, doctor, patient } = await both();
    await patient.produce('screen', false);
    await patient.produce('screenAudio', false);
    await doctor.produce('screen', false);
    await expect.poll(async () => (await shares(visit)).length).toBe(2);
    await doctor.request('moderation:screen-share', { allowed: false });
    await expect.poll(() => patient.received('share:stopped').length).toBe(1);
    await expect
      .poll(() => shown(doctor, 'patient')?.media)
      .toMatchObject({ screen: 'none', screenAudio: 'none', camera: 'on' });
    expect(doctor.received('share:stopped')).toEqual([]);
    await expect
      .poll(async () => (await shares(visit)).map(({ endedAt }) => endedAt === null))
      .toEqual([false, true]);
    await expect(patient.produce('screen', false)).rejects.toMatchObject({ code: 'screen_share_off' });
    expect(await visit.history()).toContain('screen_share.forbidden by doctor');
  });

  it('a host can stop a participant’s screen', async () => {
    const { visit, doctor, patient } = await both();
    await patient.produce('screen', false);
    await doctor.request('moderation:stop-share', { userId: 'patient' });
    await expect.poll(() => patient.received('share:stopped')).toEqual([{ by: 'DOCTOR' }]);
    await expect.poll(() => shown(doctor, 'patient')?.media.screen).toBe('none');
    await expect.poll(() => visit.history()).toContain('screen_share.stopped_by_host patient by doctor');
    // Sharing stays allowed.
    await patient.produce('screen', false);
  });

  it.each<[string, ClientMessage, object, string | null]>([
    ['stopped', 'moderation:stop-share', { userId: 'patient' }, 'DOCTOR'],
    ['forbidden', 'moderation:screen-share', { allowed: false }, null],
  ])(
    'a screen that was %s during a drop is reported once after the rejoin',
    async (_, message, payload, by) => {
      const { visit, doctor, patient } = await both();
      await patient.produce('screen', false);
      patient.drop();
      await expect.poll(() => shown(doctor, 'patient')?.connected).toBe(false);
      await doctor.send(message, payload);
      await expect.poll(() => shown(doctor, 'patient')?.media.screen).toBe('none');
      const back = await visit.join('patient');
      expect(back.received('share:stopped')).toEqual([{ by }]);
      const again = await visit.connect('patient');
      await again.prepare();
      await again.request('join', { live: [], takeOver: true });
      await again.request('consumer:ready', { consumerIds: [] });
      expect(again.received('share:stopped')).toEqual([]);
    },
  );

  it.each<[string, (one: ProtocolClient, visit: FiveSeatVisit, clock: ManualClock) => unknown]>([
    ['leaves', (one) => one.request('leave', {})],
    ['closes the page', (one) => one.socket.disconnect()],
    ['is gone after the grace', (one) => one.drop()],
    [
      'loses the media worker',
      (_, { server }) => process.kill([...server.televisit.nodes.values()][0]!.workers[0]!.pid, 'SIGKILL'),
    ],
  ])('the screen of a participant who %s has ended', async (_, leave) => {
    const clock = new ManualClock(Date.now());
    const { visit, patient } = await both({}, { clock });
    await patient.produce('screen', false);
    await expect.poll(async () => (await shares(visit)).length).toBe(1);
    await leave(patient, visit, clock);
    await expect
      .poll(async () => {
        clock.advance(15_000);
        return (await shares(visit))[0]?.endedAt ?? null;
      })
      .not.toBe(null);
  });
});
