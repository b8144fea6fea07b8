import { withCaption, type CaptionLine } from '@televisit/client/sdk/features/captions/caption-lines';
import type { CreateSessionRequest } from '@televisit/shared/api';
import type { CaptionsView, CaptionText } from '@televisit/shared/features/captions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProtocolClient } from '../support/clients/protocol-client.ts';
import { LiveSpeechDouble } from '../support/infra/live-speech-double.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { startServer } from '../support/infra/start-server.ts';
import type { TestServer } from '../support/infra/test-server.ts';

const patience = { timeout: 60_000 };

const watch = (one: ProtocolClient) => one.request('captions:watch', { on: true, translateTo: null });
const say = (one: ProtocolClient, utterance: number, text: string, final = true) =>
  one.request('captions:say', { utterance, text, final });
const seen = (one: ProtocolClient): CaptionsView | undefined => one.received('captions:changed').at(-1);
const caughtUp = (one: ProtocolClient) => one.request('presence:set', { away: false });

const read = (one: ProtocolClient) => one.received('captions:text');

/** The history of a page that first shows one connection, then the other. */
function history(before: readonly CaptionText[], after: readonly CaptionText[]): string[] {
  const add = (lines: readonly CaptionLine[], texts: readonly CaptionText[]) =>
    texts.reduce((all, text) => withCaption(all, text, 0), lines);
  // What the first connection left unfinished is taken back.
  const finished = add([], before).filter(({ final }) => final);
  return add(finished, after).map(({ userId, text, final }) => `${userId}: ${text}${final ? '' : '…'}`);
}

interface People {
  readonly doctor: ProtocolClient;
  readonly patient: ProtocolClient;
}

/** How a visit gets from one server to another. */
type Way = 'drained' | 'lost';

