import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A service account of Google Cloud with the key that signs for it. */
export interface ServiceAccount {
  readonly email: string;
  readonly keyId: string;
  /** PEM. */
  readonly privateKey: string;
}

const keyFile = z.object({
  type: z.literal('service_account'),
  client_email: z.email(),
  private_key_id: z.string().min(1),
  private_key: z.string().min(1),
});

/**
 * Reads the key file that the Google Cloud console creates.
 * @param setting its JSON, or its path
 * @returns what is wrong with it, in words that follow its name, if it cannot be used
 */
export function readServiceAccount(setting: string): ServiceAccount | string {
  let text = setting;
  if (!setting.trimStart().startsWith('{')) {
    try {
      text = readFileSync(setting, 'utf8');
    } catch (error) {
      const { code = 'an error' } = error as NodeJS.ErrnoException;
      return `must be JSON or the path of a file that the server can read (${code})`;
    }
  }
  const parsed = keyFile.safeParse(parseJson(text));
  if (!parsed.success) {
    return 'must be the JSON key of a service account, with type, client_email, private_key_id and private_key';
  }
  const { client_email: email, private_key_id: keyId, private_key: privateKey } = parsed.data;
  if (!isRsaKey(privateKey)) return 'must have an RSA key in private_key, with line breaks as \\n';
  return { email, keyId, privateKey };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
