import type { MeetingPlan } from '@televisit/server/providers/meeting-provider';
import { describe, expect, it } from 'vitest';
import { DOCTOR, PATIENT, planAt } from '../contract/meeting-provider.ts';
import { addressOf, startZoom, ZOOM_HOSTS } from '../support/infra/zoom-provider.ts';

const HOUR = 3_600_000;
const never = () => new AbortController().signal;
const WITH_EMAIL = { ...DOCTOR, email: 'doctor@clinic.example' };

/** Returns the plan of another visit. */
const visit = (plan: MeetingPlan, number: number, changes: Partial<MeetingPlan> = {}): MeetingPlan => ({
  ...plan,
  sessionId: `sess_${number}`,
  roomName: `room-${number}`,
  ...changes,
});

describe('ZoomProvider choosing a host', () => {
  it('gives visits at the same time different hosts, and none to the next one', async () => {
    const { double, users, provider } = await startZoom();
    const plan = planAt(double.now());
    const created = await Promise.all([1, 2].map((one) => provider.create(visit(plan, one), false, never())));
    expect(created.map(({ hostId }) => hostId).sort()).toEqual(users.map(({ id }) => id).sort());
    const creations = double.requests.filter(({ method }) => method === 'POST');
    expect(creations).toHaveLength(2);
    await expect(provider.create(visit(plan, 3), false, never())).rejects.toMatchObject({
      kind: 'limited',
      code: 'hosts_busy',
    });
    expect(double.meetings()).toHaveLength(2);
  });

  it('gives visits at the same time different hosts if two servers create them at once', async () => {
    const { double, adapter } = await startZoom();
    const plan = planAt(double.now());
    const created = await Promise.all(
      [1, 2].map((one) => adapter().create(visit(plan, one), false, never())),
    );
    expect(new Set(created.map(({ hostId }) => hostId)).size).toBe(2);
    expect(double.meetings()).toHaveLength(2);
  });

  it('spreads visits over the hosts', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now());
    const hosts: (string | null)[] = [];
    for (let count = 0; count < 6; count++) {
      const later = visit(plan, count, { scheduledAt: plan.scheduledAt + count * 2 * HOUR });
      hosts.push((await provider.create(later, false, never())).hostId);
    }
    const [first] = hosts;
    expect(hosts.filter((host) => host === first)).toHaveLength(3);
  });

  it('uses the next host after 100 changes of a host on a day', async () => {
    const { double, users, provider } = await startZoom();
    double.account.countChange(users[0]!, 100);
    const { hostId } = await provider.create(planAt(double.now()), false, never());
    expect(hostId).toBe(users[1]!.id);
  });

  it('fails with the time until midnight UTC if all hosts have used their 100 changes', async () => {
    const { double, users, provider } = await startZoom();
    for (const user of users) double.account.countChange(user, 100);
    const error = await provider
      .create(planAt(double.now()), false, never())
      .catch((reason: unknown) => reason);
    const midnight = Math.ceil(double.now() / (24 * HOUR)) * 24 * HOUR;
    expect(error).toMatchObject({ kind: 'limited' });
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(
      midnight - double.now() + 5000,
    );
    expect(double.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });

  it.each(['inactive', 'pending'] as const)('passes over a host who is %s', async (status) => {
    const { double, users, provider } = await startZoom();
    users[0]!.status = status;
    const { hostId } = await provider.create(planAt(double.now()), false, never());
    expect(hostId).toBe(users[1]!.id);
  });

  it('fails with misconfigured if no host exists', async () => {
    const { double, provider } = await startZoom({ hosts: ['unknown@clinic.example'] });
    await expect(provider.create(planAt(double.now()), false, never())).rejects.toMatchObject({
      kind: 'misconfigured',
      code: 'no_host',
    });
  });

  it('lets the host’s own user host if the e-mail address is shared', async () => {
    const { double, provider } = await startZoom();
    const own = double.account.addUser(WITH_EMAIL.email);
    const plan = planAt(double.now(), { people: [WITH_EMAIL, PATIENT] });
    const meeting = await provider.create(plan, false, never());
    expect(meeting.hostId).toBe(own.id);
    expect((await provider.create(plan, true, never())).meetingId).toBe(meeting.meetingId);
  });

  it('finds the meeting of a first attempt in the pool after the host got a user', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now(), { people: [WITH_EMAIL, PATIENT] });
    const meeting = await provider.create(plan, false, never());
    double.account.addUser(WITH_EMAIL.email);
    expect(await provider.create(plan, true, never())).toEqual(meeting);
  });

  it('creates a user for an unknown host, who hosts once active', async () => {
    const { double, users, adapter } = await startZoom();
    const plan = planAt(double.now(), { people: [WITH_EMAIL, PATIENT] });
    const pending = await adapter({ createUsers: 'create' }).create(plan, false, never());
    const created = double.account.user(WITH_EMAIL.email);
    expect(created).toMatchObject({ status: 'pending', type: 1 });
    expect(users.map(({ id }) => id)).toContain(pending.hostId);
    created.status = 'active';
    const next = await adapter({ createUsers: 'create' }).create(visit(plan, 2), false, never());
    expect(next.hostId).toBe(created.id);
  });

  it('uses the pool if the host’s e-mail address belongs to another account', async () => {
    const { double, users, provider } = await startZoom({ createUsers: 'ssoCreate' });
    double.account.foreignEmails.add(WITH_EMAIL.email);
    const plan = planAt(double.now(), { people: [WITH_EMAIL, PATIENT] });
    expect(users.map(({ id }) => id)).toContain((await provider.create(plan, false, never())).hostId);
  });

  it('deactivates a user', async () => {
    const { users, provider } = await startZoom();
    await provider.users.deactivate(users[0]!.id, never());
    expect(users[0]).toMatchObject({ status: 'inactive', type: 1 });
  });
});

