import { createECDH } from 'node:crypto';
import process from 'node:process';

/** Prints a new pair of keys for push messages (RFC 8292), as lines of a .env file. */
const pair = createECDH('prime256v1');
pair.generateKeys();
// `getPrivateKey` drops leading zeros.
const privateKey = Buffer.from(pair.getPrivateKey('hex').padStart(64, '0'), 'hex');
process.stdout.write(
  `VAPID_PUBLIC_KEY=${pair.getPublicKey().toString('base64url')}\nVAPID_PRIVATE_KEY=${privateKey.toString('base64url')}\n`,
);