describe.skipIf(!MongoServer.available())('captions of a visit that moves to another server', () => {
  let mongo: MongoServer;

  beforeAll(async () => {
    mongo = await MongoServer.start();
  });
  afterAll(() => mongo.dispose());

  /** A visit on the first of two servers, whose patient agreed to captions, whose doctor refused, and reads them. */
  async function captioned(options: CreateSessionRequest['options'] = {}) {
    const uri = mongo.uriFor();
    const start = async (region: string) => {
      const speech = LiveSpeechDouble.forTest();
      const env = { MONGO_URI: uri, SFU_NODES: `${region}-1`, REGION: region };
      return { server: await startServer({ env, liveSpeech: speech }), speech };
    };
    const from = await start('eu');
    const to = await start('us');
    const known = async () =>
      (await from.server.api.listNodes()).nodes.filter(({ url }) => url !== '').length;
    await expect.poll(known, patience).toBe(2);
    const { sessionId, sfuNodeId } = await from.server.createVisit(undefined, {
      region: 'eu',
      options: { captions: 'on-request', ...options },
    });
    expect(sfuNodeId).toBe('eu-1');
    for (const [userId, given] of [
      ['doctor', false],
      ['patient', true],
    ] as const) {
      await from.server.api.setConsent(sessionId, userId, 'captions', { given, wording: 'clinic-1' });
    }
    const people = await join(from.server, sessionId);
    await watch(people.doctor);
    return { from, to, sessionId, people };
  }

  async function join(server: TestServer, sessionId: string): Promise<People> {
    const doctor = await ProtocolClient.join(server, sessionId, 'doctor');
    return { doctor, patient: await ProtocolClient.join(server, sessionId, 'patient') };
  }

  /** Moves everyone; the doctor reads again on the new server, as the page does. `between` runs before that. */
  async function move(
    way: Way,
    { to, sessionId, people }: Awaited<ReturnType<typeof captioned>>,
    between: (there: People) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<People> {
    const all = Object.values(people) as ProtocolClient[];
    if (way === 'drained') {
      await to.server.api.drainNode('eu-1', { deadlineSeconds: 60 });
      for (const one of all) await expect.poll(() => one.received('visit:moved'), patience).toHaveLength(1);
    } else {
      // As after a time in which the other server did not see this one.
      const { sessions } = to.server.televisit;
      await sessions.move(await sessions.get(sessionId));
      for (const one of all) await expect.poll(() => one.socket.connected, patience).toBe(false);
    }
    const there = await join(to.server, sessionId);
    await between(there);
    await watch(there.doctor);
    return there;
  }

  /** Ends the connections to the old server, which then gives up the visit. */
  async function leaveBehind({ from, people }: Awaited<ReturnType<typeof captioned>>): Promise<void> {
    for (const one of Object.values(people) as ProtocolClient[]) {
      // On a slow machine, the old server has ended the move by itself.
      if (one.socket.connected) await one.request('moved', {}).catch(() => undefined);
    }
    await expect.poll(() => from.server.televisit.rooms.size, patience).toBe(0);
  }

  async function expectDoctorRefuses({ doctor, patient }: People): Promise<void> {
    await expect
      .poll(() => seen(doctor), patience)
      .toMatchObject({ state: 'on', consent: false, ownSpeech: null, uncaptioned: 0 });
    await expect.poll(() => seen(patient), patience).toMatchObject({ consent: true, uncaptioned: 1 });
  }

  it.each<Way>(['drained', 'lost'])(
    'readers get what is said after their server was %s, everything once, and nothing of a person who refused',
    async (way) => {
      const visit = await captioned();
      const { from, to, people } = visit;
      await expect.poll(() => from.speech.open, patience).toHaveLength(1);
      const [old] = from.speech.open;
      old!.listener.final({ utterance: 1, text: 'Before the move.', startedAt: 1, endedAt: 2 });
      old!.listener.interim({ utterance: 2, text: 'And then' });
      await expect.poll(() => read(people.doctor), patience).toHaveLength(2);
      await expectDoctorRefuses(people);
      // The page no longer listens to this connection once it shows the other one.
      const before = read(people.doctor);

      const there = await move(way, visit);
      await expect.poll(() => to.speech.open, patience).toHaveLength(1);
      const [fresh] = to.speech.open;
      const during = { text: 'During the move.', startedAt: 3, endedAt: 4 };
      // For a while, both servers may hear the same person.
      old!.listener.final({ utterance: 2, ...during });
      fresh!.listener.final({ utterance: 1, ...during });
      await leaveBehind(visit);
      expect(from.speech.open).toEqual([]);
      old!.listener.final({ utterance: 3, text: 'Too late.', startedAt: 5, endedAt: 6 });
      fresh!.listener.interim({ utterance: 2, text: 'After' });
      fresh!.listener.final({ utterance: 2, text: 'After the move.', startedAt: 5, endedAt: 6 });
      await caughtUp(there.doctor);
      expect(history(before, read(there.doctor))).toEqual([
        'patient: Before the move.',
        'patient: During the move.',
        'patient: After the move.',
      ]);
      await expectDoctorRefuses(there);
      expect(to.speech.tracks).toHaveLength(1);
    },
  );

  it.each<Way>(['drained', 'lost'])(
    'readers get what a device sends after the server was %s, everything once, and nothing of a person who refused',
    async (way) => {
      const visit = await captioned({ captionsMadeOn: 'device' });
      const { from, to, people } = visit;
      await expect.poll(() => seen(people.patient)?.ownSpeech, patience).toBe('en');
      await say(people.patient, 1, 'Before the move.');
      await say(people.patient, 2, 'And then', false);
      await expect.poll(() => read(people.doctor), patience).toHaveLength(2);
      await expectDoctorRefuses(people);
      const before = read(people.doctor);

      const there = await move(way, visit, async ({ patient }) => {
        // The page keeps its engine until the first reader has arrived.
        await expect(say(patient, 2, 'And then it')).rejects.toMatchObject({ code: 'captions_not_wanted' });
        await expect.poll(() => seen(patient), patience).toMatchObject({ consent: true, ownSpeech: null });
      });
      await expect.poll(() => seen(there.patient)?.ownSpeech, patience).toBe('en');
      // The engine of the page counts on.
      await say(there.patient, 2, 'And then it', false);
      await say(there.patient, 2, 'And then it hurt.');
      await leaveBehind(visit);
      await say(there.patient, 3, 'After the move.');
      await expect(say(there.doctor, 1, 'Not mine.')).rejects.toMatchObject({ code: 'captions_not_agreed' });
      await caughtUp(there.doctor);
      expect(history(before, read(there.doctor))).toEqual([
        'patient: Before the move.',
        'patient: And then it hurt.',
        'patient: After the move.',
      ]);
      await expectDoctorRefuses(there);
      expect([...from.speech.tracks, ...to.speech.tracks]).toEqual([]);
    },
  );
});
