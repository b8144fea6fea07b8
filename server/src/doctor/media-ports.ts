import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AnnouncedAddressError, AnnouncedAddresses } from '../media/announced-addresses.ts';
import type { Clock } from '../core/clock.ts';
import { attempt, CheckFailure, failed, passed, type Finding, type Subject } from './finding.ts';

export interface MediaPortsOptions {
  readonly listenIps: readonly string[];
  /** Port 0 is any free one. */
  readonly ports: readonly number[];
  readonly announcedAddresses: readonly string[];
  /** Whether a server with these settings runs now, and so has the ports. */
  readonly isRunning: () => Promise<boolean>;
  readonly clock: Clock;
}

/** The ports of media, and the addresses at which clients reach them. */
export function mediaPorts(options: MediaPortsOptions): Subject {
  return {
    name: 'media',
    check: async () => [...(await checkPorts(options)), ...(await checkAddresses(options))],
  };
}

async function checkPorts({ listenIps, ports, isRunning }: MediaPortsOptions): Promise<Finding[]> {
  const fixed = ports.filter((port) => port !== 0);
  const findings: Finding[] = [];
  for (const ip of listenIps)
    for (const port of fixed)
      for (const protocol of ['UDP', 'TCP'] as const) {
        const name = `${protocol} port ${port} at ${ip}`;
        findings.push(
          await attempt(name, 'Check LISTEN_IP and RTC_PORT.', async () => {
            try {
              await bind(protocol, ip, port);
              return 'is free';
            } catch (error) {
              return explain(error, isRunning);
            }
          }),
        );
      }
  return findings;
}

async function explain(error: unknown, isRunning: () => Promise<boolean>): Promise<string> {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      if (await isRunning()) return 'is used by the running server';
      throw new CheckFailure('is used by another program', 'Stop it, or set RTC_PORT to a free port.', error);
    case 'EADDRNOTAVAIL':
      throw new CheckFailure(
        'this machine has no such address',
        'Set LISTEN_IP to an address of this machine, or to 0.0.0.0 and :: for all.',
        error,
      );
    default:
      throw error;
  }
}

async function bind(protocol: 'UDP' | 'TCP', ip: string, port: number): Promise<void> {
  if (protocol === 'UDP') {
    const socket = createSocket({ type: isIPv6(ip) ? 'udp6' : 'udp4', ipv6Only: isIPv6(ip) });
    const bound = once(socket, 'listening');
    socket.bind({ address: ip, port, exclusive: true });
    await bound.finally(() => socket.close());
    return;
  }
  const server = createServer();
  const listening = once(server, 'listening');
  server.listen({ host: ip, port, ipv6Only: isIPv6(ip) });
  await listening.finally(() => server.close());
}

async function checkAddresses({
  announcedAddresses,
  listenIps,
  clock,
}: MediaPortsOptions): Promise<Finding[]> {
  const all: string[] = [];
  const findings: Finding[] = [];
  for (const host of announcedAddresses) {
    try {
      await using one = await AnnouncedAddresses.open({ hosts: [host], listenIps, clock, logger: SILENT });
      all.push(...one.current);
      const isName = !ipaddr.isValid(host);
      findings.push(
        ...one.current.map((address) =>
          describe(address, isName ? `${host} resolves to ${address}` : address),
        ),
      );
    } catch (error) {
      if (!(error instanceof AnnouncedAddressError)) throw error;
      findings.push(failed('announced address', error.message, 'Correct ANNOUNCED_ADDRESS or LISTEN_IP.'));
    }
  }
  return [...findings, ...familyNotes(all)];
}

function describe(address: string, text: string): Finding {
  const range = ipaddr.process(address).range();
  if (range === 'unicast') return passed('announced address', text);
  if (range === 'loopback' || range === 'unspecified') {
    return failed(
      'announced address',
      `${text}, which only this machine reaches`,
      'Set ANNOUNCED_ADDRESS to the address at which browsers reach this machine.',
    );
  }
  return passed(
    'announced address',
    `${text}, which only clients in the same network reach (${range})`,
    true,
  );
}

function familyNotes(addresses: readonly string[]): Finding[] {
  if (addresses.length === 0 || addresses.some(isIPv6)) return [];
  const detail =
    'none; some mobile networks have IPv6 only, and reach the server through their NAT64 or a TURN server';
  return [passed('IPv6 address', detail, true)];
}

const silent = () => undefined;
const SILENT = { info: silent, warn: silent, error: silent } as never;
