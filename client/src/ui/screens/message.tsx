import type { ComponentChildren } from 'preact';
import type { VisitErrorCode } from '../../sdk/index.ts';
import { AlertIcon } from '../components/icons.tsx';
import { LanguageMenu } from '../components/language-menu.tsx';
import { dateTimeOf } from '../format/formatters.ts';
import { useHeadingFocus } from '../hooks/focus.ts';

interface MessageProps {
  title: string;
  text?: string;
  testId?: string;
  code?: VisitErrorCode;
  busy?: boolean;
  /** An icon; with a code, by default the alert icon. */
  sign?: ComponentChildren;
  children?: ComponentChildren;
}

/** A full-page message with at most a few buttons. */
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

/** A point in time (milliseconds since 1970) in the page's language and the device's time zone. */
export function DateTime({ at }: { at: number }) {
  const { text, language } = dateTimeOf(at);
  return (
    <time class="moment" dateTime={new Date(at).toISOString()} lang={language} dir="auto">
      {text}
    </time>
  );
}
