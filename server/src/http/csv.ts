import { stringify } from 'csv-stringify/sync';
import type { Request } from 'express';

type Cell = string | number | null | undefined;

/** Returns the media type of a report or list: that of the query, or else the preferred one of `Accept`. */
export function formatOf(request: Request, asked: 'json' | 'csv' | undefined): 'json' | 'csv' {
  return asked ?? (request.accepts(['json', 'csv']) === 'csv' ? 'csv' : 'json');
}

/**
 * Returns a response of lines of text (RFC 4180), with the byte order mark by which spreadsheets recognize UTF-8.
 * @param columns the header, which a file without rows has too
 */
export function csvReply(file: string, columns: readonly string[], rows: readonly Record<string, Cell>[]) {
  return {
    status: 200 as const,
    content: stringify([...rows], {
      columns: [...columns],
      header: true,
      bom: true,
      record_delimiter: 'windows',
    }),
    type: 'text/csv; charset=utf-8',
    headers: { 'Content-Disposition': `attachment; filename="${file}"` },
  };
}

/** Escapes a text that a spreadsheet would run as a formula. Ids are not escaped, because they would be other ids. */
export function withoutFormula(text: string | null): string | null {
  return text !== null && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
