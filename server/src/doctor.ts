import process from 'node:process';
import { config as loadDotenv } from 'dotenv';
import { ConfigError, parseConfig, type Config } from './config.ts';
import { systemClock } from './core/clock.ts';
import { causeOf, failed, type Finding, type Subject } from './doctor/finding.ts';
import { machine } from './doctor/machine.ts';
import { mediaPorts } from './doctor/media-ports.ts';
import { meetingProviders } from './doctor/providers.ts';
import { publicUrl } from './doctor/public-url.ts';
import { RunningServer } from './doctor/running-server.ts';
import { recordings } from './doctor/recordings.ts';
import { mail, redis, store } from './doctor/services.ts';
import { speech } from './doctor/speech.ts';
import { turn } from './doctor/turn.ts';
import { mediaAddresses, workerPorts } from './media/listening.ts';
import { FolderStorage } from './recording/storage/folder-storage.ts';
import { S3Storage } from './recording/storage/s3-storage.ts';

function subjectsOf(config: Config): Subject[] {
  const { dataDir, mongoUri, announcedAddresses } = config;
  const { s3, dir } = config.recording;
  const server = new RunningServer(config.port, config.internalSecret);
  const isRunning = () => server.isRunning();
  const ports = [...workerPorts(config).values()].flat();
  const now = () => systemClock.now();
  return [
    machine({ dataDir }),
    mediaPorts({
      listenIps: mediaAddresses(config.listenIps),
      ports,
      announcedAddresses,
      isRunning,
      clock: systemClock,
    }),
    turn(config.turn, now),
    store({ dataDir, mongoUri, isRunning }),
    redis(config.redisUrl),
    mail(config.mail),
    publicUrl({ url: config.clientBaseUrl, now }),
    server.webhooks(),
    meetingProviders(config.providers),
    recordings({
      isOn: !config.production || config.recording.key !== null,
      place: s3 ? `the bucket ${s3.bucket}` : dir,
      openStorage: () => (s3 ? S3Storage.open(s3) : Promise.resolve(new FolderStorage(dir))),
    }),
    speech({ ...config.speech, translateUrl: config.translation?.url ?? null }),
  ];
}

function print(subject: string, { name, ok, note, detail, remedy }: Finding): void {
  const mark = ok ? (note ? 'note' : 'ok  ') : 'FAIL';
  process.stdout.write(`${mark} ${subject}: ${name}: ${detail}\n`);
  if (!ok && remedy) process.stdout.write(`     ${remedy}\n`);
}

/** Runs the checks of one subject, and prints them. @returns whether all passed */
async function check(subject: Subject): Promise<boolean> {
  const { name } = subject;
  let findings: readonly Finding[];
  try {
    findings = await subject.check();
  } catch (error) {
    findings = [failed('check', causeOf(error), '')];
  }
  for (const finding of findings) print(name, finding);
  if (findings.length === 0) process.stdout.write(`-    ${name}: not configured\n`);
  return findings.every(({ ok }) => ok);
}

async function main(): Promise<number> {
  loadDotenv({ quiet: true });
  const subjects = subjectsOf(parseConfig(process.env));
  const wanted = process.argv.slice(2);
  const names = subjects.map(({ name }) => name);
  const unknown = wanted.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(
      `There is no check of ${unknown.join(', ')}. Use: npm run doctor -- ${names.join('|')}\n`,
    );
    return 2;
  }
  let failures = 0;
  for (const subject of subjects) {
    if (wanted.length > 0 && !wanted.includes(subject.name)) continue;
    if (!(await check(subject))) failures += 1;
  }
  return failures === 0 ? 0 : 1;
}

// The timers of deadlines do not keep a process alive.
const awake = setInterval(() => undefined, 1000);
try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stdout.write(`FAIL settings: ${error.message}\n`);
  process.exitCode = 1;
} finally {
  clearInterval(awake);
}
