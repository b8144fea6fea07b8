import { ManualClock } from '@televisit/server/core/testing/manual-clock';
import { currentMeeting } from '@televisit/server/domain/meeting-steps';
import type { Session } from '@televisit/server/domain/session';
import { BACKEND, created } from '@televisit/server/domain/testing/sessions';
import { planOf } from '@televisit/server/providers/meeting-plan';
import type { MeetingEntry, MeetingProvider } from '@televisit/server/providers/meeting-provider';
import { ProviderError } from '@televisit/server/providers/provider-error';
import { refOf } from '@televisit/server/providers/provisioner';
import { meetingProcess } from '@televisit/server/providers/testing/meeting-fixture';
import { ScriptedProvider } from '@televisit/server/providers/testing/scripted-provider';
import { describe, expect, it } from 'vitest';
import type { ProviderHarness, ProviderUnderTest } from './meeting-harness.ts';

const MINUTE = 60_000;
const PLAN = { share: 'none', timeZone: 'UTC' } as const;

/** An adapter whose provider can die: before it answers the creation of a meeting, or at any time. */
interface Mortal {
  readonly provider: MeetingProvider;
  /** Whether the next creation takes effect, but is not answered. */
  dieWhenCreated: boolean;
  die(): Promise<void>;
  revive(): Promise<void>;
}

/** Wraps an adapter. Calls to a dead provider fail on the wire; if the adapter makes no calls, they fail here. */
function mortal({ provider, double }: ProviderUnderTest): Mortal {
  let isDead = false;
  const down = () => new ProviderError('unavailable', 'the provider does not answer', { code: 'dead' });
  const gates: Partial<MeetingProvider> = {
    create: async (...given) => {
      if (isDead && !double) throw down();
      const ref = await provider.create(...given);
      if (!life.dieWhenCreated) return ref;
      life.dieWhenCreated = false;
      await life.die();
      throw down();
    },
  };
  for (const call of ['update', 'cancel', 'end', 'link', 'attendance', 'check'] as const) {
    const gate = (...given: unknown[]): unknown => {
      if (isDead && !double) return Promise.reject(down());
      return (provider[call] as (...all: unknown[]) => unknown).apply(provider, given);
    };
    Object.assign(gates, { [call]: gate });
  }
  const life: Mortal = {
    provider: new Proxy(provider, {
      get: (target, key) => {
        const gate = Reflect.get(gates, key) as unknown;
        const value: unknown = gate ?? Reflect.get(target, key, target);
        return typeof value === 'function' && !gate ? (value.bind(target) as unknown) : value;
      },
    }),
    dieWhenCreated: false,
    die: async () => {
      isDead = true;
      await double?.down();
    },
    revive: async () => {
      isDead = false;
      await double?.up();
    },
  };
  return life;
}

/** Books a visit at the adapter under test, with a scripted provider as its fallback. @param minutes until the visit begins */
async function booked(harness: ProviderHarness, minutes = 10) {
  const under = await harness.start();
  const first = mortal(under);
  const second = new ScriptedProvider(under.provider.id === 'zoom' ? 'jitsi' : 'zoom');
  const clock = new ManualClock(under.now());
  const process = meetingProcess([first.provider, second], { clock });
  const { sessions, providers, provisioner, meetings, store, inbox } = process;
  const scheduledAt = Math.ceil(clock.now() / MINUTE) * MINUTE + minutes * MINUTE;
  const { session } = await sessions.create({ ...created().next, scheduledAt }, BACKEND, () =>
    providers.choose(null),
  );
  const { sessionId } = session;
  const changes = async () =>
    (await store.history(sessionId)).filter(({ type }) => type === 'session.provider_changed');
  const open = (userId: string) => meetings.open(sessionId, userId);
  /** Performs what is due until the provider has been asked again for everything that failed. */
  const settle = async (): Promise<Session> => {
    for (let round = 0; round < 3; round++) {
      clock.advance(6 * MINUTE);
      await provisioner.advance(sessionId);
    }
    return sessions.get(sessionId);
  };
  return { under, first, second, clock, sessions, provisioner, inbox, sessionId, changes, open, settle };
}

const urlOf = (entry: MeetingEntry) => (entry.kind === 'address' ? entry.url : '');
const statesOf = ({ meetings }: Session) => meetings.map(({ state }) => state);

