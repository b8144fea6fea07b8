import { KEYS } from './player-keys.ts';
import { t } from './texts.ts';

/** How keys are written; those with a name of their own are translated. */
const SIGNS: Readonly<Record<string, string>> = { ArrowLeft: '←', ArrowRight: '→' };

/** The keys of the page. */
export function KeyList() {
  return (
    <details class="player-keys">
      <summary>{t('player.keys')}</summary>
      <dl>
        {KEYS.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) =>
                key === ' ' ? (
                  <kbd key={key}>{t('player.space')}</kbd>
                ) : (
                  // Otherwise Arabic would turn the angle brackets round.
                  <kbd key={key} dir="ltr">
                    {SIGNS[key] ?? key.toUpperCase()}
                  </kbd>
                ),
              )}
            </dt>
            <dd>{t(`player.key.${does}`)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
