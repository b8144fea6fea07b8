import { z } from 'zod';
import { feature, nothing, typed } from '../core/contract.ts';
import { line, sessionParams, shortId, utcTime } from '../core/fields.ts';
import type { Role } from '../vocabulary.ts';
import {
  MAX_POLL_ANSWER,
  MAX_POLL_ANSWERS,
  MAX_POLL_QUESTION,
  MIN_POLL_ANSWERS,
} from './polls.vocabulary.ts';

/** A participant's vote in a named poll. */
export interface PollVote {
  readonly userId: string;
  readonly displayName: string | null;
  readonly role: Role;
  /** The indexes of the chosen answers. */
  readonly answers: readonly number[];
}

/** A poll as one participant sees it. */
export interface PollView {
  readonly pollId: string;
  /** Grows with every change of the poll, so that a late event does not replace a newer one. */
  readonly version: number;
  readonly question: string;
  readonly answers: readonly string[];
  /** Whether a participant may choose several answers. */
  readonly multiple: boolean;
  /** Whether voters stay unknown. */
  readonly anonymous: boolean;
  /** Whether one answer is correct. */
  readonly quiz: boolean;
  /** The index of the correct answer; null without one, and for participants who are not hosts until the poll is closed. */
  readonly correct: number | null;
  /** The number of votes for each answer. */
  readonly counts: readonly number[];
  /** How many people have voted. */
  readonly voters: number;
  /** The voters of each answer, without people who were erased; null if the poll is anonymous. */
  readonly votes: readonly PollVote[] | null;
  /** The answers that this participant chose; empty for an anonymous poll once it is closed. */
  readonly mine: readonly number[];
  /** RFC 3339, UTC. */
  readonly openedAt: string;
  /** RFC 3339, UTC; null while the poll is open. */
  readonly closedAt: string | null;
}

const distinct = (values: readonly unknown[]) => new Set(values).size === values.length;
const answerIndex = z
  .int()
  .min(0)
  .max(MAX_POLL_ANSWERS - 1);

/** A poll as the backend sees it. */
export const pollRecord = z
  .strictObject({
    pollId: z.string().meta({ description: 'Televisit’s id of the poll.' }),
    question: z.string().meta({ description: 'What the host asked.' }),
    answers: z
      .array(
        z.strictObject({
          text: z.string().meta({ description: 'The answer.' }),
          votes: z.int().meta({ description: 'How many people chose it, people who were erased included.' }),
          userIds: z
            .array(z.string())
            .nullable()
            .meta({ description: 'Who chose it, without people who were erased; null if anonymous.' }),
        }),
      )
      .meta({ description: 'The answers in their order.' }),
    multiple: z.boolean().meta({ description: 'Whether people could choose several answers.' }),
    anonymous: z.boolean().meta({ description: 'Whether voters stay unknown.' }),
    correct: z
      .int()
      .nullable()
      .meta({ description: 'The position of the correct answer, from 0; null if the poll is no quiz.' }),
    voters: z.int().meta({ description: 'How many people voted.' }),
    openedAt: utcTime.meta({ description: 'When a host opened it.' }),
    closedAt: utcTime
      .nullable()
      .meta({ description: 'When a host closed it, or the visit ended; null while it is open.' }),
  })
  .meta({ id: 'Poll' });
export type PollRecord = z.infer<typeof pollRecord>;

/** `GET /sessions/{sessionId}/polls`. */
export const pollList = z
  .strictObject({ polls: z.array(pollRecord).meta({ description: 'All polls, the oldest first.' }) })
  .meta({ id: 'PollList' });
export type PollList = z.infer<typeof pollList>;

const EXAMPLE = { pollId: 'poll_1', counts: [2, 1], voters: 3 };

