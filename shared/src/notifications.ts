import { z } from 'zod';
import { utcTime } from './core/fields.ts';

/** The ways to notify a person beside e-mail: a text message, or a push message to a browser (RFC 8030). */
export const NOTIFICATION_CHANNELS = ['sms', 'push'] as const;
export type NotificationChannel = (typeof NOTIFICATION_CHANNELS)[number];

/** The kinds of notifications about a visit. */
export const NOTIFICATION_KINDS = [
  'invited',
  'reminder',
  'host_waiting',
  'host_here',
  'moved',
  'withdrawn',
  'cancelled',
] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

/**
 * `pending`: to be sent, possibly again; `sent`: accepted by the provider; `delivered`: the provider reports its arrival;
 * `failed`: refused, not delivered, or retried for too long; `dropped`: without a recipient, or of no use any longer.
 */
export const NOTIFICATION_STATES = ['pending', 'sent', 'delivered', 'failed', 'dropped'] as const;
export type NotificationState = (typeof NOTIFICATION_STATES)[number];

const channel = z
  .enum(NOTIFICATION_CHANNELS)
  .meta({ description: '`sms`: a text message; `push`: a push message to the person’s browsers.' });
const kind = z.enum(NOTIFICATION_KINDS).meta({
  description:
    '`invited`, `reminder`, `host_waiting` (a host waits for the person), `host_here` (a host has entered, by push), `moved` (a new time), `withdrawn` (the person is no longer expected) or `cancelled` (the visit).',
});
const state = z.enum(NOTIFICATION_STATES).meta({
  description:
    '`pending`; `sent`: accepted by the provider; `delivered`: the provider reports that it arrived; `failed`; `dropped`: without a recipient, or of no use any longer.',
});

/** A notification of a session. It shows neither numbers nor texts. */
export const notificationView = z
  .strictObject({
    notificationId: z.string().meta({
      description: 'Identifies the notification; an SMS gateway receives it as webhook-id.',
    }),
    userId: z.string().meta({ description: 'Your own id of the person; a pseudonym once they were erased.' }),
    channel,
    kind,
    minutesBefore: z
      .int()
      .nullable()
      .meta({ description: 'How many minutes before the visit a reminder is for; null for other kinds.' }),
    state,
    createdAt: utcTime.meta({ description: 'When it was planned.' }),
    dueAt: utcTime.nullable().meta({ description: 'When it is tried next; null unless it is pending.' }),
    settledAt: utcTime
      .nullable()
      .meta({ description: 'When it reached its present state; null while it is pending.' }),
    attempts: z.int().meta({ description: 'How often it was taken up to be sent.' }),
    error: z.string().nullable().meta({
      description: 'Why it is not sent or delivered: a code of Televisit or of the provider; null if it is.',
    }),
  })
  .meta({ id: 'Notification' });
export type NotificationView = z.infer<typeof notificationView>;

export const notificationList = z
  .strictObject({
    notifications: z.array(notificationView).meta({ description: 'All of them, oldest first.' }),
  })
  .meta({ id: 'NotificationList' });
export type NotificationList = z.infer<typeof notificationList>;

/** A notification in the export of a person's data. */
export const sentNotification = z.strictObject({
  channel,
  kind,
  state,
  sentAt: utcTime.meta({ description: 'When the provider accepted it, or reported its state.' }),
});

/** A push subscription in the export of a person's data. */
export const storedSubscription = z.strictObject({
  endpoint: z.string().meta({ description: 'The address of the browser at its push service.' }),
  createdAt: utcTime.meta({ description: 'When the person asked for push messages.' }),
});

/** Unpadded base64url (RFC 4648, 5) of exactly `bytes` bytes. */
const encoded = (bytes: number, error: string) =>
  z.string().regex(new RegExp(`^[\\w-]{${Math.ceil((bytes * 4) / 3)}}$`), error);

/** `PUT /visits/{sessionId}/push`: a subscription as `PushSubscription.toJSON()` returns it (Push API). */
export const pushSubscriptionRequest = z
  .strictObject({
    endpoint: z
      .string()
      .max(1000)
      .refine((text) => URL.canParse(text), { message: 'must be an address' })
      .meta({ description: 'The address of the browser at its push service.' }),
    expirationTime: z.number().nullish().meta({ description: 'Ignored.' }),
    keys: z
      .strictObject({
        p256dh: encoded(65, 'must be the base64url of a P-256 public key').meta({
          description: 'The public key of the browser (RFC 8291).',
        }),
        auth: encoded(16, 'must be the base64url of 16 bytes').meta({
          description: 'The authentication secret of the browser (RFC 8291).',
        }),
      })
      .meta({ description: 'The keys with which messages are encrypted.' }),
  })
  .meta({ id: 'PushSubscriptionRequest' });
export type PushSubscriptionRequest = z.input<typeof pushSubscriptionRequest>;

/** The answer to `PUT` and `DELETE /visits/{sessionId}/push`. */
export const pushState = z
  .strictObject({
    subscriptions: z
      .int()
      .meta({ description: 'In how many browsers the person receives push messages about this visit.' }),
  })
  .meta({ id: 'PushState' });

/** `POST /webhooks/sms/gateway`: what became of a text message. */
export const smsReport = z
  .strictObject({
    notificationId: z
      .string()
      .min(1)
      .max(200)
      .meta({ description: 'The webhook-id of the request by which the gateway received the message.' }),
    status: z.enum(['sent', 'delivered', 'failed']).meta({ description: 'What became of it.' }),
    code: z
      .string()
      .regex(/^[\w.-]{1,40}$/, 'must be 1 to 40 letters, digits or _ . -')
      .optional()
      .meta({
        description: 'Why it failed; `opted_out` if the person wants no more text messages.',
      }),
  })
  .meta({ id: 'SmsReport' });

export const smsReportReceipt = z
  .strictObject({
    result: z.enum(['applied', 'known']).meta({
      description:
        '`known` if the report changed nothing, because it is late, repeated or of an unknown message.',
    }),
  })
  .meta({ id: 'SmsReportReceipt' });
