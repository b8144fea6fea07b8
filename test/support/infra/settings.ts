/** Secrets of every server that a test starts. */
export const INTERNAL_SECRET = 'test-internal-secret-0123456789abcdef';
export const TOKEN_SECRET = 'test-video-jwt-secret-0123456789abcdef';

export const SECRETS: { readonly internal: readonly string[]; readonly tokens: readonly [string] } = {
  internal: [INTERNAL_SECRET],
  tokens: [TOKEN_SECRET],
};

/** Environment of every server that a test starts: free ports on the loopback address. */
export const SETTINGS = {
  PORT: '0',
  RTC_PORT: '0',
  LISTEN_IP: '127.0.0.1',
  // A busy machine must not make the server refuse visits.
  MAX_CPU_PERCENT: '0',
  MAX_MEMORY_PERCENT: '0',
} as const;
