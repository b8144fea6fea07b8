import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import type { MailAddress, SmtpServer } from './mail-settings.ts';

/** An e-mail to send. */
export interface OutgoingMail {
  readonly to: MailAddress;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** BCP 47 tag. */
  readonly language: string;
  /** `<id@host>`; mail programs show two copies with the same id once. */
  readonly messageId: string;
  readonly calendar: { readonly method: 'REQUEST' | 'CANCEL'; readonly content: string };
}

/** An e-mail was not accepted by the server. */
export class MailError extends Error {
  override readonly name = 'MailError';
  /** Whether the server rejects this e-mail permanently (a 5xx reply); otherwise a retry may succeed. */
  readonly permanent: boolean;
  /** The cause, without personal data. */
  readonly code: string;

  constructor(code: string, permanent: boolean, cause: unknown) {
    super(code, { cause });
    this.code = code;
    this.permanent = permanent;
  }
}

export interface MailTransport {
  /**
   * Resolves when the server has accepted the e-mail.
   * @param closing aborts the attempt
   * @throws {MailError} if it did not
   */
  send(mail: OutgoingMail, closing: AbortSignal): Promise<void>;
}

export interface SmtpTimes {
  /** How long connecting and the server's greeting may each take, in milliseconds. */
  readonly connectMs: number;
  /** How long the server may stay silent: it may scan an e-mail before accepting it, and giving up early sends it twice. */
  readonly answerMs: number;
  /** The limit of a whole attempt. */
  readonly deadlineMs: number;
}

const MINUTE_MS = 60_000;
/** RFC 5321, 4.5.3.2.6 asks for ten minutes after the end of the data. */
export const SMTP_TIMES: SmtpTimes = {
  connectMs: 15_000,
  answerMs: 10 * MINUTE_MS,
  deadlineMs: 12 * MINUTE_MS,
};

/** Returns how to connect to an SMTP server. */
export function smtpOptions(
  { host, port, secure, tlsOptional, login }: SmtpServer,
  { connectMs, answerMs }: Pick<SmtpTimes, 'connectMs' | 'answerMs'>,
) {
  return {
    host,
    port,
    secure,
    // Passwords are never sent without TLS, and e-mails only if the operator permits it.
    requireTLS: !isLoopback(host) && (login !== null || !tlsOptional),
    ...(login ? { auth: { user: login.user, pass: login.password } } : {}),
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    dnsTimeout: connectMs,
    socketTimeout: answerMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Creates a transport that sends each e-mail to an SMTP server (RFC 5321) in a new connection. */
export function smtpTransport(
  server: SmtpServer,
  from: MailAddress,
  times: SmtpTimes = SMTP_TIMES,
): MailTransport {
  const transporter = createTransport(smtpOptions(server, times));
  return {
    send: async ({ to, subject, text, html, language, messageId, calendar }, closing) => {
      try {
        await transporter.sendMail({
          from: nodemailerAddress(from),
          to: nodemailerAddress(to),
          subject,
          text,
          html,
          messageId,
          icalEvent: { ...calendar, filename: 'visit.ics' },
          headers: {
            'Content-Language': language,
            // Suppresses out-of-office replies (RFC 3834).
            'Auto-Submitted': 'auto-generated',
          },
          signal: AbortSignal.any([closing, AbortSignal.timeout(times.deadlineMs)]),
        });
      } catch (error) {
        throw mailError(error);
      }
    },
  };
}

function nodemailerAddress({ name, address }: MailAddress) {
  return { name: name ?? '', address };
}

/** Returns whether a host is this machine. */
function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host.toLowerCase() === 'localhost';
  return ipaddr.process(host).range() === 'loopback';
}

interface SmtpFailure {
  readonly code?: string;
  readonly responseCode?: number;
  /** The SMTP command that failed. */
  readonly command?: string;
  readonly timeoutType?: string;
}

function mailError(error: unknown): MailError {
  const { code = 'EUNKNOWN', responseCode, command, timeoutType } = error as SmtpFailure;
  if (timeoutType === 'SOCKET_TIMEOUT') return new MailError('ENOANSWER', false, error);
  // A rejected login, sender or connection is a problem of the configuration, which the operator can fix.
  const refused = (code === 'EENVELOPE' && command !== 'MAIL FROM') || code === 'EMESSAGE';
  const unknownSender = responseCode === 530 || responseCode === 535;
  const permanent = refused && !unknownSender && (responseCode === undefined || responseCode >= 500);
  return new MailError(responseCode === undefined ? code : `${code} ${responseCode}`, permanent, error);
}
