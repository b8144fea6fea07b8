import { remembering, DOCTOR, PATIENT, planAt } from '../contract/meeting-provider.ts';
import { addressOf, startZoom, ZOOM_HOSTS } from '../support/infra/zoom-provider.ts';
import { describe, expect, it } from 'vitest';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const never = () => new AbortController().signal;

/** Returns the bodies of the requests with a method. */
const bodies = (double: Awaited<ReturnType<typeof startZoom>>['double'], method: string, path = /./) =>
  double.requests.filter((one) => one.method === method && path.test(one.path)).map(({ body }) => body);

describe('ZoomProvider', () => {
  it('creates a scheduled meeting with a marker, without names and without mail of Zoom', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now());
    await provider.create(plan, false, never());
    const [body] = bodies(double, 'POST');
    expect(body).toMatchObject({
      topic: 'Video visit',
      type: 2,
      start_time: new Date(plan.scheduledAt).toISOString().replace('.000Z', 'Z'),
      timezone: 'Europe/Berlin',
      settings: { waiting_room: false, join_before_host: true, approval_type: 0, email_notification: false },
    });
    expect((body as { agenda: string }).agenda).toMatch(/^televisit:sess_4f1d6a2b9c3e:1\n/);
  });

  it('creates a meeting that begins at once if the planned time has passed', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now() - HOUR);
    await provider.create(plan, false, never());
    const [{ start_time: start }] = bodies(double, 'POST') as [{ start_time: string }];
    expect(Math.abs(Date.parse(start) - double.now())).toBeLessThan(MINUTE);
  });

  it('finds the meeting of generation 1 beside that of generation 10', async () => {
    const { double, provider } = await startZoom({ hosts: [ZOOM_HOSTS[0]!] });
    const plan = planAt(double.now());
    const later = { scheduledAt: plan.scheduledAt + HOUR };
    const tenth = await provider.create({ ...plan, ...later, generation: 10 }, false, never());
    const first = await provider.create(plan, true, never());
    expect(first.meetingId).not.toBe(tenth.meetingId);
    expect((await provider.create(plan, true, never())).meetingId).toBe(first.meetingId);
  });

  it('finds a meeting on a later page of the list', async () => {
    const { double, users, provider } = await startZoom({ hosts: [ZOOM_HOSTS[0]!] });
    const settings = { waitingRoom: false, joinBeforeHost: true, approvalType: 2 };
    const other = { topic: 'x', agenda: 'x', startTime: 0, duration: 30, timezone: 'UTC', settings };
    for (let count = 0; count < 700; count++) double.account.addMeeting(users[0]!, other);
    const plan = planAt(double.now());
    const meeting = await provider.create(plan, false, never());
    expect((await provider.create(plan, true, never())).meetingId).toBe(meeting.meetingId);
  });

  it('lets a running meeting keep its plan', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now());
    const meeting = await provider.create(plan, false, never());
    double.join(addressOf(await provider.link(meeting, plan, DOCTOR, never())));
    const longer = { ...plan, durationMinutes: 60 };
    expect(await provider.update(meeting, longer, never())).toEqual(meeting);
    expect(double.account.meeting(meeting.meetingId).duration).toBe(30);
  });

  it('ends a meeting that runs before it deletes it', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now());
    const meeting = await provider.create(plan, false, never());
    const inside = double.join(addressOf(await provider.link(meeting, plan, DOCTOR, never())));
    await provider.cancel(meeting, plan, never());
    expect(inside.stay.leftAt).not.toBeNull();
    expect(double.meetings()).toEqual([]);
    const deletion = double.requests.find(({ method }) => method === 'DELETE');
    expect(deletion?.path).toMatch(/schedule_for_reminder=false&cancel_meeting_reminder=false/);
  });

  it('keeps guests from returning to an ended meeting, and its records', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now() - 20 * MINUTE);
    const meeting = await provider.create(plan, false, never());
    const guest = addressOf(await provider.link(meeting, plan, PATIENT, never()));
    double.join(addressOf(await provider.link(meeting, plan, DOCTOR, never())));
    double.join(guest);
    double.advance(5 * MINUTE);
    await provider.end(meeting, plan, never());
    expect(double.join(guest).stay.isWaiting).toBe(true);
    const records = await provider.attendance(meeting, plan, never());
    expect(records?.[0]?.stays).toHaveLength(2);
  });

  it('frees the host of a meeting that was ended early', async () => {
    const { double, provider } = await startZoom({ hosts: [ZOOM_HOSTS[0]!] });
    const plan = planAt(double.now());
    await provider.end(await provider.create(plan, false, never()), plan, never());
    await provider.create({ ...plan, sessionId: 'sess_2' }, false, never());
    expect(double.meetings()).toHaveLength(2);
  });

  it('deletes an ended meeting if its host has no updates left', async () => {
    const { double, users, provider } = await startZoom({ hosts: [ZOOM_HOSTS[0]!] });
    const plan = planAt(double.now());
    const meeting = await provider.create(plan, false, never());
    double.account.countChange(users[0]!, 99);
    await provider.end(meeting, plan, never());
    expect(double.meetings()).toEqual([]);
  });

  it('fetches the address of the host for each click, and keeps none', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now());
    const meeting = await provider.create(plan, false, never());
    const first = await provider.link(meeting, plan, DOCTOR, never());
    const kept = remembering(meeting, first);
    const second = await provider.link(kept, plan, DOCTOR, never());
    expect(addressOf(second)).not.toBe(addressOf(first));
    expect(JSON.stringify(kept)).not.toMatch(/zak=|\/s\//);
    double.advance(3 * HOUR);
    expect(() => double.join(addressOf(first))).toThrow('expired');
  });

  it('registers a guest once, under an address that says nothing about them', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now());
    const meeting = await provider.create(plan, false, never());
    const first = await provider.link(meeting, plan, PATIENT, never());
    const kept = remembering(meeting, first);
    for (let click = 0; click < 5; click++) {
      expect(addressOf(await provider.link(kept, plan, PATIENT, never()))).toBe(addressOf(first));
    }
    expect(bodies(double, 'POST', /registrants/)).toEqual([
      { email: 'b-81d4c7a02e@televisit.invalid', first_name: 'Guest' },
    ]);
  });

  it('registers a guest with the name if names are shared', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now());
    const meeting = await provider.create(plan, false, never());
    await provider.link(meeting, plan, { ...PATIENT, displayName: 'Ana M.' }, never());
    expect(bodies(double, 'POST', /registrants/)).toMatchObject([{ first_name: 'Ana M.' }]);
  });

  it('admits a guest without a registration if Zoom takes none', async () => {
    const { double, users, provider } = await startZoom({ hosts: [ZOOM_HOSTS[0]!] });
    users[0]!.type = 1;
    const plan = planAt(double.now());
    const meeting = await provider.create(plan, false, never());
    const link = await provider.link(meeting, plan, PATIENT, never());
    expect(link).toMatchObject({ entry: { url: expect.stringContaining('/j/') as string } });
    expect(link.remember).toBeUndefined();
    expect(bodies(double, 'POST', /registrants/)).toEqual([]);
  });

  it('admits a guest without a registration if the app lacks the scope', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now());
    const meeting = await provider.create(plan, false, never());
    double.scopes.delete('meeting:write:registrant:admin');
    expect(addressOf(await provider.link(meeting, plan, PATIENT, never()))).toContain('/j/');
  });

  it('cancels the registration of a person who was removed from the visit', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now());
    const meeting = await provider.create(plan, false, never());
    const link = await provider.link(meeting, plan, PATIENT, never());
    const updated = await provider.update(remembering(meeting, link), { ...plan, people: [DOCTOR] }, never());
    expect(() => double.join(addressOf(link))).toThrow('not valid');
    expect(Object.keys(updated.data)).not.toContain(`join:${PATIENT.userId}`);
  });
});