export const polls = feature({
  name: 'polls',
  messages: {
    'poll:open': {
      payload: z
        .strictObject({
          question: line(MAX_POLL_QUESTION),
          answers: z
            .array(line(MAX_POLL_ANSWER))
            .min(MIN_POLL_ANSWERS)
            .max(MAX_POLL_ANSWERS)
            .refine(distinct, { message: 'must differ from each other' }),
          multiple: z.boolean(),
          anonymous: z.boolean(),
          /** The index of the correct answer of a quiz. */
          correct: answerIndex.nullable(),
        })
        .refine(({ answers, correct }) => correct === null || correct < answers.length, {
          message: 'must have the correct answer among the answers',
        }),
      ack: typed<{ readonly pollId: string }>(),
      phase: 'joined',
      permission: 'moderate',
      rate: 'broadcast',
      summary: 'Opens a poll, if none is open.',
    },
    'poll:vote': {
      payload: z.strictObject({
        pollId: shortId,
        answers: z
          .array(answerIndex)
          .min(1)
          .max(MAX_POLL_ANSWERS)
          .refine(distinct, { message: 'must differ from each other' }),
      }),
      ack: nothing,
      phase: 'joined',
      permission: 'publish',
      rate: 'broadcast',
      summary: 'Votes in the open poll; a later vote replaces an earlier one.',
    },
    'poll:close': {
      payload: z.strictObject({ pollId: shortId }),
      ack: nothing,
      phase: 'joined',
      permission: 'moderate',
      rate: 'broadcast',
      summary: 'Closes a poll: its counts are final, and everyone learns the correct answer of a quiz.',
    },
  },
  events: {
    'poll:changed': {
      payload: typed<PollView>(),
      summary:
        'A poll was opened or closed, or a participant voted. Every participant gets their own view of it.',
    },
  },
  snapshot: typed<{
    /** All polls so far, the oldest first. */
    readonly polls: readonly PollView[];
  }>(),
  options: {
    polls: {
      schema: z.boolean().meta({ description: 'Whether hosts may ask everyone questions to vote on.' }),
      default: true,
    },
  },
  operations: {
    listPolls: {
      method: 'get',
      path: '/sessions/{sessionId}/polls',
      tag: 'Reports',
      summary: 'Read the polls of a visit with their counts',
      description:
        'Also while the visit is live. Names the voters of named polls; nobody learns those of anonymous ones.',
      access: 'internal',
      params: sessionParams,
      answers: { 200: { description: 'All polls, the oldest first', schema: pollList } },
      errors: ['session_not_found'],
    },
  },
  report: {
    polls: z.array(pollRecord).meta({ description: 'The polls of the visit, the oldest first.' }),
  },
  personalData: {
    polls: z
      .array(
        z.strictObject({
          question: z.string().meta({ description: 'The question.' }),
          answers: z.array(z.string()).meta({ description: 'The answers that the person chose.' }),
        }),
      )
      .meta({
        description:
          'The person’s votes; without anonymous polls that are closed, which forget their voters.',
      }),
  },
  facts: {
    'poll.opened': {
      kind: 'event',
      data: typed<{ readonly pollId: string; readonly anonymous: boolean }>(),
      details: ['pollId'],
      example: { pollId: EXAMPLE.pollId, anonymous: false },
    },
    'poll.closed': {
      kind: 'event',
      data: typed<{
        readonly pollId: string;
        readonly counts: readonly number[];
        readonly voters: number;
      }>(),
      details: ['pollId', 'voters'],
      example: EXAMPLE,
      webhook: {
        description: 'A host closed a poll. The questions, and the voters of named polls, are in the report.',
        data: {
          pollId: z.string().meta({ description: 'Televisit’s id of the poll.' }),
          counts: z.array(z.int()).meta({ description: 'The number of votes for each answer.' }),
          voters: z.int().meta({ description: 'How many people voted.' }),
        },
        example: EXAMPLE,
      },
    },
  },
  errors: {
    polls_off: {
      status: 403,
      title: 'This visit has no polls',
      remedy: 'Create the visit with options.polls true.',
    },
    poll_open: {
      status: 409,
      title: 'Another poll is open',
      remedy: 'Close it first; a visit has one open poll at a time.',
    },
    poll_not_found: {
      status: 404,
      title: 'There is no such poll',
      remedy: 'Look at the newest list of polls.',
    },
    poll_closed: {
      status: 409,
      title: 'The poll is closed',
      remedy: 'Nothing to do: its counts are final.',
    },
    polls_full: {
      status: 409,
      title: 'The visit has too many polls',
      remedy: 'Ask by voice or in the chat; a visit keeps a limited number of polls.',
    },
  },
});
