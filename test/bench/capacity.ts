/**
 * Measures what one machine carries: streams on a worker's core, the processor and latency of the worker, and the
 * memory of connections and visits without media. Streams are real SRTP over loopback from senders in this process to
 * receivers on another worker.
 */
import { cpus, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { median, percentile } from '../support/measure/statistics.ts';
import { idleSockets, idleVisits } from './capacity/idle.ts';
import { MediaLoad } from './capacity/media-load.ts';
import { SRTP_SUITE } from '../support/clients/srtp.ts';

/** Share of its core up to which a worker is loaded, and the tolerance. */
const TARGET = 0.8;
const NEAR = 0.02;
const FIRST_VISITS = 10;
const MOST_GROWTH = 1.3;
const DRAINED_MS = 3_000;
const ROUNDS = 20;
/** From here on the other end is saturated: as share of a core, and as latency of its own packets (p99, ms). */
const OTHERS_FULL = { share: 0.97, pastMs: 100 };
/** Share of the due packets that must be sent for a figure to describe the worker. */
const KEPT_UP = 0.97;
const RUNS = 5;
const RUN_MS = 4_000;
const SETTLE_MS = 2_000;
/** Loss above which a figure describes the senders rather than the worker. */
const MAX_LOSS = 0.001;

interface Window {
  readonly share: number;
  /** Of the core that the other end has. */
  readonly others: number;
  readonly packets: number;
  readonly secondsPerMillion: number;
}

async function window(load: MediaLoad, milliseconds: number): Promise<Window> {
  const before = {
    at: performance.now(),
    cpu: load.cpuSeconds,
    others: load.othersCpuSeconds,
    packets: load.forwarded,
  };
  await pause(milliseconds);
  const cpu = load.cpuSeconds - before.cpu;
  const seconds = (performance.now() - before.at) / 1000;
  const packets = load.forwarded - before.packets;
  const others = (load.othersCpuSeconds - before.others) / seconds;
  return {
    share: cpu / seconds,
    others,
    packets: packets / seconds,
    secondsPerMillion: (cpu / packets) * 1e6,
  };
}

async function windows(load: MediaLoad): Promise<Window[]> {
  const all: Window[] = [];
  for (let run = 0; run < RUNS; run++) all.push(await window(load, RUN_MS));
  return all;
}

/** @returns the share of the worker's core, or null if the other end is saturated twice in a row */
async function tried(load: MediaLoad): Promise<number | null> {
  for (let attempt = 0; attempt < 2; attempt++) {
    await pause(SETTLE_MS);
    load.latencies.past.length = 0;
    const { share, others, packets } = await window(load, RUN_MS / 2);
    const late = percentile(load.latencies.past, 0.99) > OTHERS_FULL.pastMs;
    if (!late && others <= OTHERS_FULL.share && packets >= load.offered * KEPT_UP) return share;
  }
  return null;
}

/**
 * Adds visits until the worker needs its share of a core or the other end is saturated: that needs as much as the
 * worker, and may have only one core itself.
 */
async function fill(load: MediaLoad): Promise<void> {
  let kept = FIRST_VISITS;
  await load.setVisits(kept);
  for (let round = 0; round < ROUNDS; round++) {
    const share = await tried(load);
    if (share === null) return empty(load, kept);
    kept = load.visits;
    if (share >= TARGET - NEAR) return;
    await load.setVisits(Math.ceil(kept * Math.min(MOST_GROWTH, TARGET / share)));
  }
}

/** Reduces the load to this many visits; packets that were sent too fast are in flight for a while. */
async function empty(load: MediaLoad, visits: number): Promise<void> {
  await load.setVisits(visits);
  await pause(DRAINED_MS);
}

function figures(times: readonly number[]): { p50: number; p99: number } {
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}

/** Measures the latency that the worker adds: to the same packets, through it and past it, in each run. */
async function latencies(load: MediaLoad): Promise<Record<'through' | 'past' | 'added', string>> {
  const through: { p50: number; p99: number }[] = [];
  const past: { p50: number; p99: number }[] = [];
  for (let run = 0; run < RUNS; run++) {
    load.latencies.through.length = load.latencies.past.length = 0;
    await pause(RUN_MS);
    through.push(figures(load.latencies.through));
    past.push(figures(load.latencies.past));
  }
  const added = (rank: 'p50' | 'p99') => through.map((one, run) => one[rank] - (past[run]?.[rank] ?? 0));
  const words = (p50: number[], p99: number[]) =>
    `p50 ${median(p50).toFixed(2)} ms   p99 ${median(p99).toFixed(2)} ms`;
  const all = (figures: { p50: number; p99: number }[]) =>
    words(
      figures.map(({ p50 }) => p50),
      figures.map(({ p99 }) => p99),
    );
  return { through: all(through), past: all(past), added: words(added('p50'), added('p99')) };
}

async function media(): Promise<void> {
  const load = await MediaLoad.start();
  try {
    console.log(
      `\nOne worker, visits of two, ${SRTP_SUITE}: audio of 32 kbit/s and video of 1 Mbit/s each way`,
    );
    await fill(load);
    const of = (all: Window[], pick: (one: Window) => number) => median(all.map(pick));
    const described = (all: Window[]) =>
      `${load.consumers} consumers, ${of(all, ({ packets }) => packets).toFixed(0)} packets a second, ` +
      `${(of(all, ({ share }) => share) * 100).toFixed(0)}% of its core`;
    const full = await windows(load);
    console.log(`${load.sharing}; load average ${loadavg()[0]?.toFixed(1)}`);
    console.log(`measured at                     ${described(full)}`);
    const perCore = (load.consumers * TARGET) / of(full, ({ share }) => share);
    console.log(`consumers at ${TARGET * 100}% of a core        ${perCore.toFixed(0)} (extrapolated)`);
    console.log(`processor per million packets   ${of(full, (one) => one.secondsPerMillion).toFixed(1)} s`);
    // With the other end saturated, a latency would describe that end.
    await empty(load, Math.ceil(load.visits / 2));
    const half = await windows(load);
    const { through, past, added } = await latencies(load);
    console.log(`half as many                    ${described(half)}`);
    console.log(`sender to receiver, through it  ${through}`);
    console.log(`the same packets, past it       ${past}`);
    console.log(`added by the worker             ${added}`);
    const lost = await load.finish();
    console.log(
      `lost on the way                 ${(lost * 100).toFixed(3)}%${lost > MAX_LOSS ? ': TOO MUCH, the machine is busy' : ''}`,
    );
  } finally {
    load.close();
  }
}

async function idle(): Promise<void> {
  const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  console.log('\nOne server process with one worker on SQLite, without media');
  const { sockets, bytesEach } = await idleSockets();
  const kilobytes = (bytes: number) => (bytes / 1024).toFixed(0);
  console.log(
    `sockets: ${sockets} open ones take ${kilobytes(bytesEach)} kB each: ${(2 ** 30 / bytesEach).toFixed(0)} a GB`,
  );
  console.log('visits of two participants with transports and streams that send nothing:');
  console.log('  visits   server MB   worker MB   server % of a core   worker % of a core   load average');
  const rows = await idleVisits([0, 10, 100, 1000], (row) =>
    console.log(
      `  ${String(row.visits).padStart(6)}   ${megabytes(row.serverBytes).padStart(9)}   ${megabytes(row.workerBytes).padStart(9)}   ` +
        `${(row.serverShare * 100).toFixed(1).padStart(18)}   ${(row.workerShare * 100).toFixed(1).padStart(18)}   ${loadavg()[0]?.toFixed(1).padStart(12)}`,
    ),
  );
  const [first, last] = [rows[0]!, rows.at(-1)!];
  const grown = last.serverBytes + last.workerBytes - first.serverBytes - first.workerBytes;
  const each = grown / (last.visits - first.visits);
  console.log(`idle visits: ${kilobytes(each)} kB each: ${(2 ** 30 / each).toFixed(0)} a GB`);
}

const [only] = process.argv.slice(2);
console.log(`capacity: medians of ${RUNS} runs of ${RUN_MS / 1000} s`);
console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`);
if (only !== 'idle') await media();
if (only !== 'media') await idle();
