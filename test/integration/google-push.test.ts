import { createHmac } from 'node:crypto';
import type { MeetSubscription } from '@televisit/server/providers/google/meet-subscription';
import type { WebhookRequest } from '@televisit/server/providers/meeting-provider';
import { describe, expect, it } from 'vitest';
import { MINUTE, never, planOf, startGoogle } from '../support/fixtures/google-adapter.ts';
import type { MeetChange } from '../support/infra/google-double-meet.ts';
import type { PushClaims } from '../support/infra/google-double-push.ts';
import type { GoogleDouble } from '../support/infra/google-double.ts';
import { TOPIC, USER_ID } from '../support/infra/google-double.ts';

const PUSH = {
  GOOGLE_PUBSUB_AUDIENCE: 'https://visits.test/webhooks/google-meet',
  GOOGLE_PUBSUB_EMAIL: 'push@clinic-1234.iam.gserviceaccount.com',
  GOOGLE_PUBSUB_TOPIC: TOPIC,
  GOOGLE_USER_ID: USER_ID,
};

const requestOf = (
  double: GoogleDouble,
  change: MeetChange,
  claims?: Partial<PushClaims>,
): WebhookRequest => ({
  path: '',
  now: Date.now(),
  ...double.push.push(change, claims),
});

/** Lets a person enter and leave a meeting, and returns the changes in their order. */
async function visit(env: Record<string, string> = {}) {
  const under = await startGoogle({ ...PUSH, ...env });
  const { double, provider } = under;
  const changes: MeetChange[] = [];
  double.meet.onChange = (change) => void changes.push(change);
  const meeting = await provider.create(planOf(), false, never());
  const at = Date.now() - 20 * MINUTE;
  const session = double.join(meeting.meetingId, 'Mia', { at });
  double.leave(session, at + 5 * MINUTE);
  const receive = (change: MeetChange, claims?: Partial<PushClaims>) =>
    provider.receive(requestOf(double, change, claims));
  return { ...under, meeting, at, session, changes, receive };
}

describe('GoogleMeetProvider.receive', () => {
  it.each(['spaces', 'calendar'])('reads all events of a visit with %s', async (GOOGLE_MEET_MODE) => {
    const { changes, receive, meeting, at, session } = await visit({ GOOGLE_MEET_MODE });
    const events = [];
    for (const change of changes) events.push(...(await receive(change)).events);
    const { meetingId } = meeting;
    const stay = { id: session, person: { name: 'Mia' } };
    const key = expect.any(String) as string;
    expect(events).toEqual([
      { key, meetingId, type: 'started', at },
      { key, meetingId, type: 'joined', at, stay },
      { key, meetingId, type: 'left', at: at + 5 * MINUTE, stay },
      { key, meetingId, type: 'emptied', at: at + 5 * MINUTE },
    ]);
    expect(new Set(events.map((event) => event.key)).size).toBe(4);
  });

  it('returns the same events again for repeated deliveries, in any order', async () => {
    const { changes, receive } = await visit();
    const inOrder = await Promise.all(changes.map((change) => receive(change)));
    const backwards = [];
    for (const change of [...changes].reverse()) backwards.push(await receive(change));
    expect(backwards.reverse()).toEqual(inOrder);
  });

  it('reads Google’s keys once, and again when a new key is used', async () => {
    const { changes, receive, double, clock } = await visit();
    await receive(changes[0]!);
    await receive(changes[1]!);
    expect(double.push.keyRequests).toBe(1);
    double.push.rotate();
    clock.aheadMs = 61_000;
    await receive(changes[2]!);
    expect(double.push.keyRequests).toBe(2);
  });

  it('does not read the keys for each forged key id, but reads them again when they expire', async () => {
    const { changes, receive, provider, double, clock } = await visit();
    await receive(changes[0]!);
    const forged = requestOf(double, changes[0]!);
    double.push.rotate();
    for (let attempt = 0; attempt < 5; attempt++) {
      await expect(receive(changes[0]!)).rejects.toMatchObject({ code: 'webhook_signature' });
    }
    expect(double.push.keyRequests).toBe(1);
    clock.aheadMs = 19_856_000;
    double.skewMs = clock.aheadMs;
    await provider.receive(forged);
    expect(double.push.keyRequests).toBe(2);
  });

  it.each<[string, Partial<PushClaims>]>([
    ['for another audience', { aud: 'https://other.test/' }],
    ['of another account', { email: 'other@clinic-1234.iam.gserviceaccount.com' }],
    ['of an address that is not verified', { email_verified: false }],
    ['of another issuer', { iss: 'https://accounts.other.test' }],
  ])('refuses a token %s', async (_, claims) => {
    const { changes, receive } = await visit();
    await expect(receive(changes[0]!, claims)).rejects.toMatchObject({ code: 'webhook_signature' });
  });

  it('refuses an expired token as expired', async () => {
    const { changes, receive } = await visit();
    const now = Math.floor(Date.now() / 1000);
    const claims = { iat: now - 7200, exp: now - 3600 };
    await expect(receive(changes[0]!, claims)).rejects.toMatchObject({
      code: 'webhook_expired',
      message: 'The token of the push has expired more than 60 seconds ago.',
    });
  });

  it('refuses requests without a token, with garbage, and with a token that its public key signs', async () => {
    const { changes, provider, double } = await visit();
    const request = requestOf(double, changes[0]!);
    const [head = '', payload = ''] = request.headers.authorization!.replace('Bearer ', '').split('.');
    const header = Buffer.from(
      JSON.stringify({ ...(JSON.parse(Buffer.from(head, 'base64url').toString()) as object), alg: 'HS256' }),
    ).toString('base64url');
    const { body } = double.push.keys();
    const mac = createHmac('sha256', JSON.stringify(body)).update(`${header}.${payload}`).digest('base64url');
    for (const authorization of [
      undefined,
      '',
      'Bearer',
      'Bearer x.y.z',
      `Bearer ${header}.${payload}.${mac}`,
    ]) {
      const forged = { ...request, headers: { ...request.headers, authorization } };
      await expect(provider.receive(forged)).rejects.toMatchObject({ code: 'webhook_signature' });
    }
  });

  it('ignores events of other kinds, of records that do not exist, and bodies that are no push', async () => {
    const { changes, receive, provider, double } = await visit();
    const [started, joined] = changes as [MeetChange, MeetChange];
    const recording = { ...started, type: 'recording.v2.started' } as unknown as MeetChange;
    expect((await receive(recording)).events).toEqual([]);
    const gone = [
      { ...started, name: 'conferenceRecords/gone' },
      { ...started, name: '../../spaces' },
      { ...joined, name: 'conferenceRecords/gone/participants/1/participantSessions/2' },
      { ...joined, name: '' },
    ];
    for (const change of gone) expect((await receive(change)).events).toEqual([]);
    const request = requestOf(double, started);
    for (const rawBody of ['', 'null', '[]', '{"message":1}', '{"message":{"data":"?"}}']) {
      expect(await provider.receive({ ...request, rawBody: Buffer.from(rawBody) })).toEqual({ events: [] });
    }
  });

  it('fails with unavailable if the rest of an event cannot be read, so that Google sends it again', async () => {
    const { changes, receive, double } = await visit();
    await receive(changes[0]!);
    double.fail('error', 3);
    await expect(receive(changes[0]!)).rejects.toMatchObject({ kind: 'unavailable' });
    double.heal();
    expect((await receive(changes[0]!)).events).toHaveLength(1);
  });

  it('refuses everything if the settings name no push subscription', async () => {
    const { provider, double } = await startGoogle();
    const { name } = double.meet.create(true);
    const change: MeetChange = {
      type: 'conference.v2.started',
      name: 'conferenceRecords/1',
      space: name,
      at: 0,
    };
    expect(provider.capabilities.liveAttendance).toBe('poll');
    await expect(provider.receive(requestOf(double, change))).rejects.toMatchObject({
      code: 'webhook_signature',
    });
  });
});

