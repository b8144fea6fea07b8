import { lookup } from 'node:dns/promises';
import { iceServers, type TurnConfig } from '../access/turn-credentials.ts';
import { attempt, CheckFailure, type Subject } from './finding.ts';
import { allocateOnce, TurnRefusal, type TurnAddress } from './turn-allocation.ts';

const DEADLINE_MS = 6_000;
/** Unauthorized, forbidden, and wrong credentials (RFC 8656, 19). */
const LOGIN_REFUSED = [401, 403, 441];

/** Returns the parts of a TURN URI (RFC 7065). */
export function turnAddressOf(url: string): TurnAddress {
  const [, scheme, host = '', port, transport] =
    /^(turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/i.exec(url) ?? [];
  const isSecure = scheme?.toLowerCase() === 'turns';
  return {
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port ?? (isSecure ? 5349 : 3478)),
    transport: isSecure ? 'tls' : transport?.toLowerCase() === 'tcp' ? 'tcp' : 'udp',
  };
}

/** The TURN servers: each must allocate a relayed address for credentials as participants get them. */
export function turn(config: TurnConfig | null, now: () => number): Subject {
  return {
    name: 'turn',
    check: async () => {
      if (config === null) return [];
      return Promise.all(
        config.urls.map((url) =>
          attempt(url, 'Start the TURN server, and open its ports in the firewall.', () =>
            allocate(url, config, now()),
          ),
        ),
      );
    },
  };
}

async function allocate(url: string, config: TurnConfig, now: number): Promise<string> {
  const [server] = iceServers(config, { sessionId: 'doctor', userId: 'doctor' }, now);
  const login = { username: server?.username ?? '', password: server?.credential ?? '' };
  const { host, ...rest } = turnAddressOf(url);
  // The certificate is for the name.
  const place = rest.transport === 'tls' ? host : (await lookup(host)).address;
  try {
    const relay = await allocateOnce({ host: place, ...rest }, login, DEADLINE_MS);
    return `relays at ${relay.address}, port ${relay.port}`;
  } catch (error) {
    if (!(error instanceof TurnRefusal) || !LOGIN_REFUSED.includes(error.code)) throw error;
    throw new CheckFailure(
      `refuses the credentials (${error.code})`,
      'TURN_SECRET must equal static-auth-secret of coturn, and the clocks must agree.',
      error,
    );
  }
}
