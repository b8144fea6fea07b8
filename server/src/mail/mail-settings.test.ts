import { describe, expect, it } from 'vitest';
import { mailAddress, smtpServer } from './mail-settings.ts';

describe('smtpServer', () => {
  it('reads host, port, TLS and login', () => {
    expect(smtpServer('smtp://mail.test')).toEqual({
      host: 'mail.test',
      port: 587,
      secure: false,
      tlsOptional: false,
      login: null,
    });
    expect(smtpServer('smtps://mail.test/')).toMatchObject({ port: 465, secure: true });
    expect(smtpServer('smtp://a%40b:p%2F%3A@mail.test:2525')).toEqual({
      host: 'mail.test',
      port: 2525,
      secure: false,
      tlsOptional: false,
      login: { user: 'a@b', password: 'p/:' },
    });
    expect(smtpServer('smtp://mail.test:25?tls=optional')).toMatchObject({ port: 25, tlsOptional: true });
    expect(smtpServer('smtp://[::1]:25')).toMatchObject({ host: '::1', port: 25 });
  });

  it.each([
    'mail.test',
    'http://mail.test',
    'smtp://',
    'smtp://mail.test/path',
    'smtp://mail.test?tls=no',
    'smtp://user:password@mail.test?tls=optional',
    'smtps://mail.test?tls=optional',
    'smtp://mail.test#x',
    'smtp://:password@mail.test',
    'smtp://user:%zz@mail.test',
    'smtp://mail.test:99999',
  ])('rejects %s', (text) => {
    expect(smtpServer(text)).toBeNull();
  });
});

describe('mailAddress', () => {
  it.each([
    ['no-reply@clinic.test', null],
    ['Clinic North <no-reply@clinic.test>', 'Clinic North'],
    ['"Clinic, North" <no-reply@clinic.test>', 'Clinic, North'],
    ['<no-reply@clinic.test>', null],
    ['Klinik Süd  <no-reply@clinic.test>', 'Klinik Süd'],
  ])('reads %s', (text, name) => {
    expect(mailAddress(text)).toEqual({ name, address: 'no-reply@clinic.test' });
  });

  it.each([
    'clinic',
    'Clinic <clinic>',
    'a@b@c',
    'a@b, c@d',
    'A <a@b',
    'A\r\nBcc: x <a@b.test>',
    '@clinic.test',
  ])('rejects %j', (text) => {
    expect(mailAddress(text)).toBeNull();
  });
});