/** Requires that a session is at the second provider alone, and that everyone is led there. */
async function expectSecond({
  second,
  open,
  changes,
  sessions,
  sessionId,
}: Awaited<ReturnType<typeof booked>>) {
  for (const userId of ['doctor-1', 'patient-1']) {
    const { entry, session } = await open(userId);
    expect(session.provider).toBe(second.id);
    expect(urlOf(entry)).toBe(second.url(second.open[0]!.meetingId, userId));
  }
  expect(second.meetings).toHaveLength(1);
  const session = await sessions.get(sessionId);
  expect(currentMeeting(session)).toMatchObject({ provider: second.id, generation: 2, state: 'ready' });
  expect(await changes()).toHaveLength(1);
}

/** The contract of every adapter with the provisioner of the core: what happens if its provider dies half way. */
export function describeFailover(harness: ProviderHarness): void {
  describe('as the first provider of a visit', () => {
    it('changes the provider once, and cancels the meeting, if the provider dies before it answers the creation', async () => {
      const visit = await booked(harness);
      const { first, provisioner, sessionId, settle, under } = visit;
      first.dieWhenCreated = true;
      const session = await provisioner.advance(sessionId, true);
      expect(session.provider).toBe(visit.second.id);
      await expectSecond(visit);
      await first.revive();
      expect(statesOf(await settle())).toEqual(['over', 'ready']);
      if (harness.keepsMeetings && harness.recognisesRepeats !== false) {
        expect(under.double!.meetings()).toEqual([]);
      }
      await expectSecond(visit);
    });

    it('changes the provider once, and cancels the meeting, if the provider dies after the creation', async () => {
      const visit = await booked(harness);
      const { first, provisioner, sessionId, settle, under, sessions } = visit;
      const ready = await provisioner.advance(sessionId);
      expect(currentMeeting(ready)).toMatchObject({ provider: under.provider.id, state: 'ready' });
      await first.die();
      await expectSecond(visit);
      await provisioner.advance(sessionId);
      // It cannot be cancelled yet, which is not forgotten.
      expect(statesOf(await sessions.get(sessionId))[0]).toBe('ready');
      await first.revive();
      expect(statesOf(await settle())).toEqual(['over', 'ready']);
      if (harness.keepsMeetings) expect(under.double!.meetings()).toEqual([]);
      await expectSecond(visit);
    });

    it('creates the meeting again at the same provider if the answer is lost before the window opens', async () => {
      const { first, provisioner, sessionId, settle, sessions, changes, under, second } = await booked(
        harness,
        harness.capabilities.created === 'booking' ? 60 : 22,
      );
      first.dieWhenCreated = true;
      const waiting = await provisioner.advance(sessionId);
      expect(currentMeeting(waiting)).toMatchObject({ provider: under.provider.id, state: 'creating' });
      await first.revive();
      const session = await settle();
      expect(currentMeeting(session)).toMatchObject({
        provider: under.provider.id,
        generation: 1,
        state: 'ready',
      });
      if (harness.keepsMeetings && harness.recognisesRepeats !== false) {
        expect(under.double!.meetings()).toEqual([currentMeeting(session)?.meetingId]);
      }
      expect(await changes()).toEqual([]);
      expect(second.meetings).toEqual([]);
      expect((await sessions.get(sessionId)).providerReason).toBeNull();
    });

    it.runIf(harness.sendsWebhooks)('keeps the provider while a participant is in the meeting', async () => {
      const visit = await booked(harness);
      const { first, under, clock, sessionId, sessions, inbox, open, changes, second } = visit;
      const link = await open('patient-1');
      const present = await sessions.get(sessionId);
      const meeting = refOf(currentMeeting(present)!);
      const person = planOf(present, 1, PLAN).people.find(({ userId }) => userId === 'patient-1')!;
      const at = Math.floor(clock.now() / 1000) * 1000;
      const report = async (type: 'joined' | 'left', minutes: number) => {
        const attended = { person, link: { entry: link.entry }, stay: 1 };
        const event = { type, meeting, attended, at: at + minutes * MINUTE };
        await inbox.receive(under.provider.id, under.webhooks!.request(event));
      };
      const inside = async () => {
        const { intervals, visitors } = await sessions.get(sessionId);
        return [...intervals, ...visitors].filter(({ leftAt }) => leftAt === null).length;
      };
      inbox.start();
      await report('joined', 0);
      await expect.poll(inside).toBe(1);
      // Longer than a person may take on the way.
      clock.advance(3 * MINUTE);
      await first.die();
      await expect(open('doctor-1')).rejects.toMatchObject({ code: 'provider_unavailable' });
      expect(await changes()).toEqual([]);
      expect(second.meetings).toEqual([]);
      expect((await sessions.get(sessionId)).provider).toBe(under.provider.id);

      // Google is asked for the rest of an event.
      await first.revive();
      await report('left', 2);
      await first.die();
      await expect.poll(inside).toBe(0);
      await expectSecond(visit);
    });
  });
}
