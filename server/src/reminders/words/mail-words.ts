import type { MailKind } from '../../domain/mail-store.ts';

/** What the mail to a person says, in one language. `{when}`, `{name}` and `{time}` stand for what belongs there. */
export interface MailWords {
  readonly direction: 'ltr' | 'rtl';
  /** What a visit without a title is called in calendars. */
  readonly untitled: string;
  readonly subject: Readonly<Record<MailKind, string>>;
  readonly heading: Readonly<Record<MailKind, string>>;
  readonly text: Readonly<Record<MailKind, string>>;
  readonly greeting: string;
  readonly greetingByName: string;
  readonly when: string;
  readonly length: string;
  readonly about: string;
  readonly open: string;
  /** In text, where there is no button. */
  readonly openByLink: string;
  readonly opens: string;
  readonly personal: string;
  readonly calendar: string;
  readonly calendarWithdrawn: string;
  readonly automatic: string;
  /** The page behind the link while the visit is not open. */
  readonly early: { readonly title: string; readonly opens: string; readonly text: string };
}
