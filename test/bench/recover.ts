/**
 * Measures how long video freezes when something fails: two participants in Chromium with fake devices, the same steps
 * as in `test/chaos`. A number is how often each failure happens; names after it choose rows.
 */
import { cpus, loadavg } from 'node:os';
import { labAvailable } from '../support/netlab/index.ts';
import { MongoServer } from '../support/infra/mongo-server.ts';
import { redisAvailable } from '../support/infra/redis-server.ts';
import { median } from '../support/measure/statistics.ts';
import { turnAvailable } from '../support/infra/turn-server.ts';
import { clusterRows, networkRows, signalingRows, workerRow, type Row } from './recover/rows.ts';

const [first = '', ...more] = process.argv.slice(2);
const times = /^\d+$/.test(first) ? Number(first) : 5;
const chosen = /^\d+$/.test(first) ? more : [first, ...more].filter(Boolean);

function tell([what, all]: Row): void {
  const [p50, most] = [median(all), Math.max(...all)].map((ms) => (ms / 1000).toFixed(2).padStart(6));
  console.log(`${what.padEnd(52)} ${p50}   ${most}   ${loadavg()[0]?.toFixed(1).padStart(12)}`);
}

console.log(`recover: each failure happens ${times} times; longest freeze of either video, in seconds`);
console.log(
  `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, shared by servers, workers and browsers`,
);
console.log(`${''.padEnd(52)}    p50      max   load average`);
const groups = {
  signaling: () => signalingRows(times, tell),
  worker: () => workerRow(times, tell),
  network: () => networkRows(times, tell),
  cluster: () => clusterRows(times, tell),
};
const possible: Readonly<Record<string, () => boolean>> = {
  network: () => labAvailable('rows of bad networks') && turnAvailable('the row of TURN'),
  cluster: () => MongoServer.available() && redisAvailable('rows of several servers'),
};
for (const [name, run] of Object.entries(groups)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  if (possible[name]?.() !== false) await run();
}
console.log('* clients without media on three servers: how long the servers had no path for their media');
