import { GoogleCalendarSync } from '@televisit/server/providers/google/calendar-sync';
import type { MeetingPlan } from '@televisit/server/providers/meeting-provider';
import { describe, expect, it } from 'vitest';
import { DOCTOR, MINUTE, never, PATIENT, planOf, startGoogle } from '../support/fixtures/google-adapter.ts';

const CALENDAR = { GOOGLE_MEET_MODE: 'calendar' };

async function createdEvent(changes: Partial<MeetingPlan> = {}) {
  const under = await startGoogle(CALENDAR);
  const plan = planOf(changes);
  const meeting = await under.provider.create(plan, false, never());
  return { ...under, plan, meeting, event: () => under.double.calendar.events()[0]! };
}

describe('GoogleMeetProvider with Calendar', () => {
  it('creates an event with a Meet link, without names and without mail', async () => {
    const { provider, plan, meeting, event } = await createdEvent();
    expect(event()).toMatchObject({
      id: meeting.data.event,
      summary: 'Video visit',
      visibility: 'private',
      start: { dateTime: new Date(plan.scheduledAt).toISOString(), timeZone: 'Europe/Berlin' },
      end: { dateTime: new Date(plan.scheduledAt + 30 * MINUTE).toISOString(), timeZone: 'Europe/Berlin' },
      attendees: [],
    });
    expect(meeting.meetingId).toBe(event().conferenceData!.conferenceId);
    const { entry } = await provider.link(meeting, plan, PATIENT, never());
    expect(entry).toEqual({ kind: 'address', url: event().hangoutLink, expiresAt: null });
  });

  it('invites people whose addresses are shared', async () => {
    const mia = { ...PATIENT, email: 'mia@home.test', displayName: 'Mia' };
    const { event } = await createdEvent({ people: [DOCTOR, mia] });
    expect(event().attendees).toEqual([{ email: 'mia@home.test', displayName: 'Mia' }]);
  });

  it('waits for a link that is pending, with growing intervals', async () => {
    const { provider, double, clock } = await startGoogle(CALENDAR);
    double.pendingPolls = 4;
    const { meetingId } = await provider.create(planOf(), false, never());
    expect(meetingId).toMatch(/^[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
    expect(clock.skipped).toEqual([500, 1000, 2000, 4000]);
    expect(double.count('GET /calendar')).toBe(4);
  });

  it('fails with unavailable if a link is pending for half a minute, and finds it later', async () => {
    const { provider, double, clock } = await startGoogle(CALENDAR);
    double.pendingPolls = 9;
    const plan = planOf();
    const error = { kind: 'unavailable', code: 'pending', isTemporary: true };
    await expect(provider.create(plan, false, never())).rejects.toMatchObject(error);
    expect(clock.skipped.reduce((sum, ms) => sum + ms, 0)).toBe(30_000);
    await provider.create(plan, true, never());
    expect(double.calendar.events()).toHaveLength(1);
    expect(double.meet.spaces).toHaveLength(1);
  });

  it('asks for another link if Calendar fails to create the first one', async () => {
    const { provider, double } = await startGoogle(CALENDAR);
    double.fail('conference');
    const { meetingId } = await provider.create(planOf(), false, never());
    expect(double.meet.find(meetingId)).toBeDefined();
  });

  it('fails with refused and removes the event if Calendar creates no link at all', async () => {
    const { provider, double } = await startGoogle(CALENDAR);
    double.fail('conference', 2);
    const plan = planOf();
    const error = { kind: 'refused', code: 'conference_failure' };
    await expect(provider.create(plan, false, never())).rejects.toMatchObject(error);
    expect(double.calendar.events()).toEqual([]);
    // The id of the deleted event is still taken.
    await provider.create(plan, true, never());
    expect(double.calendar.events()).toHaveLength(1);
  });

  it('creates one event if answers are lost, in this call or the one before', async () => {
    const { provider, double } = await startGoogle(CALENDAR);
    const plan = planOf();
    double.fail('lost');
    const first = await provider.create(plan, false, never());
    const second = await provider.create(plan, true, never());
    expect(second).toEqual(first);
    expect(double.calendar.events()).toHaveLength(1);
    expect(double.meet.spaces).toHaveLength(1);
  });

  it('finds the event of an interrupted creation, which can be cancelled, even without a link', async () => {
    const { provider, double } = await startGoogle(CALENDAR);
    const plan = planOf();
    expect(await provider.find!(plan, never())).toBeNull();
    double.pendingPolls = 20;
    await expect(provider.create(plan, false, never())).rejects.toMatchObject({ code: 'pending' });
    const found = await provider.find!(plan, never());
    expect(found?.data).toEqual({ event: double.calendar.events()[0]!.id });
    await provider.cancel(found!, plan, never());
    expect(double.calendar.events()).toEqual([]);
    expect(await provider.find!(plan, never())).toBeNull();
  });

  it('moves an event and keeps its link', async () => {
    const { provider, plan, meeting, event } = await createdEvent();
    const later = { ...plan, scheduledAt: plan.scheduledAt + 60 * MINUTE };
    expect(await provider.update(meeting, later, never())).toEqual(meeting);
    expect(event().start.dateTime).toBe(new Date(later.scheduledAt).toISOString());
  });

  it('gives an event a new link if a person has removed the first one', async () => {
    const { provider, double, plan, meeting, event } = await createdEvent();
    double.calendar.removeLink(event().id);
    await expect(provider.link(meeting, plan, PATIENT, never())).rejects.toMatchObject({ kind: 'missing' });
    const updated = await provider.update(meeting, plan, never());
    expect(updated.meetingId).not.toBe(meeting.meetingId);
    await provider.link(updated, plan, PATIENT, never());
  });

  it('reports an event that a person has deleted as missing, also after Google has removed it', async () => {
    const { provider, double, plan, meeting, event } = await createdEvent();
    const { id } = event();
    double.calendar.remove(id);
    for (const remove of [() => undefined, () => double.calendar.purge(id)]) {
      remove();
      const missing = { kind: 'missing' };
      await expect(provider.link(meeting, plan, PATIENT, never())).rejects.toMatchObject(missing);
      await expect(provider.update(meeting, plan, never())).rejects.toMatchObject(missing);
      await provider.cancel(meeting, plan, never());
    }
  });

  it('deletes the event of a cancelled visit, and counts a deleted one as cancelled', async () => {
    const { provider, double, plan, meeting } = await createdEvent();
    await provider.cancel(meeting, plan, never());
    await provider.cancel(meeting, plan, never());
    expect(double.calendar.events()).toEqual([]);
    expect(double.count('DELETE')).toBe(2);
  });

  it('reads the records of the conferences behind the link', async () => {
    const { provider, double, plan, meeting } = await createdEvent();
    double.leave(double.join(meeting.meetingId, 'Mia'));
    const [record] = await provider.attendance(meeting, plan, never());
    expect(record!.stays).toMatchObject([{ person: { name: 'Mia' } }]);
  });

  it('keeps the event of a visit that has ended', async () => {
    const { provider, double, plan, meeting } = await createdEvent();
    await provider.end(meeting, plan, never());
    expect(double.calendar.events()).toHaveLength(1);
  });
});

describe('GoogleCalendarSync', () => {
  const CALENDAR_ID = 'c_visits@group.calendar.google.com';
  const PAGE = 'https://visits.test/join/sess_4f1d6a2b-9c3e';

  async function start() {
    const { double, settings, clock } = await startGoogle({ GOOGLE_CALENDAR_ID: CALENDAR_ID });
    double.calendar.addCalendar(CALENDAR_ID);
    const sync = new GoogleCalendarSync(settings, settings.calendarId!, clock);
    return { double, sync, events: () => double.calendar.events(CALENDAR_ID) };
  }

  it('puts a visit into the calendar with its page, and without names, guests and Meet link', async () => {
    const { sync, events } = await start();
    const plan = planOf();
    await sync.put(plan, PAGE, never());
    expect(events()).toEqual([
      {
        id: expect.stringMatching(/^[a-v0-9]{5,1024}$/) as string,
        status: 'confirmed',
        summary: 'Video visit',
        description: PAGE,
        location: PAGE,
        start: { dateTime: new Date(plan.scheduledAt).toISOString(), timeZone: 'Europe/Berlin' },
        end: { dateTime: new Date(plan.scheduledAt + 30 * MINUTE).toISOString(), timeZone: 'Europe/Berlin' },
        visibility: 'private',
        guestsCanInviteOthers: false,
        guestsCanSeeOtherGuests: false,
      },
    ]);
  });

  it('names people whose names are shared, without inviting them', async () => {
    const { sync, events } = await start();
    const people = [
      { ...DOCTOR, displayName: 'Dr. Weber' },
      { ...PATIENT, displayName: 'Mia', email: 'mia@home.test' },
    ];
    await sync.put(planOf({ people }), PAGE, never());
    expect(events()).toMatchObject([{ summary: 'Video visit: Dr. Weber, Mia' }]);
    expect(JSON.stringify(events())).not.toContain('mia@home.test');
  });

  it('moves the one event of a visit, also in another generation and after a lost answer', async () => {
    const { sync, double, events } = await start();
    double.fail('lost');
    const plan = planOf();
    await sync.put(plan, PAGE, never());
    const later = { ...plan, generation: 2, scheduledAt: plan.scheduledAt + 60 * MINUTE };
    await sync.put(later, PAGE, never());
    await sync.put(later, PAGE, never());
    expect(events().map(({ start }) => start.dateTime)).toEqual([new Date(later.scheduledAt).toISOString()]);
  });

  it('removes a visit, a missing one too, and restores it', async () => {
    const { sync, events } = await start();
    const plan = planOf();
    await sync.remove(plan.sessionId, never());
    await sync.put(plan, PAGE, never());
    await sync.remove(plan.sessionId, never());
    await sync.remove(plan.sessionId, never());
    expect(events()).toEqual([]);
    await sync.put(plan, PAGE, never());
    expect(events()).toHaveLength(1);
  });

  it('fails with unavailable while Google is down', async () => {
    const { sync, double } = await start();
    double.down();
    await expect(sync.put(planOf(), PAGE, never())).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('checks whether the calendar can be used', async () => {
    const { sync, double } = await start();
    expect(await sync.check(never())).toMatchObject({ ok: true });
    double.fail('scope');
    expect(await sync.check(never())).toMatchObject({
      ok: false,
      detail: 'Failed: insufficientPermissions.',
    });
  });
});
