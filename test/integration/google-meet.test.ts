import type { MeetingRef } from '@televisit/server/providers/meeting-provider';
import { describe, expect, it } from 'vitest';
import { MINUTE, never, PATIENT, planOf, startGoogle } from '../support/fixtures/google-adapter.ts';

async function createdSpace(env: Record<string, string> = {}) {
  const under = await startGoogle(env);
  const plan = planOf();
  const meeting = await under.provider.create(plan, false, never());
  return { ...under, plan, meeting, space: () => under.double.meet.find(meeting.meetingId)! };
}

const addressOf = async ({ provider, meeting, plan }: Awaited<ReturnType<typeof createdSpace>>) => {
  const { entry } = await provider.link(meeting, plan, PATIENT, never());
  return entry.kind === 'address' ? entry.url : '';
};

describe('GoogleMeetProvider with spaces', () => {
  it('creates a space that everyone may enter, and keeps its name instead of its code', async () => {
    const { meeting, space } = await createdSpace();
    expect(meeting).toEqual({ meetingId: space().name, hostId: null, data: {} });
    expect(space().config).toEqual({ accessType: 'OPEN', entryPointAccess: 'ALL' });
  });

  it.each([
    ['open', false, 'OPEN'],
    ['open', true, 'TRUSTED'],
    ['trusted', false, 'TRUSTED'],
    ['restricted', true, 'RESTRICTED'],
  ])(
    'with access %s and waiting room %s creates a space with access %s',
    async (access, waitingRoom, type) => {
      const { provider, double } = await startGoogle({ GOOGLE_MEET_ACCESS: access });
      await provider.create(planOf({ waitingRoom }), false, never());
      expect(double.meet.spaces[0]!.config.accessType).toBe(type);
    },
  );

  it('changes access when the waiting room of a plan changes', async () => {
    const { provider, meeting, plan, space } = await createdSpace();
    const updated = await provider.update(meeting, { ...plan, waitingRoom: true }, never());
    expect(updated).toEqual(meeting);
    expect(space().config.accessType).toBe('TRUSTED');
  });

  it('links to the page at which a person can enter', async () => {
    const under = await createdSpace();
    const url = await addressOf(under);
    expect(url).toBe(under.space().uri);
    expect(await (await fetch(url)).text()).toContain('Join now');
    await fetch(`${url}/join`, { method: 'POST', body: new URLSearchParams({ name: 'Mia' }) });
    const [record] = await under.provider.attendance(under.meeting, under.plan, never());
    expect(record!.stays.map(({ person }) => person)).toEqual([{ name: 'Mia' }]);
  });

  it('ends a conference and closes the space, so that nobody returns, until the meeting is updated', async () => {
    const under = await createdSpace();
    const { provider, double, meeting, plan } = under;
    const url = await addressOf(under);
    double.join(meeting.meetingId, 'Mia');
    await provider.end(meeting, plan, never());
    const [record] = await provider.attendance(meeting, plan, never());
    expect(record!.endedAt).not.toBeNull();
    expect((await fetch(url)).status).toBe(403);
    await provider.update(meeting, plan, never());
    expect((await fetch(url)).status).toBe(200);
  });

  it('closes a space that is cancelled', async () => {
    const { provider, meeting, plan, space } = await createdSpace();
    await provider.cancel(meeting, plan, never());
    await provider.cancel(meeting, plan, never());
    expect(space().config.entryPointAccess).toBe('CREATOR_APP_ONLY');
  });

  it('reports a space that no longer exists as missing, but as cancelled and ended', async () => {
    const { provider, double, meeting, plan } = await createdSpace();
    double.meet.forget(meeting.meetingId);
    const missing = { kind: 'missing' };
    await expect(provider.update(meeting, plan, never())).rejects.toMatchObject(missing);
    await expect(provider.link(meeting, plan, PATIENT, never())).rejects.toMatchObject(missing);
    await provider.cancel(meeting, plan, never());
    await provider.end(meeting, plan, never());
  });
});

