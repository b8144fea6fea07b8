/** The secrets of every server that a test starts. */
export const INTERNAL_SECRET = 'test-internal-secret-0123456789abcdef';
export const TOKEN_SECRET = 'test-video-jwt-secret-0123456789abcdef';
