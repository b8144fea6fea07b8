import { pino, type Logger } from 'pino';

/** Returns a logger that writes JSON lines to stdout. Tokens and secrets in known fields are redacted. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    redact: {
      paths: [
        'token',
        '*.token',
        'authorization',
        '*.authorization',
        '*["x-internal-secret"]',
        'auth',
        '*.auth',
      ],
      censor: '[hidden]',
    },
  });
}
