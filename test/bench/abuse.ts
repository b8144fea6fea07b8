/**
 * Attacks a server of its own process, with SQLite, in which a doctor and a patient see each other in real browsers: what gets in,
 * how the received frame rate changes, how long an honest join takes meanwhile, and whether memory returns to its level.
 * Attackers, server and browsers share the machine; attackers run at the lowest priority.
 *
 * `abuse` runs every attack in full; `abuse 0.1` a tenth of it; names after the share select attacks by their beginning.
 */
import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { AttackedVisit, type Memory } from '../support/abuse/attacked-visit.ts';
import { ATTACKS, type AttackName } from '../support/abuse/attacks.ts';
import { percentile } from '../support/measure/statistics.ts';

const [first = '1', ...others] = process.argv.slice(2);
const share = Number.isNaN(Number(first)) ? 1 : Number(first);
const wanted = [...(Number.isNaN(Number(first)) ? [first] : []), ...others];
const names = (Object.keys(ATTACKS) as AttackName[]).filter(
  (name) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)),
);
const CALM_MS = 10_000;
/** Each attack is repeated until it has lasted this long, so that there are enough samples of the frame rate. */
const LEAST_MS = 10_000;
const JOIN_EVERY_MS = 1_000;
const WARM_UP_SHARE = 0.02;
/** What closes after an attack has closed by then: sockets, rooms, and what waits for their time-outs. */
const SETTLE_MS = 8_000;
const MEGABYTE = 1024 * 1024;

/** Joins once a second while something runs. @returns the times, in milliseconds; Infinity for a failed join */
async function joiningDuring(visit: AttackedVisit, work: () => Promise<unknown>): Promise<number[]> {
  const state = { isRunning: true };
  const running = work().finally(() => (state.isRunning = false));
  const times: number[] = [];
  while (state.isRunning) {
    times.push(await visit.join().catch(() => Infinity));
    await wait(JOIN_EVERY_MS);
  }
  await running;
  return times;
}

/** Returns the frames a second that both receive and send, the mean of the two. */
function ratesSince(visit: AttackedVisit, marks: readonly number[]) {
  const rates = visit.rates.map((rate, index) => rate.since(marks[index] ?? 0));
  const mean = (pick: (one: (typeof rates)[number]) => number) =>
    rates.reduce((sum, one) => sum + pick(one), 0) / rates.length;
  return { received: mean(({ received }) => received), sent: mean(({ sent }) => sent) };
}

const marksOf = (visit: AttackedVisit) => visit.rates.map(({ mark }) => mark);
const megabytes = ({ server, heap, workers }: Memory) =>
  [server, heap, workers].map((bytes) => (bytes / MEGABYTE).toFixed(0)).join('/');

async function measure(visit: AttackedVisit, name: AttackName): Promise<string[]> {
  const memoryBefore = await visit.memory();
  let marks = marksOf(visit);
  const calmJoins = await joiningDuring(visit, () => wait(CALM_MS));
  const before = ratesSince(visit, marks);
  marks = marksOf(visit);
  let count = 0;
  const gotIn = new Set<string>();
  const answers: Record<string, number> = {};
  const joins = await joiningDuring(visit, async () => {
    const from = performance.now();
    do {
      const outcome = await visit.attack(name, share);
      count += outcome.count;
      for (const one of outcome.gotIn) gotIn.add(one);
      for (const [answer, times] of Object.entries(outcome.answers))
        answers[answer] = (answers[answer] ?? 0) + times;
    } while (performance.now() - from < LEAST_MS);
  });
  const during = ratesSince(visit, marks);
  await wait(SETTLE_MS);
  const memoryAfter = await visit.memory();
  marks = marksOf(visit);
  await wait(CALM_MS / 2);
  const after = ratesSince(visit, marks);
  const top = Object.entries(answers)
    .slice(0, 5)
    .map(([answer, times]) => `${answer} ${times}`)
    .join(', ');
  console.log(`${name}: ${top}`);
  for (const one of gotIn) console.log(`  GOT IN: ${one}`);
  const change = (during.received / before.received - 1) * 100;
  return [
    name,
    count.toLocaleString('en'),
    String(gotIn.size),
    [before, during, after].map(({ received }) => received.toFixed(1)).join(' / '),
    `${change.toFixed(1)}%`,
    [before, during, after].map(({ sent }) => sent.toFixed(1)).join(' / '),
    `${percentile(calmJoins, 0.5).toFixed(0)} / ${percentile(joins, 0.5).toFixed(0)} / ${Math.max(...joins).toFixed(0)}`,
    `${megabytes(memoryBefore)} -> ${megabytes(memoryAfter)}`,
  ];
}

console.log(
  `abuse: share ${share}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, shared by all`,
);
const visit = await AttackedVisit.open();
try {
  // Code is compiled and caches are filled before memory is measured.
  for (const name of names) await visit.attack(name, WARM_UP_SHARE);
  await wait(SETTLE_MS);
  const rows: string[][] = [];
  for (const name of names) rows.push(await measure(visit, name));
  const header = [
    'Attack',
    'Count',
    'Got in',
    'Frames/s received before / during / after',
    'Change',
    'Frames/s sent',
    'Join before / during (p50, max), ms',
    'Memory server/heap/workers, MB',
  ];
  console.log(
    `\n${[header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')}`,
  );
} finally {
  await visit.close();
}
