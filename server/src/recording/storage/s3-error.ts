/** The object store failed. The message has the cause in words for the operator, and neither credentials nor requests. */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  /** The error code of the store, or of the connection to it. */
  readonly code: string;
  /** The HTTP status; null without a response. */
  readonly status: number | null;

  constructor(message: string, code: string, status: number | null = null) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const REMEDIES: readonly (readonly [codes: RegExp, said: string])[] = [
  [
    // XAdminUserNotFound is versitygw's.
    /^(InvalidAccessKeyId|XAdminUserNotFound|SignatureDoesNotMatch|InvalidToken|ExpiredToken|TokenRefreshRequired)$/,
    'refused the credentials: check RECORDINGS_S3_ACCESS_KEY_ID and RECORDINGS_S3_SECRET_ACCESS_KEY',
  ],
  [
    /^(CredentialsProviderError|TokenProviderError)$/,
    'was not asked, because this machine has no credentials: set RECORDINGS_S3_ACCESS_KEY_ID and RECORDINGS_S3_SECRET_ACCESS_KEY',
  ],
  [
    /^(AccessDenied|AllAccessDisabled|KMS\..*)$/,
    'denied access: check the permissions of the credentials for bucket and key',
  ],
  [/^NoSuchBucket$/, 'has no such bucket: check RECORDINGS_S3_BUCKET and RECORDINGS_S3_ENDPOINT'],
  [
    /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|301)$/,
    'has the bucket in another region: check RECORDINGS_S3_REGION',
  ],
  [/^RequestTimeTooSkewed$/, 'refused the time of the request: check the clock of this machine'],
  [/^(NoSuchKey|NotFound)$/, 'has no such object'],
  [/^(SlowDown|ServiceUnavailable|InternalError|503|500|502|504)$/, 'is overloaded or failed'],
  [/^(TimeoutError|ETIMEDOUT|ESOCKETTIMEDOUT|RequestTimeout)$/, 'did not answer in time'],
  [
    /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/,
    'can’t be reached: check RECORDINGS_S3_ENDPOINT and the network',
  ],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'has an unknown host name: check RECORDINGS_S3_ENDPOINT and the name server'],
  [/^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/, 'closed the connection'],
  [
    /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/,
    'has a certificate that this machine does not trust',
  ],
];

/** What is known of an error of the SDK, or of the system. */
interface Failure {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * Returns an error to log. Errors of the SDK are not for the log: they have headers, access keys and what was signed.
 * @param task what failed, such as "store a recording"
 */
export function s3Error(error: unknown, task: string, bucket: string): S3Error {
  if (error instanceof S3Error) return error;
  const { name = 'Error', code, $metadata } = error as Failure;
  const status = $metadata?.httpStatusCode ?? null;
  const codes = [code, name, status === null ? undefined : String(status)].filter((one) => one !== undefined);
  const [known, said] = codes
    .map((one) => [one, REMEDIES.find(([known]) => known.test(one))?.[1]] as const)
    .find(([, remedy]) => remedy !== undefined) ?? [
    codes.find((one) => one !== 'Error') ?? 'Error',
    'failed',
  ];
  return new S3Error(
    `Could not ${task}: the object store of the bucket ${bucket} ${said} (${known}).`,
    known,
    status,
  );
}
