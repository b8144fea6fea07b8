import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect as connectTcp, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A TURN server. */
export interface TurnAddress {
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp' | 'tls';
}

export interface TurnLogin {
  readonly username: string;
  readonly password: string;
}

/** The server answered with an error (RFC 8489, 14.8). */
export class TurnRefusal extends Error {
  override readonly name = 'TurnRefusal';
  readonly code: number;

  constructor(code: number, reason: string) {
    super(`refuses: ${code} ${reason}`);
    this.code = code;
  }
}

const COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
/** Methods and classes (RFC 8489, 5; RFC 8656, 17). */
const TYPE = { allocate: 0x0003, refresh: 0x0004, success: 0x0100, error: 0x0110 };
const ATTRIBUTE = {
  username: 0x0006,
  integrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  realm: 0x0014,
  nonce: 0x0015,
  relayedAddress: 0x0016,
  requestedTransport: 0x0019,
};
const INTEGRITY_BYTES = 24;
const UDP_RELAY = Buffer.from([17, 0, 0, 0]);
const RELEASE = Buffer.alloc(4);
/** When a request over UDP is sent again, in milliseconds after it was sent first (RFC 8489, 6.2.1). */
const RETRANSMISSIONS_MS = [500, 1500, 3500];

type Attributes = ReadonlyMap<number, Buffer>;
type Exchange = (message: Buffer) => Promise<Buffer>;

/**
 * Allocates a relayed address (RFC 8656) with a long-term credential, and releases it.
 * @returns the relayed address and port
 * @throws {TurnRefusal} if the server refuses; other errors if it can't be reached within `deadlineMs` milliseconds
 */
export async function allocateOnce(
  server: TurnAddress,
  login: TurnLogin,
  deadlineMs: number,
): Promise<{ readonly address: string; readonly port: number }> {
  const line =
    server.transport === 'udp' ? openUdp(server, deadlineMs) : await openStream(server, deadlineMs);
  try {
    const challenge = await ask(line.exchange, TYPE.allocate, [[ATTRIBUTE.requestedTransport, UDP_RELAY]]);
    const realm = challenge.attributes.get(ATTRIBUTE.realm);
    const nonce = challenge.attributes.get(ATTRIBUTE.nonce);
    if (challenge.refusal?.code !== 401 || !realm || !nonce) {
      throw challenge.refusal ?? new Error('accepts participants without credentials');
    }
    const signed = { ...login, realm, nonce };
    const answer = await ask(
      line.exchange,
      TYPE.allocate,
      [[ATTRIBUTE.requestedTransport, UDP_RELAY]],
      signed,
    );
    const relay = answer.attributes.get(ATTRIBUTE.relayedAddress);
    if (answer.refusal || !relay) throw answer.refusal ?? new Error('allocates no address');
    await ask(line.exchange, TYPE.refresh, [[ATTRIBUTE.lifetime, RELEASE]], signed);
    return addressOf(relay, answer.id);
  } finally {
    line.close();
  }
}

interface Answer {
  readonly id: Buffer;
  readonly attributes: Attributes;
  readonly refusal: TurnRefusal | null;
}

async function ask(
  exchange: Exchange,
  type: number,
  attributes: readonly (readonly [number, Buffer])[],
  login?: TurnLogin & { readonly realm: Buffer; readonly nonce: Buffer },
): Promise<Answer> {
  const id = randomBytes(12);
  const body = attributes.map(([name, value]) => attribute(name, value));
  if (login) {
    body.push(attribute(ATTRIBUTE.username, Buffer.from(login.username)));
    body.push(attribute(ATTRIBUTE.realm, login.realm), attribute(ATTRIBUTE.nonce, login.nonce));
  }
  const content = Buffer.concat(body);
  const message = Buffer.concat([header(type, content.length + (login ? INTEGRITY_BYTES : 0), id), content]);
  const request = login
    ? Buffer.concat([message, attribute(ATTRIBUTE.integrity, integrityOf(message, login))])
    : message;
  const answer = await exchange(request);
  const known = parseAttributes(answer);
  if (answer.readUInt16BE(0) === (type | TYPE.success)) return { id, attributes: known, refusal: null };
  const error = known.get(ATTRIBUTE.errorCode);
  const code = error ? (error[2] ?? 0) * 100 + (error[3] ?? 0) : 0;
  return { id, attributes: known, refusal: new TurnRefusal(code, error?.subarray(4).toString() ?? '') };
}