describe('GoogleMeetProvider with failures of Google', () => {
  it('repeats a request after 403 rateLimitExceeded, 429 and 5xx', async () => {
    const { provider, double } = await startGoogle();
    for (const mode of ['rate', 'limited', 'error', 'unavailable'] as const) {
      double.fail(mode, 2);
      await provider.create(planOf(), false, never());
    }
    expect(double.meet.spaces).toHaveLength(4);
  });

  it.each([
    ['rate', { kind: 'limited', code: 'rateLimitExceeded' }],
    ['limited', { kind: 'limited', code: '429' }],
    ['error', { kind: 'unavailable', code: '500' }],
  ] as const)('gives up after three times %s', async (mode, error) => {
    const { provider, double } = await startGoogle();
    double.fail(mode, 100);
    await expect(provider.create(planOf(), false, never())).rejects.toMatchObject({
      ...error,
      isTemporary: true,
    });
    expect(double.count('POST /meet/v2/spaces')).toBe(3);
  });

  it.each([
    ['forbidden', { kind: 'refused', code: 'forbidden' }],
    ['quota', { kind: 'limited', code: 'quotaExceeded' }],
    ['disabled', { kind: 'misconfigured', code: 'accessNotConfigured' }],
    ['scope', { kind: 'misconfigured', code: 'insufficientPermissions' }],
  ] as const)('does not repeat a request after 403 %s', async (mode, error) => {
    const { provider, double } = await startGoogle();
    double.fail(mode);
    await expect(provider.create(planOf(), false, never())).rejects.toMatchObject(error);
    expect(double.count('POST /meet/v2/spaces')).toBe(1);
  });

  it('does not wait for a long limit', async () => {
    const { provider, double } = await startGoogle();
    double.limit('3600');
    await expect(provider.create(planOf(), false, never())).rejects.toMatchObject({
      kind: 'limited',
      retryAfterMs: 3_600_000,
    });
  });

  it('looks for no space that is left behind, as it costs nothing', async () => {
    const { provider } = await startGoogle();
    expect(provider.find).toBeUndefined();
  });

  it('creates another space if the answer to the first request is lost', async () => {
    const { provider, double } = await startGoogle();
    double.fail('lost');
    const { meetingId } = await provider.create(planOf(), false, never());
    expect(double.meet.spaces.map(({ name }) => name)).toContain(meetingId);
  });

  it('ends a call whose signal aborts while other calls continue', async () => {
    const { provider, double } = await startGoogle();
    const stop = new AbortController();
    const stopped = provider.create(planOf(), false, stop.signal);
    const other = provider.create(planOf(), false, never());
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ kind: 'unavailable' });
    await other;
    expect(double.meet.spaces).toHaveLength(1);
  });
});

describe('GoogleMeetProvider.attendance', () => {
  const at = Date.now() - 60 * MINUTE;

  it('returns each stay of each person, and a record for each conference', async () => {
    const { provider, double, meeting, plan } = await createdSpace();
    const space = meeting.meetingId;
    const doctor = double.join(space, 'Dr. Weber', { kind: 'signedinUser', at });
    const first = double.join(space, 'Mia', { at: at + MINUTE });
    double.leave(first, at + 3 * MINUTE);
    const second = double.join(space, 'Mia', { at: at + 4 * MINUTE });
    const caller = double.join(space, '+49 30 ••• ••12', { kind: 'phoneUser', at: at + 5 * MINUTE });
    for (const session of [second, caller, doctor]) double.leave(session, at + 20 * MINUTE);
    double.join(space, 'Mia', { at: at + 30 * MINUTE });

    const records = await provider.attendance(meeting, plan, never());
    expect(records).toEqual([
      {
        startedAt: at,
        endedAt: at + 20 * MINUTE,
        stays: [
          { id: doctor, person: { name: 'Dr. Weber' }, joinedAt: at, leftAt: at + 20 * MINUTE },
          { id: first, person: { name: 'Mia' }, joinedAt: at + MINUTE, leftAt: at + 3 * MINUTE },
          { id: second, person: { name: 'Mia' }, joinedAt: at + 4 * MINUTE, leftAt: at + 20 * MINUTE },
          // A part of a phone number fits nobody.
          { id: caller, person: {}, joinedAt: at + 5 * MINUTE, leftAt: at + 20 * MINUTE },
        ],
      },
      {
        startedAt: at + 30 * MINUTE,
        endedAt: null,
        stays: [expect.objectContaining({ person: { name: 'Mia' }, leftAt: null })],
      },
    ]);
  });

  it('reads all pages', async () => {
    const { provider, double, meeting, plan } = await createdSpace();
    double.meet.pageSize = 2;
    for (let person = 0; person < 7; person++) double.join(meeting.meetingId, `Person ${person}`, { at });
    const [record] = await provider.attendance(meeting, plan, never());
    expect(record!.stays.map(({ person }) => person.name).sort()).toEqual(
      Array.from({ length: 7 }, (_, person) => `Person ${person}`),
    );
    expect(double.count(`GET /meet/v2/conferenceRecords/`)).toBe(4 + 7);
  });

  it('has no records of a meeting without a conference, and none of other meetings', async () => {
    const { provider, double, meeting, plan } = await createdSpace();
    const other: MeetingRef = await provider.create(planOf({ generation: 2 }), false, never());
    double.join(other.meetingId, 'Mia', { at });
    expect(await provider.attendance(meeting, plan, never())).toEqual([]);
  });
});
