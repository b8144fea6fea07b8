/**
 * Measures a line from inside a namespace, for the lab's own tests:
 *   probe.ts serve             echoes UDP and swallows TCP on the port below, and writes "ready"
 *   probe.ts echo ADDRESS N    sends N datagrams, 5 ms apart; writes the round trips of those that came back, in ms
 *   probe.ts push ADDRESS MS   sends TCP at full rate for MS; writes the received rate in bit/s
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';

export const PROBE_PORT = 7000;

const SPACING_MS = 5;
const LAST_ECHO_MS = 1_500;

async function serve(): Promise<void> {
  const udp = createSocket('udp4', (message, { port, address }) => udp.send(message, port, address));
  udp.bind(PROBE_PORT);
  await once(udp, 'listening');
  // At the end of a connection it returns the number of bytes.
  const tcp = createServer({ allowHalfOpen: true }, (socket) => {
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    socket.on('end', () => socket.end(String(bytes)));
    socket.on('error', () => undefined);
  });
  tcp.listen(PROBE_PORT);
  await once(tcp, 'listening');
  process.stdout.write('ready\n');
}

async function echo(address: string, count: number): Promise<number[]> {
  const socket = createSocket('udp4');
  const roundTrips: number[] = [];
  socket.on('message', (message) => roundTrips.push(performance.now() - message.readDoubleLE()));
  const stamp = Buffer.alloc(8);
  for (let sent = 0; sent < count; sent++) {
    stamp.writeDoubleLE(performance.now());
    socket.send(Buffer.from(stamp), PROBE_PORT, address);
    await after(SPACING_MS);
  }
  const end = performance.now() + LAST_ECHO_MS;
  while (roundTrips.length < count && performance.now() < end) await after(SPACING_MS);
  socket.close();
  return roundTrips;
}

async function push(address: string, milliseconds: number): Promise<number> {
  const socket = connect(PROBE_PORT, address);
  await once(socket, 'connect');
  const answer = once(socket, 'data');
  const start = performance.now();
  const chunk = Buffer.alloc(64 * 1024);
  while (performance.now() - start < milliseconds) {
    if (!socket.write(chunk)) await once(socket, 'drain');
  }
  socket.end();
  const [bytes] = (await answer) as [Buffer];
  return (Number(bytes.toString()) * 8) / ((performance.now() - start) / 1000);
}

if (process.argv[1] === import.meta.filename) {
  const [mode, address = '', amount] = process.argv.slice(2);
  if (mode === 'serve') await serve();
  else {
    const measure = mode === 'echo' ? echo : push;
    process.stdout.write(JSON.stringify(await measure(address, Number(amount))));
  }
}
