import type { ComponentChildren } from 'preact';
import { t } from '../../locales/index.ts';
import type { MediaErrorCode, VisitClient, VisitErrorCode, VisitState } from '../../sdk/index.ts';
import { Feedback } from '../components/feedback.tsx';
import { AlertIcon, CheckIcon } from '../components/icons.tsx';
import { Moment } from '../components/moment.tsx';
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
        {code !== undefined && <span class="message-sign">{sign ?? <AlertIcon />}</span>}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {text !== undefined && <p>{text}</p>}
        {children}
      </div>
    </main>
  );
}

const RETRY_SCREENS: readonly MessageScreen[] = ['unreachable', 'server', 'link_early', 'visit_full'];

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

/** The visit is over for everyone: since when, and for those who were in it the question what it was like. */
export function EndedScreen({ client, state }: { client: VisitClient; state: VisitState }) {
  return (
    <Message
      title={t('screen.visit_over.title')}
      text={t('screen.visit_over.text')}
      testId="error-screen"
      code="session_over"
      sign={<CheckIcon />}
    >
      {state.closedAt !== null && (
        <p class="when" data-testid="closed-at">
          <span>{t('screen.visit_over.closed')}</span> <Moment at={state.closedAt} />
        </p>
      )}
      <Feedback client={client} primary />
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

/** After leaving, with the way back, and the question what it was like. */
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
      <Feedback client={client} primary={false} />
    </Message>
  );
}
