import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Whether a host is this machine itself. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host.toLowerCase() === 'localhost';
  return ipaddr.process(host).range() === 'loopback';
}
