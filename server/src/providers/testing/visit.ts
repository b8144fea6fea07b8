import { generateKeyPairSync } from 'node:crypto';
import type { MeetingPerson, MeetingPlan } from '../meeting-provider.ts';

/** A key of the size that providers ask for, in the form of an environment variable. */
export function rsaKey(bits = 2048) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    /** With line breaks written as \n. */
    variable: pem.trim().replaceAll('\n', '\\n'),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

const HOUR = 60 * 60_000;

/** Returns the plan of a visit of half an hour that begins in five minutes. */
export function visitPlan(now: number, changes: Partial<MeetingPlan> = {}): MeetingPlan {
  const scheduledAt = now + HOUR / 12;
  return {
    sessionId: 'sess_abcdefgh',
    generation: 1,
    roomName: 'Visit_7Kq-unguessable',
    scheduledAt,
    durationMinutes: 30,
    opensAt: scheduledAt - HOUR / 6,
    closesAt: scheduledAt + HOUR,
    timeZone: 'Europe/Berlin',
    waitingRoom: true,
    people: [DOCTOR, PATIENT],
    ...changes,
  };
}

export const DOCTOR: MeetingPerson = {
  userId: 'dr-1',
  alias: 'seat-9f2c1d7e',
  isHost: true,
  canPublish: true,
  displayName: 'Dr. Adams',
  email: 'adams@clinic.test',
  language: 'de',
};
export const PATIENT: MeetingPerson = {
  userId: 'p-1',
  alias: 'seat-41aa07b3',
  isHost: false,
  canPublish: true,
  displayName: null,
  email: null,
  language: null,
};
export const OBSERVER: MeetingPerson = {
  ...PATIENT,
  userId: 'o-1',
  alias: 'seat-77c3e0f5',
  canPublish: false,
};