describe('ZoomProvider assigning licences', () => {
  async function withBasicHosts() {
    const zoom = await startZoom({ assignLicences: true, hosts: [ZOOM_HOSTS[0]!] });
    for (const user of zoom.users) user.type = 1;
    const plan = planAt(zoom.double.now());
    return { ...zoom, plan, host: zoom.users[0]! };
  }

  it('gives the host a licence for the meeting, so that guests can be registered', async () => {
    const { provider, plan, host } = await withBasicHosts();
    const meeting = await provider.create(plan, false, never());
    expect(host.type).toBe(2);
    expect(addressOf(await provider.link(meeting, plan, PATIENT, never()))).toContain('tk=');
  });

  it.each(['end', 'cancel'] as const)('takes the licence back after %s', async (operation) => {
    const { provider, plan, host } = await withBasicHosts();
    const meeting = await provider.create(plan, false, never());
    await provider[operation](meeting, plan, never());
    expect(host.type).toBe(1);
  });

  it('leaves the licence to a host with another meeting soon', async () => {
    const { provider, plan, host } = await withBasicHosts();
    const meeting = await provider.create(plan, false, never());
    const soon = visit(plan, 2, { scheduledAt: plan.scheduledAt + HOUR });
    const next = await provider.create(soon, false, never());
    await provider.end(meeting, plan, never());
    expect(host.type).toBe(2);
    await provider.end(next, soon, never());
    expect(host.type).toBe(1);
  });

  it('gives the licence again when the host comes, if it was taken meanwhile', async () => {
    const { provider, plan, host } = await withBasicHosts();
    const meeting = await provider.create(plan, false, never());
    host.type = 1;
    await provider.link(meeting, plan, DOCTOR, never());
    expect(host.type).toBe(2);
  });

  it('lets the host in without a licence if none is left', async () => {
    const { double, provider, plan, host } = await withBasicHosts();
    const meeting = await provider.create(plan, false, never());
    host.type = 1;
    double.account.seats = 0;
    const link = await provider.link(meeting, plan, DOCTOR, never());
    expect(double.join(addressOf(link)).asHost).toBe(true);
  });

  it('fails with misconfigured if no host can have a licence', async () => {
    const { double, provider, plan } = await withBasicHosts();
    double.account.seats = 0;
    await expect(provider.create(plan, false, never())).rejects.toMatchObject({
      kind: 'misconfigured',
      code: '3412',
    });
    expect(double.meetings()).toEqual([]);
  });

  it('uses a host with a licence if none is left for another', async () => {
    const { double, users, plan, adapter } = await withBasicHosts();
    double.account.seats = 1;
    users[1]!.type = 2;
    const { hostId } = await adapter({ hosts: ZOOM_HOSTS }).create(plan, false, never());
    expect(hostId).toBe(users[1]!.id);
  });

  it('changes no licences unless told to', async () => {
    const { adapter, plan, host } = await withBasicHosts();
    const provider = adapter({ assignLicences: false });
    const meeting = await provider.create(plan, false, never());
    await provider.link(meeting, plan, DOCTOR, never());
    host.type = 2;
    await provider.end(meeting, plan, never());
    expect(host.type).toBe(2);
  });
});

