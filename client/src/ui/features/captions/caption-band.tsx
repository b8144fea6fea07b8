import { useEffect, useRef, useState } from 'preact/hooks';
import type { CaptionLine, VisitState } from '../../../sdk/index.ts';
import { language } from '../../../locales/index.ts';
import { nameOf } from '../../format/names.ts';
import { useCall } from '../../hooks/call.ts';
import { hasCaptions, nextChange, shownCaptions, startsOn, statusKey } from './caption-rules.ts';
import { useSettings, type CaptionSettings } from './caption-settings.ts';
import { t } from './texts.ts';

/** Returns the name of a speaker, also of one who has left. */
export function speakerName({ session, participants, me, self }: VisitState, userId: string): string {
  if (self?.userId === userId) return t('captions.you');
  const people = [...participants, ...(me ? [me] : []), ...(session?.people ?? [])];
  const person = people.find((one) => one.userId === userId);
  return person ? nameOf(person) : t('captions.somebody');
}

/** Turns captions on as the person wants them in every visit, and keeps their language that of the page. */
export function useWatching(settings: CaptionSettings): void {
  const { client, state } = useCall();
  const { view, on, translateTo } = state.captions;
  const started = useRef(false);
  const target = settings.translated ? language() : null;
  const isKnown = hasCaptions(view);
  useEffect(() => {
    if (!isKnown || started.current) return;
    started.current = true;
    if (!on && startsOn(view, settings)) client.captions.watch(true, target).catch(() => undefined);
  }, [isKnown]);
  useEffect(() => {
    if (on && translateTo !== target) client.captions.watch(true, target).catch(() => undefined);
  }, [on, translateTo, target]);
}

/** What the others say, in room of its own, so that it covers neither faces nor controls. */
function CaptionBand({ settings: { size, colors } }: { settings: CaptionSettings }) {
  const { state } = useCall();
  const { lines, view } = state.captions;
  const [now, setNow] = useState(() => Date.now());
  const shown = shownCaptions(lines, state.self?.userId, Math.max(now, lines.at(-1)?.receivedAt ?? 0));
  useEffect(() => {
    const wait = nextChange(shown, Date.now());
    if (wait === null) return undefined;
    const timer = setTimeout(() => setNow(Date.now()), wait);
    return () => clearTimeout(timer);
  }, [lines, now]);
  if (!hasCaptions(view)) return null;
  const key = statusKey(view);
  return (
    <section
      class="captions"
      data-testid="captions"
      data-colors={colors}
      data-size={size}
      aria-label={t('captions.title')}
    >
      <div class="captions-lines">
        {shown.length === 0 || view.state === 'failed' ? (
          <p class="captions-status" data-testid="captions-status">
            {t(key === 'captions.empty' && size <= 125 ? 'captions.warning' : key)}
          </p>
        ) : null}
        {shown.map(({ line, isNewSpeaker }) => (
          <p key={`${line.source} ${line.userId} ${line.utterance}`} class="caption" data-final={line.final}>
            {isNewSpeaker && <span class="caption-name">{`${speakerName(state, line.userId)}:`}</span>}
            <CaptionWords line={line} />
          </p>
        ))}
      </div>
    </section>
  );
}

/** The words of a caption in their own language and direction. */
export function CaptionWords({ line: { text, language: spoken, untranslated } }: { line: CaptionLine }) {
  return (
    <>
      <bdi lang={spoken} class="caption-words">
        {text}
      </bdi>
      {untranslated && <span class="caption-note">{`(${t('captions.untranslated')})`}</span>}
    </>
  );
}

/** Above the stage, if the person wants captions there. */
export function CaptionsAbove() {
  const settings = useSettings();
  return useCall().state.captions.on && settings.position === 'top' ? (
    <CaptionBand settings={settings} />
  ) : null;
}

/** Below the stage, by default. */
export function CaptionsBelow() {
  const settings = useSettings();
  useWatching(settings);
  const { on } = useCall().state.captions;
  return on && settings.position === 'bottom' ? <CaptionBand settings={settings} /> : null;
}
