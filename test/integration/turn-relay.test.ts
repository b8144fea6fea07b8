import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { iceServers } from '@televisit/server/access/turn-credentials';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TurnServer, turnAvailable } from '../support/infra/turn-server.ts';
import { createLab, labAvailable, type NetworkLab } from '../support/netlab/index.ts';
import { ip } from '../support/netlab/namespaces.ts';

const SETTINGS = fileURLToPath(new URL('../../deploy/turnserver.conf', import.meta.url));
const SECRET = 'secret-of-the-turn-server-0123456789';
/** Addresses of the Internet, which exist only inside the namespace of the test. */
const RELAY = '11.0.0.1';
const RELAY_6 = '2a00:11::1';
const PEER = '11.0.0.2';
const PEER_6 = '2a00:11::2';
/** `user-quota` of the settings. */
const QUOTA = 12;
const FORBIDDEN = expect.stringContaining('403 (Forbidden IP)') as string;
const NEEDS = 'the relay of deploy/turnserver.conf';

describe.skipIf(!labAvailable(NEEDS) || !turnAvailable(NEEDS))('coturn with deploy/turnserver.conf', () => {
  let lab: NetworkLab;
  let turn: TurnServer;

  beforeAll(async () => {
    lab = await createLab();
    for (const address of [`${RELAY}/32`, `${PEER}/32`, `${RELAY_6}/128`, `${PEER_6}/128`]) {
      ip('-n', lab.server.namespace, 'addr', 'add', address, 'dev', 'lo');
    }
    const settings = `${readFileSync(SETTINGS, 'utf8')}\nrelay-ip=${RELAY_6}\n`;
    turn = await TurnServer.start({ ...lab.server, address: RELAY }, 3478, SECRET, settings);
    lab.run(lab.server, 'turnutils_peer', ['-L', PEER, '-L', PEER_6], { stdio: 'ignore' });
  });
  afterAll(async () => {
    await turn.close();
    await lab.close();
  });

  /** Sends packets to a peer with coturn's own client and the credentials of a participant. @returns what it writes */
  async function relay(peer: string, userId: string, relays = 1): Promise<string> {
    const config = { urls: [`turn:${RELAY}:3478`], secret: SECRET };
    const [server] = iceServers(config, { sessionId: 'sess_1', userId }, Date.now());
    const login = ['-u', server?.username ?? '', '-w', server?.credential ?? ''];
    const family = peer.includes(':') ? ['-x'] : [];
    const args = [...login, ...family, '-c', '-n', '2', '-m', String(relays), '-L', RELAY, '-e', peer, RELAY];
    const child = lab.run(lab.server, 'turnutils_uclient', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [output, errors] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
    return output + errors;
  }

  it.each([PEER, PEER_6])('relays to %s', async (peer) => {
    expect(await relay(peer, peer)).toContain('Total lost packets 0 ');
  });

  it.each([
    ['this host', '127.0.0.1', '0.0.0.0', '::1', '::ffff:127.0.0.1', '::'],
    ['private networks', '10.79.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', 'fc00::1', '64:ff9b::a4f:1'],
    ['cloud metadata and link-local addresses', '169.254.169.254', 'fe80::1'],
    ['everyone', '224.0.0.1', '255.255.255.255', 'ff02::1'],
  ])('does not relay to %s', async (_, ...peers) => {
    for (const peer of peers) expect([peer, await relay(peer, peer)]).toEqual([peer, FORBIDDEN]);
  });

  it('gives a participant who opens many ports no more than the quota, and others still theirs', async () => {
    expect(await relay(PEER, 'eve', QUOTA + 2)).toContain('486 (Allocation Quota Reached)');
    expect(await relay(PEER, 'eve')).toContain('486 (Allocation Quota Reached)');
    expect(await relay(PEER, 'ben')).toContain('Total lost packets 0 ');
  });
});
