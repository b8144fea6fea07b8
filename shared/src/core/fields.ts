import { z } from 'zod';
import { MAX_HOST_NOTES, ROLES } from '../vocabulary.ts';

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

/** A domain name, also with letters of other scripts (RFC 5890). */
const DOMAIN =
  /^(?=.{1,255}$)(?:[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?\.)+[\p{L}\p{N}][\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}]$/u;
/** The part before the `@`: words of the characters of RFC 5322, 3.2.3, and of other scripts (RFC 6532), joined by dots. */
const MAILBOX =
  /^(?=.{1,64}$)[\w!#$%&'*+/=?^`{|}~\p{L}\p{N}\p{M}-]+(?:\.[\w!#$%&'*+/=?^`{|}~\p{L}\p{N}\p{M}-]+)*$/u;

/** An e-mail address, also an international one (RFC 6531). An empty string counts as none. */
export const emailAddress = z
  .string()
  .max(254)
  .refine((address) => address === '' || isAddress(address), {
    message: 'must be an e-mail address such as ada@example.org',
  })
  .transform((address) => address || null);

function isAddress(address: string): boolean {
  const at = address.lastIndexOf('@');
  return at > 0 && MAILBOX.test(address.slice(0, at)) && DOMAIN.test(address.slice(at + 1));
}

/** A telephone number with its country code (E.164). An empty string counts as none. */
export const phoneNumber = z
  .string()
  .regex(
    /^(\+[1-9]\d{6,14})?$/,
    'must be a number with its country code, without spaces, such as +4915112345678',
  )
  .transform((number) => number || null);

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

const commaLists = new WeakSet<z.ZodType>();

/** Several values of an enumeration in one query parameter. */
export function commaList<T extends readonly [string, ...string[]]>(values: T) {
  const list = z
    .string()
    .transform((value) => value.split(','))
    .pipe(z.array(z.enum(values)))
    .meta({ description: `One or more of ${values.join(', ')}, separated by commas.` });
  commaLists.add(list);
  return list;
}

/** Whether a parameter is a `commaList`, which may also be repeated: `status=a&status=b`. */
export function isCommaList(schema: unknown): boolean {
  return (
    schema instanceof z.ZodType &&
    commaLists.has(schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema)
  );
}

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
