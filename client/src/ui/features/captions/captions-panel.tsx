import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import type { CaptionLine } from '../../../sdk/index.ts';
import { locale } from '../../../locales/index.ts';
import { Switch } from '../../components/toggles.tsx';
import { useCall } from '../../hooks/call.ts';
import { CaptionWords, speakerName } from './caption-band.tsx';
import { asksForConsent, hasCaptions, statusKey } from './caption-rules.ts';
import { changeSettings, COLORS, POSITIONS, SIZES, useSettings } from './caption-settings.ts';
import { CaptionsAnswer, CaptionsQuestion } from './captions-consent.tsx';
import { t } from './texts.ts';
import { toggleCaptions } from './toggle.ts';

/** Captions on or off, how they look, this person's consent, and what was said. */
export function CaptionsPanel() {
  const call = useCall();
  const { client, state, publishes } = call;
  const { view, on } = state.captions;
  const settings = useSettings();
  if (!hasCaptions(view)) return null;
  return (
    <div class="captions-panel panel-body">
      <div class="panel-section">
        <Switch on={on} label={t('captions.show')} onChange={() => toggleCaptions(call)} />
        {view.translation && (
          <Switch
            on={settings.translated}
            label={t('captions.translate', { language: ownLanguage() })}
            onChange={() => changeSettings({ translated: !settings.translated })}
          />
        )}
        {on && <p data-testid="captions-panel-status">{t(statusKey(view))}</p>}
        {on && view.uncaptioned > 0 && <p>{t('captions.uncaptioned', { count: view.uncaptioned })}</p>}
        {view.automatic && <p class="row-detail">{t('captions.warning')}</p>}
      </div>
      {publishes && (
        <div class="panel-section">
          {asksForConsent(view) && <CaptionsQuestion client={client} isSaid={false} />}
          {view.consent !== null && <CaptionsAnswer client={client} given={view.consent} />}
          {view.consent === null && !asksForConsent(view) && <p>{t('captions.consent.notAsked')}</p>}
          {state.session?.options.captionsMadeOn === 'device' && (
            <p class="row-detail" data-testid="captions-on-device">
              {t('captions.onDevice')}
            </p>
          )}
        </div>
      )}
      <Looks />
      <History />
    </div>
  );
}

/** Returns the name of the page's language in that language. */
function ownLanguage(): string {
  return (
    new Intl.DisplayNames(locale(), { type: 'language' }).of(locale().split('-', 1)[0] ?? 'en') ?? locale()
  );
}

function Looks() {
  const { size, colors, position } = useSettings();
  const percent = new Intl.NumberFormat(locale(), { style: 'percent' });
  return (
    <div class="panel-section captions-looks">
      <h3>{t('captions.looks')}</h3>
      <Choice
        label={t('captions.size')}
        testId="captions-size"
        value={String(size)}
        options={SIZES.map((one) => [String(one), percent.format(one / 100)])}
        onChange={(value) => changeSettings({ size: SIZES.find((one) => String(one) === value) ?? size })}
      />
      <Choice
        label={t('captions.colors')}
        testId="captions-colors"
        value={colors}
        options={COLORS.map((one) => [one, t(`captions.colors.${one}`)])}
        onChange={(value) => changeSettings({ colors: COLORS.find((one) => one === value) ?? colors })}
      />
      <Choice
        label={t('captions.position')}
        testId="captions-position"
        value={position}
        options={POSITIONS.map((one) => [one, t(`captions.position.${one}`)])}
        onChange={(value) => changeSettings({ position: POSITIONS.find((one) => one === value) ?? position })}
      />
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly testId: string;
  readonly value: string;
  /** The value and the text of each option. */
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, testId, value, options, onChange }: ChoiceProps) {
  const id = useId();
  return (
    <div class="captions-choice">
      <label for={id}>{label}</label>
      <select
        id={id}
        data-testid={testId}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      >
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** How near its end a list counts as read to the end, in CSS pixels. */
const NEAR_END = 40;

/** What was said since captions were turned on. It is not read aloud: that would talk over people. */
function History() {
  const { state } = useCall();
  const { lines } = state.captions;
  const list = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const id = useId();
  useLayoutEffect(() => {
    if (list.current && isAtEnd.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines]);
  return (
    <div class="panel-section">
      <h3 id={id}>{t('captions.history')}</h3>
      <div
        ref={list}
        class="captions-history"
        role="log"
        aria-live="off"
        aria-labelledby={id}
        tabIndex={0}
        data-testid="captions-history"
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
        }}
      >
        {lines.length === 0 && <p class="row-detail">{t('captions.noHistory')}</p>}
        {lines.map((line, index) => (
          <Said
            key={`${line.source} ${line.userId} ${line.utterance}`}
            line={line}
            name={lines[index - 1]?.userId === line.userId ? null : speakerName(state, line.userId)}
          />
        ))}
      </div>
    </div>
  );
}

function Said({ line, name }: { line: CaptionLine; name: string | null }) {
  const time = new Date(line.startedAt);
  return (
    <div class="captions-said">
      {name !== null && (
        <p class="captions-said-name">
          <strong>{name}</strong>
          <time dateTime={line.startedAt}>
            {time.toLocaleTimeString(locale(), { hour: '2-digit', minute: '2-digit' })}
          </time>
        </p>
      )}
      <p>
        <CaptionWords line={line} />
      </p>
    </div>
  );
}
