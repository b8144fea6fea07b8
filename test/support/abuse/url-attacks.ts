import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { INTERNAL_SECRET } from '../infra/settings.ts';
import { ask, inParallel, insiders, Tally, type Attack } from './attack.ts';

/** The ways to write 127.0.0.1, and names that resolve to it on most machines. */
const LOOPBACKS = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '017700000001',
  '127.0.0.1.',
  '0',
  '0.0.0.0',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '１２７.０.０.１',
  '127。0。0。1',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'ip6-localhost',
  hostname(),
];
const OTHERS = [
  '169.254.169.254',
  '[fd00:ec2::254]',
  'metadata.google.internal',
  '10.0.0.1',
  '192.168.1.1',
  '172.16.0.1',
  '100.64.0.1',
  '[fe80::1]',
  '[fd00::1]',
  'user:secret@127.0.0.1',
];

/**
 * URLs of private, loopback and metadata addresses in every field that takes one: endpoints of webhooks, which are tested at
 * once, and push subscriptions of participants. A listener on the loopback address counts what arrives.
 */
export const forgedRequests: Attack = async ({ url }, share) => {
  const tally = new Tally();
  const arrived: string[] = [];
  const listener: Server = createServer((request, response) => {
    arrived.push(`${request.method} ${request.headers.host}${request.url}`);
    response.end();
  }).listen(0, '::');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const [{ token, sessionId } = { token: '', sessionId: '' }] = await insiders(url, 1);
  const internal = { 'X-Internal-Secret': INTERNAL_SECRET, 'Content-Type': 'application/json' };
  const urls = [...LOOPBACKS, ...OTHERS].flatMap((host) => [
    `https://${host}:${port}/`,
    `http://${host}:${port}/`,
  ]);
  await inParallel(Math.max(1, Math.round(3 * share)) * urls.length, 4, async (index) => {
    const target = urls[index % urls.length]!;
    const created = await ask(url, '/webhook-endpoints', {
      method: 'POST',
      headers: internal,
      body: JSON.stringify({ url: target, enabled: false }),
    });
    tally.answer(`webhook ${created.status}`);
    if (created.status === 201) {
      const { endpointId } = JSON.parse(created.text) as { endpointId: string };
      const tested = await ask(url, `/webhook-endpoints/${endpointId}/test`, {
        method: 'POST',
        headers: internal,
      });
      const { delivered, error } = JSON.parse(tested.text) as { delivered?: boolean; error?: string };
      if (delivered !== false) tally.gotIn(`a webhook to ${target}`);
      tally.answer(`test: ${error}`);
      await ask(url, `/webhook-endpoints/${endpointId}`, { method: 'DELETE', headers: internal });
    }
    const subscribed = await ask(url, `/api/v1/visits/${sessionId}/push`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ endpoint: target, keys: { p256dh: 'x'.repeat(87), auth: 'x'.repeat(22) } }),
    });
    if (subscribed.status < 300 && subscribed.status !== 0) tally.gotIn(`a push subscription at ${target}`);
    tally.answer(`push ${subscribed.status}`);
  });
  for (const request of arrived) tally.gotIn(`${request} arrived at the loopback address`);
  listener.closeAllConnections();
  listener.close();
  return tally.outcome;
};