function header(type: number, length: number, id: Buffer): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(length, 2);
  fixed.writeUInt32BE(COOKIE, 4);
  return Buffer.concat([fixed, id]);
}

/** Values are padded to 4 bytes (RFC 8489, 14). */
function attribute(name: number, value: Buffer): Buffer {
  const fixed = Buffer.alloc(4);
  fixed.writeUInt16BE(name, 0);
  fixed.writeUInt16BE(value.length, 2);
  return Buffer.concat([fixed, value, Buffer.alloc(-value.length & 3)]);
}

function parseAttributes(message: Buffer): Attributes {
  const found = new Map<number, Buffer>();
  for (let at = HEADER_BYTES; at + 4 <= message.length;) {
    const length = message.readUInt16BE(at + 2);
    found.set(message.readUInt16BE(at), message.subarray(at + 4, at + 4 + length));
    at += 4 + length + (-length & 3);
  }
  return found;
}

/** MESSAGE-INTEGRITY with the key of a long-term credential (RFC 8489, 9.2.2 and 14.5). */
function integrityOf(message: Buffer, { username, password, realm }: TurnLogin & { realm: Buffer }): Buffer {
  const key = createHash('md5').update(`${username}:${realm.toString()}:${password}`).digest();
  return createHmac('sha1', key).update(message).digest();
}

/** XOR-RELAYED-ADDRESS (RFC 8489, 14.2). */
function addressOf(value: Buffer, id: Buffer): { address: string; port: number } {
  const mask = header(0, 0, id).subarray(4);
  const port = value.readUInt16BE(2) ^ (COOKIE >>> 16);
  const bytes = [...value.subarray(4)].map((byte, index) => byte ^ (mask[index] ?? 0));
  if (value[1] === 1) return { address: bytes.join('.'), port };
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  return { address: new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1), port };
}

interface Line {
  readonly exchange: Exchange;
  close(): void;
}

function openUdp({ host, port }: TurnAddress, deadlineMs: number): Line {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const exchange = (message: Buffer) =>
    new Promise<Buffer>((resolve, reject) => {
      const send = () => socket.send(message, port, host);
      const timers = RETRANSMISSIONS_MS.map((delay) => setTimeout(send, delay));
      const late = () => reject(new Error(`no answer within ${deadlineMs / 1000} s`));
      timers.push(setTimeout(late, deadlineMs));
      const settle = () => {
        for (const timer of timers) clearTimeout(timer);
        socket.removeAllListeners();
      };
      socket.on('message', (answer: Buffer) => {
        if (!isAnswerTo(message, answer)) return;
        settle();
        resolve(answer);
      });
      socket.on('error', (error) => {
        settle();
        reject(error);
      });
      send();
    });
  return { exchange, close: () => socket.close() };
}

function isAnswerTo(request: Buffer, answer: Buffer): boolean {
  return (
    answer.length >= HEADER_BYTES &&
    request.subarray(4, HEADER_BYTES).equals(answer.subarray(4, HEADER_BYTES))
  );
}

async function openStream({ host, port, transport }: TurnAddress, deadlineMs: number): Promise<Line> {
  const isTls = transport === 'tls';
  const socket: Socket = isTls ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
  socket.setTimeout(deadlineMs, () => {
    socket.destroy(new Error(`no answer within ${deadlineMs / 1000} s`));
  });
  const next = async <T>(event: string): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      socket.once(event, resolve);
      socket.once('error', reject);
      socket.once('end', () => reject(new Error('closes the connection')));
    });
  await next(isTls ? 'secureConnect' : 'connect');
  const exchange = async (message: Buffer) => {
    socket.write(message);
    let received = Buffer.alloc(0);
    while (received.length < HEADER_BYTES || received.length < HEADER_BYTES + received.readUInt16BE(2))
      received = Buffer.concat([received, await next<Buffer>('data')]);
    return received;
  };
  return { exchange, close: () => socket.destroy() };
}
