import { ROLES } from '@televisit/shared/permissions';
import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { t } from './index.ts';

describe('t', () => {
  it('of a plain message is the message', () => {
    expect(t('prejoin.join')).toBe('Join now');
  });

  it('fills names in, as often as they stand there', () => {
    expect(t('prejoin.asNamed', { name: 'Ana', role: 'Patient' })).toBe('You join as Ana (Patient)');
  });

  it('does not read a value as a pattern', () => {
    expect(t('say.joined', { name: '$& {name}' })).toBe('$& {name} joined');
  });

  it('has a word for every role', () => {
    for (const role of ROLES) expect(t(`role.${role}`)).not.toBe('');
  });
});

describe('en', () => {
  it('says nothing twice over and leaves nothing empty', () => {
    for (const text of Object.values(en)) expect(text.trim()).toBe(text);
    expect(Object.values(en)).not.toContain('');
  });
});