describe('ZoomProvider with several hosts', () => {
  const SECOND = { ...WITH_EMAIL, userId: 'doctor-8', alias: 'd-2', email: 'second@clinic.example' };
  const people = [WITH_EMAIL, SECOND, PATIENT];

  /** Creates the meeting of a visit of two hosts, and returns how each of them enters. */
  async function two(type = 2, scopes: (all: Set<string>) => void = () => undefined) {
    const zoom = await startZoom();
    const { double, provider } = zoom;
    const own = double.account.addUser(WITH_EMAIL.email);
    const second = double.account.addUser(SECOND.email, { type });
    scopes(double.scopes);
    const plan = { ...planAt(double.now()), people };
    const meeting = await provider.create(plan, false, never());
    const enter = async (person: typeof DOCTOR, from = meeting) => {
      const link = await provider.link(from, plan, person, never());
      const { stay } = double.join(addressOf(link));
      return { link, zoomUserId: stay.zoomUserId };
    };
    return { ...zoom, own, second, plan, meeting, enter };
  }

  it('lets each host enter as their own Zoom user, and remembers who is who', async () => {
    const { own, second, enter } = await two();
    const first = await enter(WITH_EMAIL);
    const other = await enter(SECOND);
    expect([first.zoomUserId, other.zoomUserId]).toEqual([own.id, second.id]);
    expect(first.link.remember).toEqual({ 'person:doctor-7': own.id });
    expect(other.link.remember).toEqual({ 'person:doctor-8': second.id });
  });

  it('lets a host without a licence enter as the owner of the meeting', async () => {
    const { own, enter, double } = await two(1);
    expect((await enter(SECOND)).zoomUserId).toBe(own.id);
    expect(double.requests.some(({ method }) => method === 'PATCH')).toBe(false);
  });

  it('lets all hosts enter as the owner if the app has no scope for their tokens', async () => {
    const { own, enter } = await two(2, (scopes) => scopes.delete('user:read:token:admin'));
    expect((await enter(SECOND)).zoomUserId).toBe(own.id);
  });

  it('admits a host who is added, and no longer one who is removed', async () => {
    const { provider, plan, meeting, second, double, own } = await two();
    const fewer = await provider.update(meeting, { ...plan, people: [WITH_EMAIL, PATIENT] }, never());
    expect(fewer.data).not.toHaveProperty('host:doctor-8');
    const stored = () => double.account.meeting(meeting.meetingId).alternativeHosts;
    expect(stored()).toEqual([]);
    const again = await provider.update(fewer, plan, never());
    expect(stored()).toEqual([second]);
    expect(again.data['host:doctor-8']).toBe(second.id);
    expect(again.hostId).toBe(own.id);
  });

  it('keeps the meeting if Zoom fails to take the other hosts', async () => {
    const { double, provider } = await startZoom();
    const own = double.account.addUser(WITH_EMAIL.email);
    double.account.addUser(SECOND.email);
    const plan = { ...planAt(double.now()), people };
    double.account.countChange(own, 99);
    const meeting = await provider.create(plan, false, never());
    expect(double.meetings()).toEqual([meeting.meetingId]);
    const link = await provider.link(meeting, plan, SECOND, never());
    expect(double.join(addressOf(link)).stay.zoomUserId).toBe(own.id);
  });
});
