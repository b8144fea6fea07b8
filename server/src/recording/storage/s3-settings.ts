import { z } from 'zod';
import { isOnOwnNetwork } from '../../core/own-network.ts';

/** An object store for recordings: Amazon S3, or one with its API. */
export interface S3Settings {
  readonly bucket: string;
  /** The address of a store other than Amazon's, whose path begins with the bucket; null for Amazon's of the region. */
  readonly endpoint: string | null;
  readonly region: string;
  /** What the names of objects begin with: empty, or with a slash at the end. */
  readonly prefix: string;
  /** Null for those that the machine has: variables, files, or the role of its instance, task or pod. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
  /** The encryption by the store, beside that by this server; null for what the bucket does by default. */
  readonly encryption: S3Encryption | null;
}

export type S3Encryption =
  | { readonly algorithm: 'AES256' }
  /** `keyId` is null for the key that the store manages. */
  | { readonly algorithm: 'aws:kms'; readonly keyId: string | null };

const DEFAULT_REGION = 'us-east-1';

export const S3_VARIABLES = {
  RECORDINGS_S3_BUCKET: z
    .string()
    .regex(
      /^[A-Za-z0-9][\w.-]{1,61}[A-Za-z0-9]$/,
      'RECORDINGS_S3_BUCKET must be the name of a bucket: 3 to 63 letters, digits, dots and hyphens',
    )
    .optional(),
  RECORDINGS_S3_ENDPOINT: z
    .string()
    .refine(isPlainAddress, {
      message: 'RECORDINGS_S3_ENDPOINT must be an http or https address without user, query or fragment',
    })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  RECORDINGS_S3_REGION: z
    .string()
    .regex(/^[\w-]+$/, 'RECORDINGS_S3_REGION must be a region such as eu-central-1')
    .optional(),
  RECORDINGS_S3_PREFIX: z
    .string()
    .regex(
      /^(?:(?!\.{1,2}(?:\/|$))[\w.-]+\/)*(?!\.{1,2}$)[\w.-]+\/?$/,
      'RECORDINGS_S3_PREFIX must be letters, digits, dots, hyphens and underscores, with slashes between, such as televisit/recordings',
    )
    .max(500, 'RECORDINGS_S3_PREFIX must have at most 500 characters')
    .optional(),
  RECORDINGS_S3_ACCESS_KEY_ID: z.string().optional(),
  RECORDINGS_S3_SECRET_ACCESS_KEY: z.string().optional(),
  RECORDINGS_S3_SSE: z
    .enum(['AES256', 'aws:kms'], { error: 'RECORDINGS_S3_SSE must be AES256 or aws:kms' })
    .optional(),
  RECORDINGS_S3_SSE_KMS_KEY_ID: z.string().optional(),
};

export type S3Variables = z.infer<z.ZodObject<typeof S3_VARIABLES>> & {
  readonly RECORDING_KEY?: string | undefined;
  readonly RECORDINGS_DIR?: string | undefined;
};

/** Returns the settings of variables without problems; null if recordings are not kept in an object store. */
export function s3Settings(env: S3Variables): S3Settings | null {
  const {
    RECORDINGS_S3_BUCKET: bucket,
    RECORDINGS_S3_ACCESS_KEY_ID: accessKeyId,
    RECORDINGS_S3_SECRET_ACCESS_KEY: secretAccessKey,
  } = env;
  if (bucket === undefined) return null;
  return {
    bucket,
    endpoint: env.RECORDINGS_S3_ENDPOINT ?? null,
    region: env.RECORDINGS_S3_REGION ?? DEFAULT_REGION,
    prefix: env.RECORDINGS_S3_PREFIX?.replace(/\/?$/, '/') ?? '',
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : null,
    encryption: encryptionOf(env),
  };
}

function encryptionOf(env: S3Variables): S3Encryption | null {
  const { RECORDINGS_S3_SSE: algorithm, RECORDINGS_S3_SSE_KMS_KEY_ID: keyId = null } = env;
  if (algorithm === undefined) return null;
  return algorithm === 'aws:kms' ? { algorithm, keyId } : { algorithm };
}

/** Returns a sentence for each setting that lacks another one, or contradicts it. */
export function s3Problems(env: S3Variables, production: boolean): string[] {
  const names = Object.keys(S3_VARIABLES) as (keyof typeof S3_VARIABLES)[];
  if (env.RECORDINGS_S3_BUCKET === undefined) {
    return names
      .filter((name) => env[name] !== undefined)
      .map((name) => `${name} needs RECORDINGS_S3_BUCKET.`);
  }
  const problems: string[] = [];
  if (env.RECORDINGS_DIR !== undefined) {
    problems.push(
      'RECORDINGS_DIR and RECORDINGS_S3_BUCKET exclude each other: recordings are kept in one place.',
    );
  }
  if (
    (env.RECORDINGS_S3_ACCESS_KEY_ID === undefined) !==
    (env.RECORDINGS_S3_SECRET_ACCESS_KEY === undefined)
  ) {
    problems.push(
      'RECORDINGS_S3_ACCESS_KEY_ID and RECORDINGS_S3_SECRET_ACCESS_KEY go together: set both, or neither for the credentials of the machine.',
    );
  }
  if (env.RECORDINGS_S3_SSE_KMS_KEY_ID !== undefined && env.RECORDINGS_S3_SSE !== 'aws:kms') {
    problems.push('RECORDINGS_S3_SSE_KMS_KEY_ID needs RECORDINGS_S3_SSE=aws:kms.');
  }
  return production ? [...problems, ...productionProblems(env)] : problems;
}

function productionProblems(env: S3Variables): string[] {
  const problems: string[] = [];
  if (env.RECORDING_KEY === undefined) {
    problems.push('RECORDINGS_S3_BUCKET needs RECORDING_KEY: without it nothing is recorded.');
  }
  const { RECORDINGS_S3_ENDPOINT: endpoint } = env;
  if (endpoint?.startsWith('http:') && !isOnOwnNetwork(new URL(endpoint).hostname)) {
    problems.push(
      'RECORDINGS_S3_ENDPOINT must be an https address, unless the store is on your own network.',
    );
  }
  return problems;
}

function isPlainAddress(text: string): boolean {
  if (!URL.canParse(text) || /[?#]/.test(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}
