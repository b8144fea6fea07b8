/** The reasons why a webhook got no answer. */
export const SEND_FAILURES = [
  /** The whole exchange took too long. */
  'timeout',
  /** The name has no address. */
  'dns',
  /** One of the name's addresses belongs to a private or reserved network. */
  'address_forbidden',
  /** The URL is not allowed: not https, or invalid. */
  'url_forbidden',
  'refused',
  'unreachable',
  /** The connection was closed or broke. */
  'reset',
  /** The receiver does not speak TLS, or its certificate is not trusted. */
  'tls',
  /** The answer is not valid HTTP. */
  'protocol',
  /** This process is closing. */
  'closed',
] as const;
export type SendFailure = (typeof SEND_FAILURES)[number];

/** A webhook got no answer. The message is for operators and contains no secret. */
export class SendError extends Error {
  override readonly name = 'SendError';
  readonly code: SendFailure;

  constructor(code: SendFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }

  /** Returns the SendError for an error of Node's network stack. */
  static from(error: unknown): SendError {
    if (error instanceof SendError) return error;
    const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
    return new SendError(failureOf(code), message || code || 'The request failed.', error);
  }
}

function failureOf(code: string): SendFailure {
  if (code === 'ECONNREFUSED') return 'refused';
  if (['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'EACCES', 'EPERM'].includes(code))
    return 'unreachable';
  if (code === 'ETIMEDOUT') return 'timeout';
  if (['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'ENODATA'].includes(code)) return 'dns';
  if (code.startsWith('HPE_')) return 'protocol';
  if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO$)/.test(code))
    return 'tls';
  return 'reset';
}
