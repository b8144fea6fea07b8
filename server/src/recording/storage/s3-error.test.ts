import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { S3Error, s3Error } from './s3-error.ts';

const failure = (name: string, more: object = {}) => Object.assign(new Error('text'), { name }, more);
const response = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });

it.each<[Error, RegExp]>([
  [
    failure('SignatureDoesNotMatch', response(403)),
    /refused the credentials: .* \(SignatureDoesNotMatch\)\.$/,
  ],
  [failure('AccessDenied', response(403)), /denied access: check the permissions .* \(AccessDenied\)\.$/],
  [
    failure('PermanentRedirect', response(301)),
    /in another region: check RECORDINGS_S3_REGION \(PermanentRedirect\)\.$/,
  ],
  [failure('Unknown', response(503)), /is overloaded or failed \(503\)\.$/],
  [failure('TimeoutError'), /did not answer in time \(TimeoutError\)\.$/],
  [failure('Error', { code: 'ECONNREFUSED' }), /can’t be reached: .* \(ECONNREFUSED\)\.$/],
  [
    failure('Error', { code: 'CERT_HAS_EXPIRED' }),
    /a certificate that this machine does not trust \(CERT_HAS_EXPIRED\)\.$/,
  ],
  [failure('CredentialsProviderError'), /this machine has no credentials: set RECORDINGS_S3_ACCESS_KEY_ID/],
  [failure('EntityTooLarge', response(400)), /failed \(EntityTooLarge\)\.$/],
  [failure('Error'), /failed \(Error\)\.$/],
])('s3Error of %s names bucket, cause and code', (error, expected) => {
  const { message } = s3Error(error, 'store a file', 'clinic');
  expect(message).toMatch(/^Could not store a file: the object store of the bucket clinic /);
  expect(message).toMatch(expected);
});

it('s3Error keeps nothing of what the SDK knows about the request', () => {
  const error = failure('SignatureDoesNotMatch', {
    ...response(403),
    $response: { headers: { authorization: 'confidential' } },
    StringToSign: 'confidential',
    message: 'confidential',
  });
  const found = s3Error(error, 'store a file', 'clinic');
  expect(inspect(found, { depth: null, showHidden: true })).not.toContain('confidential');
  expect(found).toMatchObject({ code: 'SignatureDoesNotMatch', status: 403 });
});

it('s3Error returns an S3Error as it is', () => {
  const error = new S3Error('text', 'NotEncrypted');
  expect(s3Error(error, 'store a file', 'clinic')).toBe(error);
});
