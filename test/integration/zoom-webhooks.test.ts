import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MeetingEvent, MeetingProvider } from '@televisit/server/providers/meeting-provider';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DOCTOR, PATIENT, planAt } from '../contract/meeting-provider.ts';
import type { ZoomDouble } from '../support/infra/zoom-double.ts';
import { addressOf, startZoom } from '../support/infra/zoom-provider.ts';

const never = () => new AbortController().signal;

/** Starts a server that takes webhooks with an adapter. */
async function receiverOf(provider: MeetingProvider, double: ZoomDouble) {
  const events: MeetingEvent[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = request.headers as Record<string, string>;
      const webhook = { path: '', headers, rawBody: Buffer.concat(chunks), now: double.now() };
      Promise.resolve(webhook)
        .then((one) => provider.receive(one))
        .then(({ events: received, reply }) => {
          events.push(...received);
          response.writeHead(200).end(JSON.stringify(reply ?? {}));
        })
        .catch(() => response.writeHead(401).end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { events, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/zoom` };
}

async function visited() {
  const zoom = await startZoom();
  const { double, provider } = zoom;
  const plan = planAt(double.now());
  const meeting = await provider.create(plan, false, never());
  const doctor = addressOf(await provider.link(meeting, plan, DOCTOR, never()));
  const patient = addressOf(await provider.link(meeting, plan, PATIENT, never()));
  return { ...zoom, meeting, doctor, patient, ...(await receiverOf(provider, double)) };
}

describe('webhooks of Zoom', () => {
  it('report a visit in which everyone leaves and one person returns', async () => {
    const { double, events, url, doctor, patient } = await visited();
    await double.subscribe(url);
    const host = double.join(doctor);
    const guest = double.join(patient);
    double.advance(60_000);
    double.leave(guest);
    double.leave(host);
    double.advance(60_000);
    double.join(patient);
    await double.delivered();
    expect(events.map(({ type }) => type)).toEqual([
      ...['started', 'joined', 'joined', 'left', 'left', 'emptied'],
      ...['started', 'joined'],
    ]);
    const stays = events.flatMap((event) => ('stay' in event ? [event.stay.id] : []));
    expect(new Set(stays).size).toBe(3);
  });

  it('report the same events if they come twice, late and in another order', async () => {
    const { double, events, url, doctor, patient } = await visited();
    await double.subscribe(url);
    const host = double.join(doctor);
    double.leave(double.join(patient));
    double.leave(host);
    await double.delivered();
    const keys = events.map(({ key }) => key);
    double.advance(85 * 60_000);
    // The signature may be that of the first attempt.
    const signedAt = double.now() - 85 * 60_000;
    for (const event of [...double.account.events].reverse()) {
      expect(await double.post(event, signedAt)).toBe(200);
    }
    expect(events.slice(keys.length).map(({ key }) => key)).toEqual([...keys].reverse());
  });

  it('fail at an address whose server does not know the secret', async () => {
    const { double, url } = await visited();
    double.webhookSecret = 'another';
    await expect(double.subscribe(url)).rejects.toThrow('answered 401');
  });

  it('follow when a person joins from the page of the address', async () => {
    const { double, patient, doctor } = await visited();
    expect(await (await fetch(patient)).text()).toContain('<button>Join</button>');
    expect(double.account.events).toEqual([]);
    await fetch(doctor, { method: 'POST' });
    expect(double.account.events.map(({ event }) => event)).toEqual([
      'meeting.started',
      'meeting.participant_joined',
    ]);
    expect((await fetch(doctor.replace(/zak=.*/, 'zak=x'))).status).toBe(403);
  });
});
