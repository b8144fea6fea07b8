import { pino, type Logger } from 'pino';

/** A logger that writes JSON lines to stdout. Tokens and secrets that slip into a log line are blanked out. */
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
