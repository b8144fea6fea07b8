import type { ComponentChildren } from 'preact';
import { t } from '../../locales/index.ts';
import type { MediaErrorCode, VisitClient, VisitErrorCode } from '../../sdk/index.ts';
import { thisBrowser } from '../browser-family.ts';
import { AlertIcon } from '../components/icons.tsx';
import { LanguageMenu } from '../components/language-menu.tsx';
import { CopyLink, PermissionSteps } from '../components/permission-steps.tsx';
import { useHeadingFocus } from '../hooks.ts';
import { screenOf, type MessageScreen } from '../screen-of.ts';

interface MessageProps {
  title: string;
  text?: string;
  testId?: string;
  code?: VisitErrorCode;
  busy?: boolean;
  /** An icon; where there is a code, by default the one for trouble. */
  sign?: ComponentChildren;
  children?: ComponentChildren;
}

/** A whole page with one message, and at most a few buttons. */
export function Message({ title, text, testId, code, busy = false, sign, children }: MessageProps) {
  const heading = useHeadingFocus();
  return (
    <main class="message" data-testid={testId} data-code={code}>
      <div class="message-card">
        {busy ? <span class="spinner spinner-large" aria-hidden="true" /> : null}
        {(code !== undefined || sign !== undefined) && (
          <span class="message-sign">{sign ?? <AlertIcon />}</span>
        )}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {text !== undefined && <p>{text}</p>}
        {children}
      </div>
      {!busy && <LanguageMenu />}
    </main>
  );
}

const RETRY_SCREENS: readonly MessageScreen[] = [
  'unreachable',
  'server',
  'link_early',
  'visit_full',
  'no_capacity',
];

/** Why there is no visit here, in plain words. */
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
      {screen === 'browser' && <CopyLink client={client} />}
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

const STEPS = {
  media_denied: [],
  media_missing: ['screen.media_missing.step1', 'screen.media_missing.step2', 'screen.media_missing.step3'],
  media_in_use: ['screen.media_in_use.step1', 'screen.media_in_use.step2'],
  media_insecure: [],
} as const satisfies Record<MediaErrorCode, readonly string[]>;

interface MediaScreenProps {
  client: VisitClient;
  code: MediaErrorCode;
  busy: boolean;
  onSkip: () => void;
}

/** Neither camera nor microphone works: what to do, and the way in without them. */
export function MediaScreen({ client, code, busy, onSkip }: MediaScreenProps) {
  const { family, app } = thisBrowser();
  // Inside another app nothing can be allowed or plugged in: another browser is the way.
  const inApp = family === 'in_app' && (code === 'media_denied' || code === 'media_insecure');
  const steps = STEPS[code];
  return (
    <Message
      title={t(inApp ? 'permission.inApp.title' : `screen.${code}.title`)}
      text={inApp ? inAppText(app) : t(`screen.${code}.text`)}
      testId="error-screen"
      code={code}
    >
      {(inApp || code === 'media_denied') && <PermissionSteps client={client} />}
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
