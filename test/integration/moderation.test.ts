import { describe, expect, it } from 'vitest';
import type { ClientMessage } from '@televisit/shared/signaling';
import { FiveSeatVisit } from '../support/fixtures/five-seat-visit.ts';
import type { ProtocolClient } from '../support/clients/protocol-client.ts';
import { ManualClock } from '../support/infra/manual-clock.ts';

/** How a person was last shown to another one. */
const shown = (to: ProtocolClient, userId: string) =>
  to
    .received('participant:updated')
    .filter((view) => view.userId === userId)
    .at(-1);

async function both(options = {}, overrides = {}) {
  const clinic = await FiveSeatVisit.open(options, overrides);
  const doctor = await clinic.join('doctor');
  const patient = await clinic.join('patient');
  return { clinic, doctor, patient };
}

/** Every action of a host, done to the patient. */
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
  it.each(ACTIONS)(
    '%s is refused to people without permission, and changes nothing',
    async (message, payload) => {
      const { clinic, doctor, patient } = await both();
      const guest = await clinic.join('guest');
      const observer = await clinic.join('observer');
      const { version } = await clinic.session();
      const before = doctor.events.length;
      for (const one of [guest, observer, patient]) {
        await expect(one.send(message, payload)).rejects.toMatchObject({ code: 'forbidden' });
      }
      await doctor.request('consumer:ready', { consumerIds: [] });
      expect(doctor.events.slice(before).filter(([name]) => name.startsWith('participant:'))).toEqual([]);
      expect((await clinic.session()).version).toBe(version);
    },
  );

  it.each(ACTIONS.slice(0, 4))('%s on somebody who is not there is refused', async (message, payload) => {
    const clinic = await FiveSeatVisit.open();
    const doctor = await clinic.join('doctor');
    const patient = await clinic.connect('patient');
    await patient.prepare();
    await expect(doctor.send(message, payload)).rejects.toMatchObject({ code: 'participant_not_found' });
  });

  it.each(ACTIONS.slice(0, 7))('%s before the host has joined is refused', async (message, payload) => {
    const clinic = await FiveSeatVisit.open();
    await clinic.join('patient');
    const doctor = await clinic.connect('doctor');
    await doctor.prepare();
    await expect(doctor.send(message, payload)).rejects.toMatchObject({ code: 'not_joined' });
  });
});

