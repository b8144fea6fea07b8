import { z } from 'zod';
import { feature, typed } from '../core/contract.ts';
import { identifier, paragraph, rating, sessionParams, utcTime, webhookPerson } from '../core/fields.ts';

/** `POST /api/v1/visits/{sessionId}/feedback`, by the person with their join token. */
export const visitFeedbackRequest = z
  .strictObject({
    rating,
    comment: paragraph(2000).nullish().meta({ description: 'A comment on the rating.' }),
  })
  .meta({ id: 'VisitFeedbackRequest' });
export type VisitFeedbackRequest = z.input<typeof visitFeedbackRequest>;

/** `POST /sessions/{sessionId}/feedback`, by the backend for one of the seats. */
export const feedbackRequest = z
  .strictObject({
    userId: identifier.meta({ description: 'Your own id of the person.' }),
    ...visitFeedbackRequest.shape,
  })
  .meta({ id: 'FeedbackRequest' });
export type FeedbackRequest = z.input<typeof feedbackRequest>;

export const feedbackView = z
  .strictObject({
    userId: z.string().meta({ description: 'Your own id of the person.' }),
    rating,
    comment: z.string().nullable().meta({ description: 'A comment on the rating.' }),
    givenAt: utcTime.meta({ description: 'When the feedback was submitted.' }),
  })
  .meta({ id: 'Feedback' });
export type FeedbackView = z.infer<typeof feedbackView>;

export const feedback = feature({
  name: 'feedback',
  operations: {
    giveFeedback: {
      method: 'post',
      path: '/sessions/{sessionId}/feedback',
      tag: 'Reports',
      summary: 'Submit a person’s feedback, once for each person',
      access: 'internal',
      params: sessionParams,
      body: feedbackRequest,
      answers: { 201: { description: 'The stored feedback', schema: feedbackView } },
      errors: ['session_not_found', 'participant_not_found', 'feedback_given', 'conflict'],
    },
    giveVisitFeedback: {
      method: 'post',
      path: '/api/v1/visits/{sessionId}/feedback',
      tag: 'Join page',
      summary: 'Submit your own feedback, during the visit or after it',
      access: 'join_token',
      params: sessionParams,
      body: visitFeedbackRequest,
      answers: { 201: { description: 'The stored feedback', schema: feedbackView } },
      errors: ['session_not_found', 'removed', 'feedback_given', 'conflict'],
    },
  },
  report: {
    meanRating: z
      .number()
      .nullable()
      .meta({ description: 'The mean of all ratings, 1 to 5; null if there are none.' }),
    feedback: z.array(feedbackView).meta({ description: 'What people thought of the visit.' }),
  },
  personalData: {
    feedback: feedbackView
      .omit({ userId: true })
      .nullable()
      .meta({ description: 'What the person thought of the visit; null if they gave no feedback.' }),
  },
  facts: {
    'feedback.submitted': {
      kind: 'event',
      data: typed<{ readonly seat: number; readonly rating: number }>(),
      details: ['rating'],
      webhook: {
        description: 'A person submitted feedback; the comment is in the report only.',
        data: { ...webhookPerson, rating: rating.meta({ description: 'Stars, 1 to 5.' }) },
        example: { userId: 'patient-7', role: 'patient', rating: 5 },
      },
    },
  },
  errors: {
    feedback_given: {
      status: 409,
      title: 'This person has already submitted feedback',
      remedy: 'Nothing to do: each person submits feedback once.',
    },
  },
});
