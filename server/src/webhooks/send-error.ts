/** Why there was no answer to a webhook. */
export const SEND_FAILURES = [
  /** The whole exchange took too long. */
  'timeout',
  /** The name has no address. */
  'dns',
  /** One of the name's addresses is of a network that webhooks may not go to. */
  'address_forbidden',
  /** The address may not be used: not https, or not an address at all. */
  'url_forbidden',
  'refused',
  'unreachable',
  /** The connection broke off. */
  'reset',
  /** No TLS, or a certificate that is not to be trusted. */
  'tls',
  /** What came is no HTTP. */
  'protocol',
  /** This process is closing. */
  'closed',
] as const;
export type SendFailure = (typeof SEND_FAILURES)[number];

/** A webhook got no answer. The message is for operators: it names no secret. */
export class SendError extends Error {
  override readonly name = 'SendError';
  readonly code: SendFailure;

  constructor(code: SendFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }

  /** What an error of Node's network stack means. */
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
