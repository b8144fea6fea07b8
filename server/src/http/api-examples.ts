import type { CreateSessionRequest, CreateSessionResponse, JoinSessionResponse } from '@televisit/shared/api';
import type { OperationId } from '@televisit/shared/operations';

interface Example {
  readonly summary: string;
  readonly value: unknown;
}

/** Example bodies of an operation. */
export interface OperationExamples {
  readonly request?: Readonly<Record<string, Example>>;
  readonly answers?: Readonly<Record<number, Readonly<Record<string, Example>>>>;
}

const SESSION_ID = 'sess_01k2x9v7q4m8r3t6w0z5';
const PAGE = `https://visits.example.org/join/${SESSION_ID}`;

const created: CreateSessionResponse = {
  sessionId: SESSION_ID,
  roomName: `room_${SESSION_ID}`,
  sfuNodeId: 'sfu-1',
  baseUrl: PAGE,
};
const known: CreateSessionResponse = {
  ...created,
  status: 'scheduled',
  scheduledAt: '2031-01-31T08:00:00.000Z',
  durationMinutes: 20,
  differs: ['title'],
};
const shortest: CreateSessionRequest = {
  appointmentId: 'appointment-1',
  doctorId: 'dr-jones',
  patientId: 'patient-7',
};
const planned: CreateSessionRequest = {
  ...shortest,
  title: 'Follow-up',
  scheduledAt: '2031-01-31T09:00:00+01:00',
  durationMinutes: 20,
  options: { waitingRoom: 'admit', maxParticipants: 3 },
  seats: [
    { userId: 'dr-jones', role: 'doctor', displayName: 'Dr Jones' },
    { userId: 'interpreter-3', role: 'interpreter', displayName: 'Ms Okafor' },
  ],
  metadata: { clinic: 'north' },
};
const link: JoinSessionResponse = { joinUrl: `${PAGE}?token=eyJhbGciOiJIUzI1NiJ9.…`, expiresIn: 3600 };

export const EXAMPLES: Partial<Record<OperationId, OperationExamples>> = {
  createSession: {
    request: {
      now: { summary: 'A visit now', value: shortest },
      planned: { summary: 'A scheduled visit with names and an interpreter', value: planned },
    },
    answers: {
      201: { created: { summary: 'The session is new', value: created } },
      200: { known: { summary: 'The session existed already, with another title', value: known } },
    },
  },
  updateSession: {
    request: {
      later: { summary: 'Move it by half an hour', value: { scheduledAt: '2031-01-31T09:30:00+01:00' } },
    },
  },
  joinSession: {
    request: { doctor: { summary: 'For the doctor', value: { role: 'doctor', userId: 'dr-jones' } } },
    answers: { 200: { link: { summary: 'A link for an hour', value: link } } },
  },
  announce: {
    request: { late: { summary: 'A delay', value: { text: 'The doctor is ten minutes late.' } } },
    answers: { 200: { shown: { summary: 'Two people saw it', value: { delivered: 2 } } } },
  },
  giveFeedback: {
    request: {
      given: {
        summary: 'Four stars',
        value: { userId: 'patient-7', rating: 4, comment: 'Good picture, short wait.' },
      },
    },
  },
  giveVisitFeedback: {
    request: { given: { summary: 'Four stars', value: { rating: 4, comment: 'Good picture, short wait.' } } },
  },
};
