import { t } from '../../locales/index.ts';
import type { MediaErrorCode, VisitClient, VisitErrorCode } from '../../sdk/index.ts';
import { thisBrowser } from '../components/browser-family.ts';
import { Help } from '../components/problem-notice.tsx';
import { unlockAudio } from '../sound/audio.ts';
import { Message } from './message.tsx';

/** The full-page screens that explain why there is no visit. */
export type MessageScreen =
  | 'link_bad'
  | 'link_expired'
  | 'link_early'
  | 'visit_early'
  | 'visit_over'
  | 'removed'
  | 'visit_full'
  | 'no_capacity'
  | 'unreachable'
  | 'server'
  | 'browser'
  | 'replaced'
  | 'media_denied'
  | 'media_missing'
  | 'media_in_use'
  | 'media_insecure'
  | 'media_unsupported';

/** Returns the screen that explains an error code; an unknown code counts as a fault of the server. */
export function screenOf(code: VisitErrorCode): MessageScreen {
  switch (code) {
    case 'token_expired':
      return 'link_expired';
    case 'token_not_yet_valid':
      return 'link_early';
    case 'not_open_yet':
      return 'visit_early';
    case 'session_over':
      return 'visit_over';
    case 'unreachable':
    case 'shutting_down':
    case 'wrong_node':
    case 'node_unreachable':
      return 'unreachable';
    case 'unsupported_browser':
      return 'browser';
    case 'removed':
    case 'visit_full':
    case 'no_capacity':
    case 'replaced':
    case 'media_denied':
    case 'media_missing':
    case 'media_in_use':
    case 'media_insecure':
    case 'media_unsupported':
      return code;
    case 'session_not_found':
    case 'seat_mismatch':
    case 'forbidden':
      return 'link_bad';
    default:
      return code.startsWith('token_') ? 'link_bad' : 'server';
  }
}

const RETRY_SCREENS: readonly MessageScreen[] = [
  'unreachable',
  'server',
  'link_early',
  'visit_full',
  'no_capacity',
];

/** Explains in plain words why there is no visit. */
export function ErrorScreen({ client, code }: { client: VisitClient; code: VisitErrorCode }) {
  const screen = screenOf(code);
  const canRetry = RETRY_SCREENS.includes(screen);
  return (
    <Message
      title={t(`screen.${screen}.title`)}
      text={t(`screen.${screen}.text`)}
      testId="error-screen"
      code={code}
    >
      {screen === 'browser' && <Help client={client} kind="link" />}
      {(canRetry || screen === 'replaced') && (
        <div class="message-buttons">
          <button type="button" class="button button-primary" onClick={() => client.start()}>
            {t(screen === 'replaced' ? 'screen.here' : 'screen.retry')}
          </button>
        </div>
      )}
      <p class="reference">{t('screen.code', { code })}</p>
    </Message>
  );
}

/** The person has joined on another device, and can continue here. */
export function JoinedElsewhereScreen({ client }: { client: VisitClient }) {
  const here = () => {
    unlockAudio();
    client.join();
  };
  return (
    <Message
      title={t('elsewhere.title')}
      text={t('elsewhere.text')}
      testId="error-screen"
      code="joined_elsewhere"
    >
      <div class="message-buttons">
        <button type="button" class="button button-primary" data-testid="take-over" onClick={here}>
          {t('elsewhere.here')}
        </button>
        <button
          type="button"
          class="button button-quiet"
          data-testid="leave-button"
          onClick={() => void client.leave()}
        >
          {t('elsewhere.not')}
        </button>
      </div>
    </Message>
  );
}

const STEPS = {
  media_denied: [],
  media_missing: ['screen.media_missing.step1', 'screen.media_missing.step2', 'screen.media_missing.step3'],
  media_in_use: ['screen.media_in_use.step1', 'screen.media_in_use.step2'],
  media_insecure: [],
  media_unsupported: [],
} as const satisfies Record<MediaErrorCode, readonly string[]>;

interface MediaScreenProps {
  client: VisitClient;
  code: MediaErrorCode;
  busy: boolean;
  onSkip: () => void;
}

/** Neither camera nor microphone works: remedies, and a way to join without them. */
export function MediaScreen({ client, code, busy, onSkip }: MediaScreenProps) {
  const { family, app } = thisBrowser();
  // In another app, permissions can't be changed: the person needs another browser.
  const inApp = family === 'in_app' && (code === 'media_denied' || code === 'media_insecure');
  const steps = STEPS[code];
  return (
    <Message
      title={t(inApp ? 'permission.inApp.title' : `screen.${code}.title`)}
      text={inApp ? inAppText(app) : t(`screen.${code}.text`)}
      testId="error-screen"
      code={code}
    >
      {(inApp || code === 'media_denied') && <Help client={client} kind="steps" />}
      {steps.length > 0 && (
        <ol class="steps">
          {steps.map((step) => (
            <li key={step}>{t(step)}</li>
          ))}
        </ol>
      )}
      <div class="message-buttons">
        <button
          type="button"
          class="button button-primary"
          aria-busy={busy}
          onClick={() => void client.retryMedia()}
        >
          {busy && <span class="spinner" aria-hidden="true" />}
          {t('screen.retry')}
        </button>
        <button type="button" class="button button-quiet" data-testid="join-without-media" onClick={onSkip}>
          {t('screen.withoutMedia')}
        </button>
      </div>
    </Message>
  );
}

function inAppText(app: string | null): string {
  return app === null ? t('permission.inApp.textUnnamed') : t('permission.inApp.text', { app });
}
