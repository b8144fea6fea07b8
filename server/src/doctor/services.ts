import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { createTransport } from 'nodemailer';
import type { MailSettings } from '../mail/mail-settings.ts';
import { smtpOptions } from '../mail/smtp.ts';
import { attempt, CheckFailure, passed, type Finding, type Subject } from './finding.ts';

const DEADLINE_MS = 5_000;
/** Differences of clocks that matter: tokens and TURN credentials are valid for a time. */
const SKEW_MS = 2_000;

export interface StoreOptions {
  readonly dataDir: string;
  readonly mongoUri: string | null;
  readonly isRunning: () => Promise<boolean>;
}

/** The store: MongoDB, or the SQLite file. Neither is created nor changed. */
export function store({ dataDir, mongoUri, isRunning }: StoreOptions): Subject {
  return {
    name: 'store',
    check: () => (mongoUri === null ? checkSqlite(dataDir, isRunning) : checkMongo(mongoUri)),
  };
}

async function checkSqlite(dataDir: string, isRunning: () => Promise<boolean>): Promise<Finding[]> {
  const file = join(dataDir, 'televisit.db');
  if (!existsSync(file)) return [passed('SQLite', `${file} does not exist yet; the server creates it`)];
  return [
    await attempt('SQLite', `Restore ${file} from a backup (docs/OPERATIONS.md).`, async () => {
      try {
        const database = new DatabaseSync(file, { readOnly: true });
        try {
          const [row] = database.prepare('PRAGMA quick_check(1)').all();
          const result = String(row?.quick_check);
          if (result !== 'ok') throw new Error(`${file} is damaged: ${result}`);
        } finally {
          database.close();
        }
        return `${file} is intact`;
      } catch (error) {
        if (error instanceof Error && error.message.includes('locked') && (await isRunning()))
          return `${file} is used by the running server`;
        throw error;
      }
    }),
  ];
}

async function checkMongo(uri: string): Promise<Finding[]> {
  const connection = mongoose.createConnection(uri, { serverSelectionTimeoutMS: DEADLINE_MS });
  connection.on('error', () => undefined);
  try {
    const findings = [
      await attempt('MongoDB', 'Check MONGO_URI, its user and the firewall.', async () => {
        await connection.asPromise();
        const { version } = (await connection.db?.admin().buildInfo()) ?? {};
        return `answers, version ${String(version)}`;
      }),
    ];
    if (findings.every(({ ok }) => ok)) {
      findings.push(
        await attempt('clock of MongoDB', '', async () => {
          const before = Date.now();
          const answer = await connection.db?.admin().command({ hello: 1 });
          return skew((answer?.localTime as Date).getTime(), before, Date.now());
        }),
      );
    }
    return findings;
  } finally {
    await connection.destroy();
  }
}

/** The Redis of a cluster: commands, messages and the clock. */
export function redis(url: string | null): Subject {
  return {
    name: 'redis',
    check: async () => {
      if (url === null) return [];
      const client = new Redis(url, {
        lazyConnect: true,
        connectTimeout: DEADLINE_MS,
        maxRetriesPerRequest: 0,
        retryStrategy: () => null,
      });
      client.on('error', () => undefined);
      try {
        const findings = [
          await attempt('Redis', 'Check REDIS_URL, its password and the firewall.', async () => {
            await client.connect();
            await client.ping();
            return 'answers';
          }),
        ];
        if (findings.every(({ ok }) => ok)) {
          findings.push(
            await attempt('clock of Redis', '', async () => {
              const before = Date.now();
              const [seconds, micros] = await client.time();
              return skew(Number(seconds) * 1000 + Number(micros) / 1000, before, Date.now());
            }),
          );
        }
        return findings;
      } finally {
        client.disconnect();
      }
    },
  };
}

/** The SMTP server: connection, TLS and login. Sends no mail. */
export function mail(settings: MailSettings | null): Subject {
  return {
    name: 'mail',
    check: async () => {
      if (settings === null) return [];
      const { server, from } = settings;
      const transporter = createTransport(
        smtpOptions(server, { connectMs: DEADLINE_MS, answerMs: DEADLINE_MS }),
      );
      try {
        return [
          await attempt('SMTP server', 'Check SMTP_URL, the login and the firewall.', async () => {
            await transporter.verify();
            return `accepts ${server.login === null ? 'connections' : 'the login'}; mail comes from ${from.address}`;
          }),
        ];
      } finally {
        transporter.close();
      }
    },
  };
}

/** Returns how far another clock differs, in words; the answer was on the way between two times of this one. */
export function skew(theirs: number, sent: number, received: number): string {
  const difference = theirs < sent ? theirs - sent : theirs > received ? theirs - received : 0;
  if (Math.abs(difference) < SKEW_MS) return `agrees within ${SKEW_MS / 1000} s`;
  const direction = difference > 0 ? 'ahead of' : 'behind';
  throw new CheckFailure(
    `is ${Math.round(Math.abs(difference) / 1000)} s ${direction} this machine`,
    'Synchronise both by NTP (timedatectl set-ntp true).',
  );
}