describe('MeetSubscription.renew', () => {
  async function started() {
    const { provider, double } = await startGoogle(PUSH);
    return { double, subscription: provider.subscription as MeetSubscription };
  }

  it('creates the subscription, and renews it from then on', async () => {
    const { double, subscription } = await started();
    expect(await subscription.renew(never())).toBe('created');
    expect(await subscription.renew(never())).toBe('renewed');
    expect(double.push.subscriptions).toMatchObject([
      {
        targetResource: `//cloudidentity.googleapis.com/users/${USER_ID}`,
        notificationEndpoint: { pubsubTopic: TOPIC },
        payloadOptions: { includeResource: false },
        renewals: 1,
      },
    ]);
    expect(double.push.subscriptions[0]!.eventTypes).toContain('google.workspace.meet.participant.v2.left');
  });

  it('creates one subscription if two servers start at once', async () => {
    const { double, subscription } = await started();
    await Promise.all([subscription.renew(never()), subscription.renew(never())]);
    expect(double.push.subscriptions).toHaveLength(1);
  });

  it('reactivates a subscription that Google has suspended', async () => {
    const { double, subscription } = await started();
    await subscription.renew(never());
    double.push.subscriptions[0]!.state = 'SUSPENDED';
    await subscription.renew(never());
    expect(double.push.subscriptions[0]!.state).toBe('ACTIVE');
  });

  it('replaces a subscription with another topic', async () => {
    const { double, subscription } = await started();
    const { provider } = await startGoogle({
      ...PUSH,
      ...addressesOf(double),
      GOOGLE_PUBSUB_TOPIC: `${TOPIC}-old`,
    });
    await provider.subscription!.renew(never());
    expect(await subscription.renew(never())).toBe('created');
    expect(double.push.subscriptions.map((one) => one.notificationEndpoint.pubsubTopic)).toEqual([TOPIC]);
  });

  it('is not possible without a topic', async () => {
    const { provider } = await startGoogle();
    expect(provider.subscription).toBeNull();
  });
});

function addressesOf({ env }: GoogleDouble): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.endsWith('_URL')));
}
