import { ERRORS, type ErrorCode } from '@televisit/shared/errors';
import { describe, expect, it } from 'vitest';
import { en } from '../../locales/en.ts';
import { screenOf } from './error-screens.tsx';

describe('screenOf', () => {
  it.each([
    ['token_expired', 'link_expired'],
    ['token_signature', 'link_bad'],
    ['token_missing', 'link_bad'],
    ['token_wrong_session', 'link_bad'],
    ['token_not_yet_valid', 'link_early'],
    ['session_not_found', 'link_bad'],
    ['not_open_yet', 'visit_early'],
    ['session_over', 'visit_over'],
    ['removed', 'removed'],
    ['visit_full', 'visit_full'],
    ['unreachable', 'unreachable'],
    ['shutting_down', 'unreachable'],
    ['internal_error', 'server'],
    ['no_capacity', 'no_capacity'],
    ['node_unreachable', 'unreachable'],
    ['wrong_node', 'unreachable'],
    ['unsupported_browser', 'browser'],
    ['replaced', 'replaced'],
    ['media_denied', 'media_denied'],
    ['media_missing', 'media_missing'],
  ] as const)('explains %s with the screen %s', (code, screen) => {
    expect(screenOf(code)).toBe(screen);
  });

  it('returns a screen with texts for every error code', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      expect(en).toHaveProperty([`screen.${screenOf(code)}.title`]);
      expect(en).toHaveProperty([`screen.${screenOf(code)}.text`]);
    }
  });
});
