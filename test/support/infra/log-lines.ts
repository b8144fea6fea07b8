import { pino, type Logger } from 'pino';

/** Returns a logger that keeps its lines. */
export function keptLog(): { readonly logger: Logger; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  return { logger, lines };
}
