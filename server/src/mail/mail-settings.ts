/** The mail server and the sender. */
export interface MailSettings {
  readonly server: SmtpServer;
  readonly from: MailAddress;
}

/** A server that accepts e-mails for delivery (RFC 5321). */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** Whether to use implicit TLS (RFC 8314); otherwise STARTTLS (RFC 3207). */
  readonly secure: boolean;
  /** Whether e-mails may be sent without TLS if the server offers no STARTTLS; passwords never are. */
  readonly tlsOptional: boolean;
  readonly login: { readonly user: string; readonly password: string } | null;
}

export interface MailAddress {
  readonly name: string | null;
  readonly address: string;
}

const PORTS = { 'smtp:': 587, 'smtps:': 465 } as const;

/** Parses `smtp://user:password@host:port`, optionally with `?tls=optional`. Returns null if the text is invalid. */
export function smtpServer(text: string): SmtpServer | null {
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
  if (protocol !== 'smtp:' && protocol !== 'smtps:') return null;
  if (
    hostname === '' ||
    !['', '/'].includes(pathname) ||
    !['', '?tls=optional'].includes(search) ||
    hash !== ''
  )
    return null;
  if (password !== '' && username === '') return null;
  const tlsOptional = search !== '';
  if (tlsOptional && (protocol === 'smtps:' || username !== '')) return null;
  try {
    const login =
      username === '' ? null : { user: decodeURIComponent(username), password: decodeURIComponent(password) };
    const host = decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1');
    return { host, port: Number(port || PORTS[protocol]), secure: protocol === 'smtps:', tlsOptional, login };
  } catch {
    return null;
  }
}

/** Parses `no-reply@clinic.org` or `Clinic <no-reply@clinic.org>`. Returns null if the text is invalid. */
export function mailAddress(text: string): MailAddress | null {
  const [, quoted, plain, bracketed, bare] =
    /^(?:(?:"([^"<>\p{Cc}]*)"|([^"<>\p{Cc}]*?))\s*<([^<>\s]+)>|([^<>\s]+))$/u.exec(text.trim()) ?? [];
  const address = bracketed ?? bare;
  if (!address || !/^[^@\s,;:()[\]\\"<>]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/.test(address)) return null;
  const name = (quoted ?? plain ?? '').trim();
  return { name: name === '' ? null : name, address };
}
