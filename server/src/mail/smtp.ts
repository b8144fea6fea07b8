import { createTransport } from 'nodemailer';
import { isLoopback } from './loopback.ts';
import type { MailAddress, SmtpServer } from './mail-settings.ts';

/** A mail as it goes out. */
export interface OutgoingMail {
  readonly to: MailAddress;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** BCP 47 tag. */
  readonly language: string;
  /** `<id@host>`; who gets a mail twice under one id shows it once. */
  readonly messageId: string;
  readonly calendar: { readonly method: 'REQUEST' | 'CANCEL'; readonly content: string };
}

/** Mail did not go out. */
export class MailError extends Error {
  override readonly name = 'MailError';
  /** The server refuses this mail for good (a 5xx reply); otherwise trying again may help. */
  readonly permanent: boolean;
  /** What went wrong, without anything personal. */
  readonly code: string;

  constructor(code: string, permanent: boolean, cause: unknown) {
    super(code, { cause });
    this.code = code;
    this.permanent = permanent;
  }
}

export interface MailTransport {
  /**
   * Resolves when the server has taken the mail.
   * @param closing breaks it off
   * @throws MailError
   */
  send(mail: OutgoingMail, closing: AbortSignal): Promise<void>;
}

export interface SmtpTimes {
  /** How long a server may take to be there, in milliseconds. */
  readonly connectMs: number;
  /** How long it may say nothing: it looks into a mail before it takes it, and who gives up too soon sends it twice. */
  readonly answerMs: number;
  /** No single mail takes longer. */
  readonly deadlineMs: number;
}

const MINUTE_MS = 60_000;
/** RFC 5321, 4.5.3.2.6: ten minutes for the answer to a whole mail. */
export const SMTP_TIMES: SmtpTimes = {
  connectMs: 15_000,
  answerMs: 10 * MINUTE_MS,
  deadlineMs: 12 * MINUTE_MS,
};

/** Hands mail to an SMTP server (RFC 5321), each in a connection of its own. */
export function smtpTransport(
  server: SmtpServer,
  from: MailAddress,
  { connectMs, answerMs, deadlineMs }: SmtpTimes = SMTP_TIMES,
): MailTransport {
  const { host, port, secure, tlsOptional, login } = server;
  const transporter = createTransport({
    host,
    port,
    secure,
    // A password never goes over the network in the clear, and mail only where somebody says so.
    requireTLS: !isLoopback(host) && (login !== null || !tlsOptional),
    ...(login ? { auth: { user: login.user, pass: login.password } } : {}),
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    dnsTimeout: connectMs,
    socketTimeout: answerMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async ({ to, subject, text, html, language, messageId, calendar }, closing) => {
      try {
        await transporter.sendMail({
          from: written(from),
          to: written(to),
          subject,
          text,
          html,
          messageId,
          icalEvent: { ...calendar, filename: 'visit.ics' },
          headers: {
            'Content-Language': language,
            // RFC 3834: no out-of-office note answers it.
            'Auto-Submitted': 'auto-generated',
          },
          signal: AbortSignal.any([closing, AbortSignal.timeout(deadlineMs)]),
        });
      } catch (error) {
        throw mailError(error);
      }
    },
  };
}

function written({ name, address }: MailAddress) {
  return { name: name ?? '', address };
}

interface SmtpFailure {
  readonly code?: string;
  readonly responseCode?: number;
  /** What the server was told before. */
  readonly command?: string;
  readonly timeoutType?: string;
}

function mailError(error: unknown): MailError {
  const { code = 'EUNKNOWN', responseCode, command, timeoutType } = error as SmtpFailure;
  if (timeoutType === 'SOCKET_TIMEOUT') return new MailError('ENOANSWER', false, error);
  // A refused login or sender, or a server that turns all connections away, is not the mail's fault: somebody will mend it.
  const refused = (code === 'EENVELOPE' && command !== 'MAIL FROM') || code === 'EMESSAGE';
  const unknownSender = responseCode === 530 || responseCode === 535;
  const permanent = refused && !unknownSender && (responseCode === undefined || responseCode >= 500);
  return new MailError(responseCode === undefined ? code : `${code} ${responseCode}`, permanent, error);
}
