import { z } from 'zod';
import { ROLES } from '../permissions.ts';
import { MAX_HOST_NOTES } from '../vocabulary.ts';

/**
 * A caller's own identifier: 1 to 128 characters, no control characters, no space at either end. `.` and `..` would
 * be removed from every path that contains them (RFC 3986, 5.2.4): removing the person `..` would cancel the visit.
 */
export const identifier = z
  .string()
  .max(128)
  .regex(
    /^(?!\s)(?!\.{1,2}$)[^\p{C}]+(?<!\s)$/u,
    'must be 1 to 128 printable characters without a space at either end, and not . or ..',
  );

/** Our own id of a session, as POST /sessions returned it. */
export const sessionId = z.string().regex(/^sess_[0-9a-z]{8,64}$/, 'must be a sessionId');

export const role = z
  .enum(ROLES)
  .meta({ description: 'The seat’s role, which decides what the person may do.' });

const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);

/** A point in time as callers write it: RFC 3339 with a zone, `2026-01-31T09:00:00+01:00`. */
export const instant = z.iso
  .datetime({
    offset: true,
    abort: true,
    error: 'must be a date and time with a zone, such as 2026-01-31T09:00:00+01:00',
  })
  .refine((value) => Date.parse(value) >= EARLIEST && Date.parse(value) < LATEST, {
    message: 'must lie between the years 2000 and 2099',
  });

/** A point in time as we write it: RFC 3339, UTC, to the millisecond. */
export const utcTime = z.iso.datetime();

/**
 * Printable text, with the joiners and direction marks that Persian, Arabic and emoji need, but without the overrides
 * that reverse the text around them.
 */
const PRINTABLE = '[^\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\u202a-\\u202e\\u2066-\\u2069]';

/** Text of one line: no control characters, no space at either end. */
export const line = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(
      new RegExp(`^(?!\\s)(?=.*[^\\p{Cf}\\s])${PRINTABLE}+(?<!\\s)$`, 'u'),
      'must be printable text on one line, without a space at either end',
    );

/** Text of several lines. */
export const paragraph = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(new RegExp(`^(?:${PRINTABLE}|[\\n\\r\\t])+$`, 'u'), 'must be printable text');

export const displayName = line(100).meta({ description: 'The name that others in the visit see.' });
export const title = line(200).meta({ description: 'A short title on one line.' });
export const description = paragraph(4000).meta({
  description: 'What the visit is about; may have several lines.',
});
/** Notes that hosts and the backend share. */
export const hostNotes = paragraph(MAX_HOST_NOTES).meta({
  description:
    'Notes that hosts and your backend share about the visit; nobody else sees them. Erasing any person of the visit clears them.',
});

/** An address of a web page without user name and password. */
export const webAddress = z
  .url({ protocol: /^https?$/, normalize: true, error: 'must be an http or https address' })
  .max(2000)
  .refine((value) => !/^https?:\/\/[^/?#]*@/.test(value), { message: 'must not hold a user name' });

/** Length of a visit in minutes. */
export const durationMinutes = z
  .int()
  .min(1)
  .max(24 * 60)
  .meta({ description: 'The planned length in minutes.' });

/** A caller's own key-value pairs, returned unchanged; at most 50 entries. */
export const metadata = z
  .record(
    z.string().regex(/^[A-Za-z0-9][\w.:-]{0,39}$/, 'must be 1 to 40 letters, digits or _ . : -'),
    z
      .string()
      .max(500)
      .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must be printable text'),
  )
  .refine((entries) => Object.keys(entries).length <= 50, { message: 'must have at most 50 entries' })
  .meta({ description: 'Your own key-value pairs, returned unchanged; at most 50 entries.' });

/** A language (BCP 47), `de` or `pt-BR`. */
export const languageTag = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag (BCP 47) such as "de" or "pt-BR"');

/** A time zone (IANA), `Europe/Berlin`. */
export const timeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, { message: 'must be a time zone of the IANA database such as Europe/Berlin' });

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Stars, 1 to 5. */
export const rating = z.int().min(1).max(5).meta({ description: 'Stars, 1 to 5.' });

/** An id that a client or the server makes: 1 to 64 characters. */
export const shortId = z.string().min(1).max(64);

/** A payload that names a person of the visit. */
export const person = z.strictObject({ userId: z.string().min(1).max(128) });

/** Parameters of paths. */
export const sessionParams = z.object({
  sessionId: z
    .string()
    .meta({ description: 'Televisit’s id of the session, as POST /sessions returned it.' }),
});
export const personParams = z.object({
  ...sessionParams.shape,
  userId: z.string().meta({ description: 'Your own id of the person.' }),
});
export const fileParams = z.object({
  ...sessionParams.shape,
  fileId: z.string().meta({ description: 'Televisit’s id of the file.' }),
});

/** How a webhook event names a person. */
export const webhookPerson = {
  userId: z.string().meta({ description: 'Your id of the person; a pseudonym once they were erased.' }),
  role,
};

/** Several values of an enumeration in one query parameter. */
export const commaList = <T extends readonly [string, ...string[]]>(values: T) =>
  z
    .string()
    .transform((value) => value.split(','))
    .pipe(z.array(z.enum(values)))
    .meta({ description: `One or more of ${values.join(', ')}, separated by commas.` });

/** How many entries a page of a list has. */
export const pageSize = z.coerce
  .number<string>()
  .int()
  .min(1)
  .max(200)
  .default(50)
  .meta({ description: 'The maximum number of entries in the response.' });

/** The position at which a page of a list begins. */
export const cursor = z
  .string()
  .min(1)
  .max(256)
  .optional()
  .meta({ description: 'The `nextCursor` of the previous page.' });
