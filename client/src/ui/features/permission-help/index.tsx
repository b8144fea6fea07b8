import { useState } from 'preact/hooks';
import type { VisitClient } from '../../../sdk/index.ts';
import { thisBrowser } from '../../components/browser-family.ts';
import { CopyIcon } from '../../components/icons.tsx';
import { say } from '../../hooks/speech.ts';
import type { HelpProps, UiFeature } from '../feature.ts';
import { permissionSteps, systemHelp } from './permission-help.ts';
import { t } from './texts.ts';

/** How to allow camera and microphone in this browser. */
function PermissionSteps({ client }: { client: VisitClient }) {
  const browser = thisBrowser();
  const system = systemHelp(browser);
  return (
    <>
      <ol class="steps" data-testid="permission-steps" data-browser={browser.family}>
        {permissionSteps(browser).map((step) => (
          <li key={step}>{t(step, { app: browser.app ?? '' })}</li>
        ))}
      </ol>
      {browser.family === 'in_app' && <CopyLink client={client} />}
      {system !== null && (
        <details class="steps-more">
          <summary>{t('permission.system')}</summary>
          <p>{t(system)}</p>
        </details>
      )}
    </>
  );
}

/** Copies the person's join link, so that another browser can open it. */
function CopyLink({ client }: { client: VisitClient }) {
  const [outcome, setOutcome] = useState<'copied' | 'copyFailed' | null>(null);
  const link = client.joinLink();
  if (link === null) return null;
  const finish = (now: 'copied' | 'copyFailed') => {
    setOutcome(now);
    say(t(`permission.${now}`));
  };
  const copy = () => {
    // Embedded browsers may have no clipboard, although TypeScript's DOM declares it.
    const clipboard = navigator.clipboard as Clipboard | undefined;
    (clipboard?.writeText(link) ?? Promise.reject(new Error('no clipboard'))).then(
      () => finish('copied'),
      () => finish('copyFailed'),
    );
  };
  return (
    <div class="copy-link">
      <button type="button" class="button button-quiet" data-testid="copy-link" onClick={copy}>
        <CopyIcon />
        {t('permission.copy')}
      </button>
      <span>{outcome !== null && t(`permission.${outcome}`)}</span>
    </div>
  );
}

function Help({ client, kind }: HelpProps) {
  return kind === 'steps' ? <PermissionSteps client={client} /> : <CopyLink client={client} />;
}

export const permissionHelp: UiFeature = { Help };
