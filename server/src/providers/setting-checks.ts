import { createPrivateKey, type KeyObject } from 'node:crypto';

/** Variables by name, as the environment has them. */
type Values = Readonly<Record<string, string | undefined>>;

/** The length of a secret that an operator makes up. */
const MIN_SECRET_CHARACTERS = 32;
const MIN_RSA_BITS = 2048;

/** Returns the given ones of some values. */
export function given(...values: readonly (string | undefined)[]): readonly string[] {
  return values.filter((value) => value !== undefined);
}

/** Returns a sentence if only some variables are set of those that go together. */
export function incomplete(env: Values, names: readonly string[]): readonly string[] {
  const missing = names.filter((name) => env[name] === undefined);
  if (missing.length === 0 || missing.length === names.length) return [];
  const last = names.at(-1);
  return [
    `${names.slice(0, -1).join(', ')} and ${last} go together: set all, or none; missing: ${missing.join(', ')}.`,
  ];
}

/** Returns a sentence for each variable that is set without the one that it needs. */
export function dependent(env: Values, needed: string, ...names: readonly string[]): readonly string[] {
  if (env[needed] !== undefined) return [];
  return names.flatMap((name) => (env[name] === undefined ? [] : `${name} needs ${needed}.`));
}

/** Returns a sentence for each secret that can be guessed. */
export function weakSecrets(env: Values, ...names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const length = env[name]?.length ?? MIN_SECRET_CHARACTERS;
    return length >= MIN_SECRET_CHARACTERS
      ? []
      : `${name} must have at least ${MIN_SECRET_CHARACTERS} characters; "openssl rand -hex 32" creates one.`;
  });
}

/**
 * Returns an address of a provider's API, checked at the start.
 * @param production whether only https is allowed, so that no credential travels in the open
 */
export function baseAddress(name: string, text: string, production: boolean): string {
  const allowed = production ? /^https:$/ : /^https?:$/;
  if (!URL.canParse(text) || !allowed.test(new URL(text).protocol) || /[?#]/.test(text)) {
    throw new Error(`${name} must be an ${production ? '' : 'http or '}https address without query`);
  }
  return text.replace(/\/+$/, '');
}

/** Returns a sentence for each invalid address. */
export function badAddresses(
  env: Values,
  production: boolean,
  ...names: readonly string[]
): readonly string[] {
  return names.flatMap((name) => {
    const address = env[name];
    if (address === undefined) return [];
    try {
      baseAddress(name, address, production);
      return [];
    } catch (error) {
      return `${(error as Error).message}.`;
    }
  });
}

/** Returns a sentence for each key that cannot sign RS256. */
export function badPrivateKeys(env: Values, ...names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    const text = env[name];
    if (text === undefined) return [];
    const bits = rsaBits(text);
    if (bits === null) {
      return `${name} must be an RSA private key in PEM form without a passphrase, its line breaks written as \\n.`;
    }
    return bits >= MIN_RSA_BITS ? [] : `${name} must have at least ${MIN_RSA_BITS} bits.`;
  });
}

/**
 * Reads a private key of the environment, whose line breaks may be written as `\n`.
 * @throws {Error} if it is not a private key
 */
export function privateKey(text: string): KeyObject {
  return createPrivateKey(text.replaceAll('\\n', '\n'));
}

function rsaBits(text: string): number | null {
  try {
    const key = privateKey(text);
    return key.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? null) : null;
  } catch {
    return null;
  }
}
