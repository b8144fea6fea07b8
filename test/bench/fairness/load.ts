/** The program of those who load the server in the bench, in a process of its own because they are on other machines. */
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { TelevisitApi } from '@televisit/api-client';
import { DEVICE_SOURCES } from '@televisit/shared/vocabulary';
import { Backend } from '../../support/clients/backend.ts';
import { ProtocolClient } from '../../support/clients/protocol-client.ts';
import { seatsWith, streamsOf } from '../../support/fixtures/large-visit.ts';
import { createSession } from '../../support/fixtures/visit.ts';
import { INTERNAL_SECRET } from '../../support/infra/settings.ts';

interface Import {
  readonly kind: 'import';
  readonly url: string;
  /** The number of sessions that a backend creates. */
  readonly count: number;
  readonly together: number;
}

interface Crowd {
  readonly kind: 'crowd';
  readonly url: string;
  /** The number of people who join one visit with microphone and camera. */
  readonly count: number;
  readonly together: number;
}

/** A load, of which `together` requests are under way at any time. */
export type LoadRequest = Import | Crowd;

export type LoadReport = { readonly seconds: number } | { readonly error: string };

const STREAMS_MS = 120_000;
/** How long each person who is in leaves the microphone on, and off, in milliseconds. */
const TOGGLE_MS = 2_000;
/** A backend that runs into a rate limit waits as it is told, and tries again. */
const RETRIES = 100;

let loads = 0;

async function importSessions({ url, count, together }: Import): Promise<void> {
  const api = new TelevisitApi({ baseUrl: url, secret: INTERNAL_SECRET, retries: RETRIES });
  const day = new Date(Date.now() + 24 * 3_600_000).toISOString();
  await allOf(count, together, async (number) => {
    await api.createSession({
      appointmentId: `import-${process.pid}-${loads}-${number}`,
      doctorId: `doctor-${number % 50}`,
      patientId: `patient-${number}`,
      scheduledAt: day,
    });
  });
}

async function joinTogether({ url, count, together }: Crowd): Promise<void> {
  const backend = new Backend(url);
  const seats = seatsWith(count - 2);
  const sessionId = await createSession(backend, seats, { options: { maxParticipants: 100 } });
  const people = Object.entries(seats);
  const inside: ProtocolClient[] = [];
  const leaving = new AbortController();
  const toggling: Promise<void>[] = [];
  try {
    await allOf(people.length, together, async (number) => {
      const [userId, { role }] = people[number]!;
      const one = await ProtocolClient.connect(backend, await backend.joinUrl(sessionId, role, userId));
      one.patience = STREAMS_MS;
      await one.prepare();
      const [microphone = ''] = await Promise.all(DEVICE_SOURCES.map((source) => one.produce(source)));
      await one.joinLive([...DEVICE_SOURCES]);
      inside.push(one);
      toggling.push(toggle(one, microphone, leaving.signal));
    });
    const deadline = performance.now() + STREAMS_MS;
    while (!inside.every((one) => streamsOf(one).length === (count - 1) * 2)) {
      if (performance.now() > deadline) throw new Error('A participant lacks streams of others.');
      await pause(50);
    }
  } finally {
    leaving.abort();
    for (const one of inside) one.socket.disconnect();
    await Promise.all(toggling);
  }
}

/** Turns a microphone off and on, which all others are told. */
async function toggle(one: ProtocolClient, producerId: string, leaving: AbortSignal): Promise<void> {
  for (let isOn = true; !leaving.aborted; isOn = !isOn) {
    await one.request(isOn ? 'producer:pause' : 'producer:resume', { producerId }).catch(() => undefined);
    await pause(TOGGLE_MS, undefined, { signal: leaving }).catch(() => undefined);
  }
}

/** Runs a step for each number below `count`, `together` of them at a time. */
async function allOf(
  count: number,
  together: number,
  step: (number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const run = async () => {
    while (next < count) await step(next++);
  };
  await Promise.all(Array.from({ length: together }, run));
}

async function load(request: LoadRequest): Promise<LoadReport> {
  loads += 1;
  const from = performance.now();
  if (request.kind === 'import') await importSessions(request);
  else await joinTogether(request);
  return { seconds: (performance.now() - from) / 1000 };
}

process.on('message', (request: LoadRequest) => {
  load(request).then(
    (report) => process.send?.(report),
    (error: unknown) =>
      process.send?.({ error: String((error as Error).stack ?? error) } satisfies LoadReport),
  );
});
