import type { FileContent } from '../features/chat/chats.ts';

/** A file of somebody we don't know: it is saved under its name, and never shown or run as a page of ours. */
export function fileReply({ name, contentType, content }: FileContent) {
  return {
    status: 200 as const,
    type: contentType,
    content,
    headers: {
      'Content-Disposition': attachment(name),
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'X-Content-Type-Options': 'nosniff',
    },
  };
}

/** The header for a name (RFC 6266, with RFC 8187 for letters beyond ASCII). */
export function attachment(name: string): string {
  const ascii = name
    .normalize('NFKD')
    .replaceAll(/[^\x20-\x7e]/g, '')
    .replaceAll(/["\\]/g, '_')
    .trim();
  const plain = /^[^.]/.test(ascii) ? ascii : `file${ascii}`;
  return `attachment; filename="${plain}"${plain === name ? '' : `; filename*=UTF-8''${encoded(name)}`}`;
}

/** RFC 8187, 3.2.1: what `encodeURIComponent` leaves alone may stand there but for these. */
function encoded(name: string): string {
  const escape = (letter: string) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, escape);
}
