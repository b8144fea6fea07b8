import jwt from 'jsonwebtoken';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MeetingRef } from '@televisit/server/providers/meeting-provider';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DOCTOR, PATIENT, planAt, remembering } from '../contract/meeting-provider.ts';
import { startZoom, addressOf, ZOOM_HOSTS } from '../support/infra/zoom-provider.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const never = () => new AbortController().signal;

describe('ZoomProvider calling Zoom', () => {
  it('fetches one token for calls at the same time, and another one before it expires', async () => {
    const { double, provider } = await startZoom();
    await Promise.all(Array.from({ length: 5 }, () => provider.check(never())));
    expect(double.tokensIssued).toBe(1);
    double.advance(HOUR - 61_000);
    await provider.check(never());
    expect(double.tokensIssued).toBe(1);
    double.advance(2000);
    await provider.check(never());
    expect(double.tokensIssued).toBe(2);
  });

  it.each(['token-401', 'token-400'] as const)('replaces a refused token once: %s', async (fault) => {
    const { double, provider } = await startZoom();
    double.fail(fault);
    await provider.create(planAt(double.now()), false, never());
    expect(double.tokensIssued).toBe(2);
    expect(double.meetings()).toHaveLength(1);
  });

  it('fails with misconfigured if the fresh token is refused too', async () => {
    const { double, provider } = await startZoom();
    double.fail('token-401', 'token-401');
    await expect(provider.create(planAt(double.now()), false, never())).rejects.toMatchObject({
      kind: 'misconfigured',
      code: '124',
    });
    expect(double.tokensIssued).toBe(2);
  });

  it('fails with misconfigured if the credentials are wrong', async () => {
    const { double, adapter } = await startZoom();
    const provider = adapter({ clientSecret: 'another' });
    await expect(provider.create(planAt(double.now()), false, never())).rejects.toMatchObject({
      kind: 'misconfigured',
      code: 'invalid_client',
    });
  });

  it('names the missing scope, and nothing of the request', async () => {
    const { double, provider } = await startZoom();
    double.scopes.delete('meeting:write:meeting:admin');
    const error = await provider
      .create(planAt(double.now()), false, never())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      kind: 'misconfigured',
      code: '4711',
      message: 'the Zoom app lacks scopes: meeting:write:meeting:admin',
    });
  });

  it('reads errors in XML', async () => {
    const { double, provider } = await startZoom();
    double.fail('xml');
    await expect(provider.create(planAt(double.now()), false, never())).rejects.toMatchObject({
      kind: 'refused',
      code: '300',
    });
  });

  it('repeats a call after an internal error of Zoom', async () => {
    const { double, provider } = await startZoom();
    double.fail('error', 'error');
    await provider.create(planAt(double.now()), false, never());
    expect(double.meetings()).toHaveLength(1);
  });

  it('makes one meeting if the answer to its creation is lost', async () => {
    const { double, provider } = await startZoom({ hosts: [ZOOM_HOSTS[0]!] });
    double.fail('lose-creation');
    const { meetingId } = await provider.create(planAt(double.now()), false, never());
    expect(double.meetings()).toEqual([meetingId]);
    expect(double.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('ends soon after its signal aborts', async () => {
    const { double, provider } = await startZoom();
    const stop = new AbortController();
    double.fail('stall');
    const call = provider.create(planAt(double.now()), false, stop.signal);
    await expect.poll(() => double.requests.length).toBe(1);
    stop.abort();
    await expect(call).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('gives up a call that Zoom does not answer', async () => {
    const { double, adapter } = await startZoom();
    double.fail('stall', 'stall', 'stall');
    // Longer than a pause of the impatient clock.
    const call = adapter({}, 3000).create(planAt(double.now()), false, never());
    await expect(call).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('sends the token nowhere but to the API that its answer names over the same scheme', async () => {
    const { adapter, double } = await startZoom();
    const rogue = createServer((_, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ access_token: 'x', expires_in: 3600, api_url: 'ftp://127.0.0.1' })),
    );
    await new Promise<void>((resolve) => rogue.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void rogue.close());
    const oauthUrl = `http://127.0.0.1:${(rogue.address() as AddressInfo).port}`;
    await expect(adapter({ oauthUrl }).create(planAt(double.now()), false, never())).rejects.toMatchObject({
      kind: 'refused',
    });
  });

  it('uses the address of the API in the settings', async () => {
    const { adapter, double } = await startZoom();
    const provider = adapter({ apiUrl: `${double.url}/v2/elsewhere` });
    await expect(provider.create(planAt(double.now()), false, never())).rejects.toThrow();
    expect(double.requests[0]?.path).toMatch(/^\/v2\/elsewhere\/users\//);
    double.problems.length = 0;
  });
});

describe('ZoomProvider.check', () => {
  const failures = async (provider: Awaited<ReturnType<typeof startZoom>>['provider']) =>
    (await provider.check(never())).filter(({ ok }) => !ok);

  it('reports wrong credentials', async () => {
    const { adapter } = await startZoom();
    expect(await failures(adapter({ accountId: 'other' }))).toMatchObject([{ name: 'credentials' }]);
  });

  it('names each missing scope', async () => {
    const { double, provider } = await startZoom();
    double.scopes.delete('meeting:update:status:admin');
    double.scopes.delete('report:read:list_meeting_participants:admin');
    const [result] = await failures(provider);
    expect(result).toMatchObject({ name: 'scopes' });
    expect(result?.detail).toBe(
      'The app lacks the scopes meeting:update:status:admin, report:read:list_meeting_participants:admin.',
    );
  });

  it('names a missing scope of the settings', async () => {
    const { double, adapter } = await startZoom();
    double.scopes.delete('user:update:user:admin');
    expect(await failures(adapter())).toEqual([]);
    expect(await failures(adapter({ assignLicences: true }))).toMatchObject([{ name: 'scopes' }]);
  });

  it('reports hosts who do not exist, are not active or have no licence, without naming them', async () => {
    const { double, users, adapter } = await startZoom();
    users[0]!.status = 'inactive';
    users[1]!.type = 1;
    const provider = adapter({ hosts: [...ZOOM_HOSTS, 'nobody@clinic.example'] });
    const results = await failures(provider);
    expect(results.map(({ name }) => name)).toEqual([1, 2, 3].map((one) => `host ${one} of ZOOM_HOSTS`));
    expect(JSON.stringify(results)).not.toContain('@');
    users[0]!.status = 'active';
    expect(await failures(adapter({ assignLicences: true, hosts: ZOOM_HOSTS }))).toEqual([]);
    expect(double.meetings()).toEqual([]);
  });

  it('reports a clock that differs from that of Zoom', async () => {
    const { double, provider } = await startZoom();
    double.clockAheadMs = 5 * MINUTE;
    const [result] = await failures(provider);
    expect(result?.detail).toBe('The clock of this server is 300 s behind that of Zoom.');
  });

  it('reports a provider that is down', async () => {
    const { double, provider } = await startZoom();
    double.down();
    expect(await failures(provider)).toMatchObject([
      { name: 'credentials', detail: 'Zoom cannot be reached.' },
    ]);
  });
});

describe('ZoomProvider.attendance', () => {
  /** Creates a meeting in which doctor and patient can enter. */
  async function visited() {
    const zoom = await startZoom();
    const { double, provider } = zoom;
    const plan = planAt(double.now());
    const created = await provider.create(plan, false, never());
    const links = {
      doctor: await provider.link(created, plan, DOCTOR, never()),
      patient: await provider.link(created, plan, PATIENT, never()),
    };
    const meeting: MeetingRef = remembering(created, links.doctor, links.patient);
    const attendance = () => provider.attendance(meeting, plan, never());
    const stay = (person: keyof typeof links, minutes: number) => {
      const inside = double.join(addressOf(links[person]));
      double.advance(minutes * MINUTE);
      double.leave(inside);
      return inside;
    };
    return { ...zoom, plan, meeting, attendance, stay, links };
  }

  it('names people by the references that links remembered', async () => {
    const { double, links, meeting, attendance, stay } = await visited();
    const doctor = double.join(addressOf(links.doctor));
    stay('patient', 5);
    double.leave(doctor);
    const [record] = (await attendance())!;
    expect(record!.stays.map(({ person }) => person.reference)).toEqual([
      meeting.data[`person:${DOCTOR.userId}`],
      meeting.data[`person:${PATIENT.userId}`],
    ]);
  });

  it('has a record for each run, whose UUIDs are encoded as Zoom demands', async () => {
    const { attendance, stay } = await visited();
    for (const minutes of [3, 4, 5]) stay('doctor', minutes);
    const records = (await attendance())!;
    expect(records.map(({ startedAt, endedAt }) => ((endedAt ?? 0) - startedAt) / MINUTE)).toEqual([3, 4, 5]);
    expect(records.map(({ stays }) => stays.length)).toEqual([1, 1, 1]);
  });

  it('gives stays the ids that events gave them', async () => {
    const { double, provider, attendance, stay } = await visited();
    stay('patient', 3);
    const ids = double.account.events.flatMap((event) =>
      provider.receive(double.sign(event)).events.flatMap((one) => ('stay' in one ? [one.stay.id] : [])),
    );
    expect((await attendance())!.flatMap(({ stays }) => stays.map(({ id }) => id))).toEqual([ids[0]]);
    expect(ids[0]).toBe(ids[1]);
  });

  it('reads the report if only one person came', async () => {
    const { double, attendance, stay } = await visited();
    stay('doctor', 7);
    expect((await attendance())![0]!.stays).toHaveLength(1);
    expect(double.requests.some(({ path }) => path.startsWith('/v2/report/meetings/'))).toBe(true);
  });

  it('has no stays of one person if the app may not read reports', async () => {
    const { double, attendance, stay } = await visited();
    double.scopes.delete('report:read:list_meeting_participants:admin');
    stay('doctor', 7);
    expect(await attendance()).toMatchObject([{ stays: [] }]);
  });

  it('is null while Zoom has not computed the records, and until half an hour has passed', async () => {
    const { double, attendance, stay } = await visited();
    double.account.recordsDelayMs = HOUR;
    stay('doctor', 7);
    expect(await attendance()).toBeNull();
    double.advance(31 * MINUTE);
    expect(await attendance()).toMatchObject([{ stays: [{}] }]);
  });

  it('is null for an account without records', async () => {
    const { double, attendance, stay } = await visited();
    double.account.isFree = true;
    stay('doctor', 7);
    expect(await attendance()).toBeNull();
  });

  it('has the first run of a meeting that was deleted', async () => {
    const { double, meeting, attendance, stay } = await visited();
    stay('doctor', 7);
    double.forget(meeting.meetingId);
    expect(await attendance()).toMatchObject([{ stays: [{}] }]);
  });

  it('leaves out people whom nobody admitted', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now(), { waitingRoom: true });
    const meeting = await provider.create(plan, false, never());
    const doctor = double.join(addressOf(await provider.link(meeting, plan, DOCTOR, never())));
    const patient = double.join(addressOf(await provider.link(meeting, plan, PATIENT, never())));
    double.advance(MINUTE);
    double.leave(patient);
    double.leave(doctor);
    const [record] = (await provider.attendance(meeting, plan, never()))!;
    expect(record!.stays.map(({ person }) => person.reference)).toEqual([meeting.hostId]);
  });
});

describe('ZoomProvider for clients with the Meeting SDK', () => {
  const sdk = { key: 'sdk-key', secret: 'sdk-secret-of-enough-length-000000' };

  it('signs for the SDK, and fetches a ZAK for the host', async () => {
    const { double, adapter } = await startZoom({ sdk });
    const provider = adapter();
    const plan = planAt(double.now());
    const meeting = await provider.create(plan, false, never());
    const { credentials, expiresAt } = await provider.credentials!(meeting, plan, DOCTOR, never());
    const claims = jwt.verify(credentials.signature!, sdk.secret, {
      algorithms: ['HS256'],
      clockTimestamp: double.now() / 1000,
    }) as Record<string, unknown>;
    expect(claims).toMatchObject({ appKey: 'sdk-key', sdkKey: 'sdk-key', mn: meeting.meetingId, role: 1 });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(7200);
    expect(claims.tokenExp).toBe(claims.exp);
    expect(credentials).toMatchObject({ sdkKey: 'sdk-key', meetingNumber: meeting.meetingId });
    expect(credentials.zak).toBe(`zak-of-${meeting.hostId}-7200`);
    expect(expiresAt).toBe(double.now() + 7_200_000);
  });

  it('gives guests no ZAK', async () => {
    const { double, adapter } = await startZoom({ sdk });
    const provider = adapter();
    const plan = planAt(double.now());
    const meeting = await provider.create(plan, false, never());
    const { credentials } = await provider.credentials!(meeting, plan, PATIENT, never());
    expect(jwt.decode(credentials.signature!)).toMatchObject({ role: 0 });
    expect(credentials).not.toHaveProperty('zak');
  });

  it('has no credentials without an SDK app', async () => {
    const { provider } = await startZoom();
    expect(provider.credentials).toBeUndefined();
  });
});

describe('ZoomProvider.find', () => {
  it('returns the meeting of an attempt that was interrupted, and null if there is none', async () => {
    const { double, provider } = await startZoom();
    const plan = planAt(double.now());
    expect(await provider.find(plan, never())).toBeNull();
    const created = await provider.create(plan, false, never());
    expect(await provider.find(plan, never())).toMatchObject({ meetingId: created.meetingId });
    expect(await provider.find({ ...plan, generation: 2 }, never())).toBeNull();
  });
});
