import type { ComponentChildren } from 'preact';
import { t } from '../../locales/index.ts';
import type { MediaErrorCode, VisitClient, VisitErrorCode } from '../../sdk/index.ts';
import { AlertIcon } from '../components/icons.tsx';
import { useHeadingFocus } from '../hooks.ts';
import { screenOf } from '../screen-of.ts';

interface MessageProps {
  title: string;
  text?: string;
  testId?: string;
  code?: VisitErrorCode;
  busy?: boolean;
  children?: ComponentChildren;
}

/** A whole page with one message, and at most a few buttons. */
export function Message({ title, text, testId, code, busy = false, children }: MessageProps) {
  const heading = useHeadingFocus();
  return (
    <main class="message" data-testid={testId} data-code={code}>
      <div class="message-card">
        {busy ? <span class="spinner spinner-large" aria-hidden="true" /> : null}
        {code !== undefined && (
          <span class="message-sign">
            <AlertIcon />
          </span>
        )}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {text !== undefined && <p>{text}</p>}
        {children}
      </div>
    </main>
  );
}

/** Why there is no visit here, in plain words. */
export function ErrorScreen({ client, code }: { client: VisitClient; code: VisitErrorCode }) {
  const screen = screenOf(code);
  const canRetry = screen === 'unreachable' || screen === 'server' || screen === 'link_early';
  return (
    <Message
      title={t(`screen.${screen}.title`)}
      text={t(`screen.${screen}.text`)}
      testId="error-screen"
      code={code}
    >
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
  media_denied: ['screen.media_denied.step1', 'screen.media_denied.step2', 'screen.media_denied.step3'],
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
  const steps = STEPS[code];
  return (
    <Message
      title={t(`screen.${code}.title`)}
      text={t(`screen.${code}.text`)}
      testId="error-screen"
      code={code}
    >
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

/** After leaving, with the way back. */
export function LeftScreen({ client }: { client: VisitClient }) {
  return (
    <Message title={t('screen.left.title')} text={t('screen.left.text')} testId="left-screen">
      <div class="message-buttons">
        <button
          type="button"
          class="button button-primary"
          data-testid="rejoin-button"
          onClick={() => client.start()}
        >
          {t('screen.rejoin')}
        </button>
      </div>
    </Message>
  );
}