describe('moderation:mute', () => {
  it.each(['microphone', 'camera'] as const)('switches a %s off, and says who did it', async (source) => {
    const { clinic, doctor, patient } = await both();
    await doctor.request('moderation:mute', { userId: 'patient', source });
    await expect.poll(() => patient.received('muted')).toEqual([{ source, by: 'DOCTOR' }]);
    await expect.poll(() => shown(doctor, 'patient')?.media[source]).toBe('off');
    const other = source === 'camera' ? 'microphone' : 'camera';
    expect(shown(doctor, 'patient')?.media[other]).toBe('on');
    await expect.poll(() => clinic.history()).toContain('participant.muted patient by doctor');
    const { entries } = await clinic.server.api.getAudit(clinic.sessionId);
    expect(entries.find(({ action }) => action === 'participant.muted')?.details).toEqual({ source });
  });

  it('of what is off already is no news', async () => {
    const { doctor, patient } = await both();
    const mute = { userId: 'patient', source: 'camera' } as const;
    await doctor.request('moderation:mute', mute);
    await doctor.request('moderation:mute', mute);
    await patient.request('consumer:ready', { consumerIds: [] });
    expect(patient.received('muted').length).toBe(1);
  });

  it('can be taken back by the person alone', async () => {
    const { doctor, patient } = await both();
    const producerId = await patient.produce('microphone', false);
    await doctor.request('moderation:mute', { userId: 'patient', source: 'microphone' });
    await expect.poll(() => patient.received('muted').length).toBe(1);
    await patient.request('producer:resume', { producerId });
    await expect.poll(() => shown(doctor, 'patient')?.media.microphone).toBe('on');
  });

  it('holds where the person’s connection drops and comes back', async () => {
    const { clinic, doctor, patient } = await both();
    patient.drop();
    await expect.poll(() => shown(doctor, 'patient')?.connected).toBe(false);
    await doctor.request('moderation:mute', { userId: 'patient', source: 'microphone' });
    const back = await clinic.connect('patient');
    const { self } = await back.enter();
    expect(self.media).toMatchObject({ microphone: 'off', camera: 'on' });
    await expect.poll(() => back.received('muted')).toEqual([{ source: 'microphone', by: 'DOCTOR' }]);
    expect(shown(doctor, 'patient')?.media.microphone).toBe('off');
  });

  it('holds where the person comes back and makes the stream only then', async () => {
    const { clinic, doctor, patient } = await both();
    await doctor.request('moderation:mute', { userId: 'patient', source: 'microphone' });
    patient.drop();
    await expect.poll(() => shown(doctor, 'patient')?.connected).toBe(false);
    const back = await clinic.connect('patient');
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

  it('works on another host, too', async () => {
    const { clinic, doctor } = await both();
    const colleague = await clinic.join('colleague');
    await doctor.request('moderation:mute', { userId: 'colleague', source: 'microphone' });
    await expect.poll(() => colleague.received('muted').length).toBe(1);
  });
});

describe('moderation:ask-unmute', () => {
  it('asks the person, and nobody else', async () => {
    const { clinic, doctor, patient } = await both();
    await doctor.request('moderation:ask-unmute', { userId: 'patient' });
    await expect.poll(() => patient.received('unmute:asked')).toEqual([{ by: 'DOCTOR' }]);
    expect(doctor.received('unmute:asked')).toEqual([]);
    await expect.poll(() => clinic.history()).toContain('participant.asked_to_unmute patient by doctor');
  });
});

describe('moderation:lower-hand', () => {
  it('lowers a hand for everybody', async () => {
    const { doctor, patient } = await both();
    await patient.request('hand:set', { raised: true });
    await expect.poll(() => shown(doctor, 'patient')?.handRaisedAt).not.toBe(null);
    await doctor.request('moderation:lower-hand', { userId: 'patient' });
    await expect.poll(() => shown(patient, 'patient')?.handRaisedAt).toBe(null);
    await expect.poll(() => shown(doctor, 'patient')?.handRaisedAt).toBe(null);
  });
});

describe('moderation:remove', () => {
  it('takes somebody out for good, and tells the others', async () => {
    const { clinic, doctor, patient } = await both();
    const link = await clinic.server.joinUrl(clinic.sessionId, 'patient');
    await doctor.request('moderation:remove', { userId: 'patient' });
    await expect.poll(() => patient.received('dismissed')).toEqual([{ reason: 'removed' }]);
    await expect
      .poll(() => doctor.received('participant:left'))
      .toEqual([{ userId: 'patient', reason: 'removed' }]);
    await expect.poll(() => patient.socket.connected).toBe(false);
    expect(await clinic.history()).toContain('participant.removed patient by doctor');
    const token = new URL(link).searchParams.get('token') ?? '';
    const response = await fetch(`${clinic.server.url}/api/v1/visits/${clinic.sessionId}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(response.status).toBe(403);
  });

  it('of somebody without a seat is refused', async () => {
    const { doctor } = await both();
    await expect(doctor.request('moderation:remove', { userId: 'nobody' })).rejects.toMatchObject({
      code: 'participant_not_found',
    });
  });
});

describe('moderation:lock', () => {
  it('is told to everybody once, and to who comes later', async () => {
    const { clinic, doctor, patient } = await both();
    await doctor.request('moderation:lock', { locked: true });
    await doctor.request('moderation:lock', { locked: true });
    // The active speaker changes by itself.
    const told = (one: ProtocolClient) =>
      one.received('room:updated').filter(({ locked }, index, all) => locked !== all[index - 1]?.locked);
    for (const one of [doctor, patient]) {
      await expect.poll(() => told(one).at(-1)?.locked).toBe(true);
      expect(told(one).filter(({ locked }) => locked).length).toBe(1);
    }
    expect((await (await clinic.connect('colleague')).enter()).room.locked).toBe(true);
    expect((await clinic.session()).locked).toBe(true);
  });

  it('that another process wrote is followed', async () => {
    const clock = new ManualClock(Date.now());
    const { clinic, patient } = await both({}, { clock });
    const { store } = clinic.server.televisit;
    const session = await clinic.session();
    // Written past this process's own way of changing sessions, as another server does.
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
  it('keeps what hosts write, in the preview too, for the hosts alone', async () => {
    const { clinic, doctor, patient } = await both();
    const colleague = await clinic.connect('colleague');
    await colleague.request('notes:set', { text: 'Ask about sleep.\nAnd appetite.' });
    expect((await clinic.session()).hostNotes).toBe('Ask about sleep.\nAnd appetite.');
    expect((await doctor.bootstrap()).session.hostNotes).toBe('Ask about sleep.\nAnd appetite.');
    expect((await patient.bootstrap()).session.hostNotes).toBe(null);
    await doctor.request('notes:set', { text: '' });
    expect((await clinic.session()).hostNotes).toBe(null);
  });

  it('with text that is too long is refused', async () => {
    const { doctor } = await both();
    await expect(doctor.request('notes:set', { text: 'x'.repeat(10_001) })).rejects.toMatchObject({
      code: 'validation_failed',
    });
  });
});

describe('a shared screen', () => {
  const shares = async (clinic: FiveSeatVisit) => (await clinic.session()).shares;

  it('reaches the others, and is kept with who shared and for how long', async () => {
    const clock = new ManualClock(Date.now());
    const { clinic, doctor, patient } = await both({}, { clock });
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
      .poll(() => shares(clinic))
      .toEqual([{ seat: expect.any(Number) as number, startedAt, endedAt: null }]);
    clock.advance(5000);
    await patient.request('producer:close', { producerId });
    await expect.poll(async () => (await shares(clinic))[0]?.endedAt).toBe(startedAt + 5000);
    await expect.poll(() => shown(doctor, 'patient')?.media.screen).toBe('none');
  });

  it.each(['screen', 'screenAudio'] as const)('before the join is refused (%s)', async (source) => {
    const clinic = await FiveSeatVisit.open();
    const doctor = await clinic.connect('doctor');
    await doctor.prepare();
    await expect(doctor.produce(source)).rejects.toMatchObject({ code: 'not_joined' });
  });

  it('is refused where it is not allowed, and to hosts never', async () => {
    const { doctor, patient } = await both({ screenShare: false });
    for (const source of ['screen', 'screenAudio'] as const) {
      await expect(patient.produce(source)).rejects.toMatchObject({ code: 'screen_share_off' });
    }
    await doctor.produce('screen', false);
    await doctor.request('moderation:screen-share', { allowed: true });
    await expect.poll(() => patient.received('room:updated').at(-1)?.screenShareAllowed).toBe(true);
    await patient.produce('screen', false);
  });

  it('of others stops when hosts forbid it', async () => {
    const { clinic, doctor, patient } = await both();
    await patient.produce('screen', false);
    await patient.produce('screenAudio', false);
    await doctor.produce('screen', false);
    await expect.poll(async () => (await shares(clinic)).length).toBe(2);
    await doctor.request('moderation:screen-share', { allowed: false });
    await expect.poll(() => patient.received('share:stopped').length).toBe(1);
    await expect
      .poll(() => shown(doctor, 'patient')?.media)
      .toMatchObject({ screen: 'none', screenAudio: 'none', camera: 'on' });
    expect(doctor.received('share:stopped')).toEqual([]);
    await expect
      .poll(async () => (await shares(clinic)).map(({ endedAt }) => endedAt === null))
      .toEqual([false, true]);
    await expect(patient.produce('screen', false)).rejects.toMatchObject({ code: 'screen_share_off' });
    expect(await clinic.history()).toContain('screen_share.forbidden by doctor');
  });

  it('is stopped by a host', async () => {
    const { clinic, doctor, patient } = await both();
    await patient.produce('screen', false);
    await doctor.request('moderation:stop-share', { userId: 'patient' });
    await expect.poll(() => patient.received('share:stopped')).toEqual([{ by: 'DOCTOR' }]);
    await expect.poll(() => shown(doctor, 'patient')?.media.screen).toBe('none');
    await expect.poll(() => clinic.history()).toContain('screen_share.stopped_by_host patient by doctor');
    // Sharing itself stays allowed.
    await patient.produce('screen', false);
  });

  it.each<[string, ClientMessage, object, string | null]>([
    ['stopped', 'moderation:stop-share', { userId: 'patient' }, 'DOCTOR'],
    ['forbidden', 'moderation:screen-share', { allowed: false }, null],
  ])(
    'that was %s while the connection was dropped is known at the rejoin, once',
    async (_, message, payload, by) => {
      const { clinic, doctor, patient } = await both();
      await patient.produce('screen', false);
      patient.drop();
      await expect.poll(() => shown(doctor, 'patient')?.connected).toBe(false);
      await doctor.send(message, payload);
      await expect.poll(() => shown(doctor, 'patient')?.media.screen).toBe('none');
      const back = await clinic.join('patient');
      expect(back.received('share:stopped')).toEqual([{ by }]);
      const again = await clinic.connect('patient');
      await again.prepare();
      await again.request('join', { live: [], takeOver: true });
      await again.request('consumer:ready', { consumerIds: [] });
      expect(again.received('share:stopped')).toEqual([]);
    },
  );

  it.each<[string, (one: ProtocolClient, clinic: FiveSeatVisit, clock: ManualClock) => unknown]>([
    ['leaves', (one) => one.request('leave', {})],
    ['closes the page', (one) => one.socket.disconnect()],
    ['is gone after the grace', (one) => one.drop()],
    [
      'loses the media worker',
      (_, { server }) => process.kill([...server.televisit.nodes.values()][0]!.workers[0]!.pid, 'SIGKILL'),
    ],
  ])('of somebody who %s has ended', async (_, leave) => {
    const clock = new ManualClock(Date.now());
    const { clinic, patient } = await both({}, { clock });
    await patient.produce('screen', false);
    await expect.poll(async () => (await shares(clinic)).length).toBe(1);
    await leave(patient, clinic, clock);
    await expect
      .poll(async () => {
        clock.advance(15_000);
        return (await shares(clinic))[0]?.endedAt ?? null;
      })
      .not.toBe(null);
  });
});
