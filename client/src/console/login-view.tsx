import type { ConsoleLogin } from '@televisit/shared/console';
import type { ConsoleErrorCode } from '@televisit/shared/console.vocabulary';
import { useState } from 'preact/hooks';
import { AlertIcon } from '../ui/components/icons.tsx';
import { LanguageMenu } from '../ui/components/language-menu.tsx';
import { useHeadingFocus } from '../ui/hooks/focus.ts';
import { useWake } from '../ui/hooks/page.ts';
import { isEnd, type Login, type LoginState, type OutReason } from './login.ts';
import { t } from './texts.ts';

/** The command that prints a link. */
const LINK_COMMAND = 'npm run console:link';

interface Props {
  readonly login: Login;
  readonly state: LoginState & { readonly step: 'out' };
  /** Leads to the identity provider. */
  readonly onOidc: () => void;
}

/** Says why the operator is not logged in, and how to log in. */
export function LoginView({ login, state: { reason, methods }, onOidc }: Props) {
  const heading = useHeadingFocus();
  // The operator may have logged in in another window.
  useWake(() => void login.check());
  const text = textOf(reason);
  return (
    <main class="message" data-testid="login" data-reason={reason ?? ''}>
      <div class="message-card">
        <h1 ref={heading} tabIndex={-1}>
          {t('console.login.title')}
        </h1>
        {text !== null && <Reason reason={reason} text={text} />}
        {methods && <Methods methods={methods} onOidc={onOidc} />}
        {reason === 'unreachable' && (
          <button type="button" class="button button-primary" onClick={() => void login.check()}>
            {t('console.login.again')}
          </button>
        )}
      </div>
      <LanguageMenu />
    </main>
  );
}

function Reason({ reason, text }: { reason: OutReason; text: string }) {
  const isPlain = isEnd(reason);
  return (
    <div class={isPlain ? 'login-reason' : 'notice'} role={isPlain ? 'status' : 'alert'}>
      {!isPlain && <AlertIcon />}
      <p class="notice-text">{text}</p>
    </div>
  );
}

function Methods({ methods: { methods, provider }, onOidc }: { methods: ConsoleLogin; onOidc: () => void }) {
  const [isLeaving, setLeaving] = useState(false);
  return (
    <>
      {methods.includes('oidc') && (
        <button
          type="button"
          class="button button-primary button-large"
          aria-disabled={isLeaving}
          data-testid="login-oidc"
          onClick={() => {
            if (isLeaving) return;
            setLeaving(true);
            onOidc();
          }}
        >
          {t('console.login.oidc', { provider: provider ?? '' })}
        </button>
      )}
      {methods.includes('link') && (
        <section class="login-link" data-testid="login-link">
          <h2>{t('console.login.link')}</h2>
          <p>{t('console.login.linkText')}</p>
          <pre dir="ltr" tabIndex={0}>
            <code>{LINK_COMMAND}</code>
          </pre>
        </section>
      )}
    </>
  );
}

/** Returns the words for a reason; null if there is nothing to say. */
export function textOf(reason: OutReason): string | null {
  if (reason === null) return null;
  if (isEnd(reason)) return t(`console.${reason}`);
  if (reason === 'unreachable') return t('console.error.unreachable');
  return isKnown(reason) ? t(`console.error.${reason}`) : t('console.error.other', { code: reason });
}

/** The errors of a login that have words of their own. */
const KNOWN = [
  'console_link',
  'console_no_role',
  'console_oidc_off',
  'console_oidc_failed',
  'console_oidc_away',
  'console_csrf',
] as const satisfies readonly ConsoleErrorCode[];

function isKnown(reason: string): reason is (typeof KNOWN)[number] {
  return KNOWN.some((code) => code === reason);
}
